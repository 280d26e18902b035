import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct ReservationRoutes {
    let reservations: ReservationService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("reservations", use: create)
        router.get("reservations", use: list)
        router.get("reservations/{id}", use: get)
        router.patch("reservations/{id}", use: patch)
        router.put("reservations/{id}/lines", use: replaceLines)
        // operationIds: confirmReservation, extendReservation, readyReservation, fulfilReservation, releaseReservation,
        // restockReservation, moveReservation, arriveReservation, claimReservation, reportNotFound
        for name in ReservationAction.Name.allCases {
            router.post("reservations/{id}/\(name.rawValue)") { request, context in
                try await act(name, request, context)
            }
        }
    }

    /// operationId: createReservation
    @Sendable func create(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let key = try request.idempotencyKey(for: body, isRequired: true, of: context.caller.client)
        let new = try readBody(body) { NewReservation(from: &$0, reservations.limits) }
        try context.requireOwn(new)
        guard let key else { preconditionFailure("a required key is there or was refused") }
        let outcome = try await reservations.create(new, key: key, by: context.caller)
        switch outcome {
        case .success(let answer):
            return try await response(
                .created, answer, headers: [.location: "/v1/reservations/\(answer.reservation.id)"])
        case .failure(.insufficient(let lines)):
            throw Problem.insufficient(
                lines, context.isPlaced ? [] : await reservations.alternatives(to: lines, of: new),
                locationsMax: new.sourcing?.locationsMax)
        case .failure(let refusal): throw await problem(refusal, new.method, new.channel, new.sourcing, context)
        }
    }

    /// operationId: getReservation
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try reservationID(context)
        var query = Query(request)
        let proposes = query.boolean("proposals")
        let leaving = query.identifier("location", LocationKind.self)
        if leaving != nil, !proposes { query.report("location", "needs proposals=true: it says what is to be moved") }
        try query.finish()
        let found = try await reservations.reservation(id, for: context.caller)
        guard let found else { throw Self.unknown(id) }
        let notes = try await reservations.pickNotes(of: [found])
        var proposals: [MoveProposal] = []
        // They are about other locations.
        if proposes, !context.isPlaced {
            proposals =
                if let leaving { try await reservations.proposals(for: found, leaving: leaving) } else {
                    try await reservations.proposals(for: found)
                }
        }
        return try await response(
            .ok, found, headers: [.eTag: found.reservation.tag], proposals: proposals, notes: notes)
    }

    /// Reservations of one page that moves are proposed for.
    private static let proposalsMax = 100

    /// operationId: listReservations
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let filter = ReservationFilter(from: &query)
        try context.requireOwn(location: filter.location)
        let proposes = query.boolean("proposals")
        if proposes, filter.location == nil {
            query.report("proposals", "needs location: the one that promises are to be moved away from")
        }
        let cursor = CursorCodec("reservations", "\(filter)")
        let page = query.page(cursor)
        let after = page.after.flatMap(ReservationPosition.init(key:))
        if page.after != nil, after == nil { query.report("cursor", "belongs to another list; start without it") }
        try query.finish()
        let found = try await reservations.reservations(
            filter, after: after, limit: page.limit, includesTotal: page.includesTotal, for: context.caller)
        let distances = try await distances(found.value.elements)
        var proposals: [ReservationID: [MoveProposal]] = [:]
        // They are about other locations.
        for answer in context.isPlaced ? [] : found.value.elements where proposals.count < Self.proposalsMax {
            if proposes, let location = filter.location {
                proposals[answer.reservation.id] = try await reservations.proposals(for: answer, leaving: location)
            } else if filter.atRisk == true, !answer.uncovered.isEmpty {
                proposals[answer.reservation.id] = try await reservations.proposals(for: answer)
            }
        }
        let proposed = proposals
        let notes = try await reservations.pickNotes(of: found.value.elements)
        return .json { writer in
            writer.object {
                found.value.write(
                    to: &$0, "reservations", cursor: cursor,
                    key: { "\($0.reservation.dueAt.microseconds) \($0.reservation.id)" }
                ) { $0.reservation($1, distances, proposals: proposed[$1.reservation.id] ?? [], notes: notes) }
                $0.field("asOf", found.asOf)
            }
        }
    }

    /// operationId: replaceReservationLines
    @Sendable func replaceLines(_ request: Request, context: AppContext) async throws -> Response {
        let id = try reservationID(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let key = try request.idempotencyKey(for: body, isRequired: false, of: context.caller.client)
        let found = try await reservations.reservation(id, for: context.caller)
        guard let reservation = found?.reservation else { throw Self.unknown(id) }
        let lines = try readBody(body) {
            // Where the service chose, it goes on choosing.
            let isSourced = reservation.sourcing != nil
            return $0.wantedLines(
                method: reservation.method, location: isSourced ? nil : reservation.location, mayBeSourced: isSourced)
        }
        try context.requireOwn(lines)
        return try await perform(.replaceLines(lines), on: id, key, context)
    }

    private func act(
        _ name: ReservationAction.Name, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let id = try reservationID(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        let action = try readBody(body) { ReservationAction(name, from: &$0) }
        let key = try request.idempotencyKey(for: body, isRequired: action.needsKey, of: context.caller.client)
        // Said twice of all that is open, it would empty the next location too.
        if case .notFound(let selection, _, _) = action, selection.isOpenEnded, key == nil {
            let found = try await reservations.reservation(id, for: context.caller)
            if found?.reservation.lines.contains(where: { $0.method == .ship }) ?? false {
                _ = try request.idempotencyKey(for: body, isRequired: true, of: context.caller.client)
            }
        }
        if case .move(_, let location) = action {
            try context.requireOwn([(pointer: "/location", location: location)])
        }
        return try await perform(action, on: id, key, context)
    }

    func perform(
        _ action: ReservationAction, on id: ReservationID, _ key: RequestKey?, _ context: AppContext
    ) async throws -> Response {
        let caller = context.caller
        let outcome = try await reservations.act(action, on: id, key: key, by: caller)
        switch outcome {
        case .success(let answer):
            guard case .notFound = action else {
                let isPatch = if case .amend = action { true } else { false }
                return try await response(.ok, answer, headers: isPatch ? [.eTag: answer.reservation.tag] : [:])
            }
            let missing = answer.reservation.missing
            let alternatives =
                missing.isEmpty || context.isPlaced
                ? []
                : await reservations.alternatives(
                    to: missing, by: answer.reservation.method, for: answer.reservation.channel)
            return try await response(.ok, answer, alternatives: alternatives)
        case .failure(.notFound): throw Self.unknown(id)
        case .failure(let refusal):
            // Where else it is depends on how, and for whom, it was promised.
            var promised: Reservation?
            if case .insufficient = refusal {
                promised = try? await reservations.reservation(id, for: caller)?.reservation
            }
            throw await problem(
                refusal, promised?.method ?? .pickup, promised?.channel, promised?.sourcing, context)
        }
    }

    // MARK: - Answers

    private func response(
        _ status: HTTPResponse.Status, _ answer: ReservationAnswer, headers: HTTPFields = [:],
        alternatives: [Alternative] = [], proposals: [MoveProposal] = [], notes: PickNotes = .none
    ) async throws -> Response {
        let distances = try await distances([answer])
        return .json(status, headers: headers) {
            $0.reservation(answer, distances, alternatives, proposals: proposals, notes: notes)
        }
    }

    /// How far the goods travel, where it is known where to.
    private func distances(_ answers: [ReservationAnswer]) async throws -> [LocationID: Coordinates] {
        let shipped = answers.filter { $0.reservation.shipTo != nil }
        guard !shipped.isEmpty else { return [:] }
        let locations = Set(shipped.flatMap { $0.reservation.allocations.map(\.location) })
        return try await reservations.coordinates(of: Array(locations))
    }

    private func problem(
        _ refusal: ReservationRefusal, _ method: FulfilmentMethod, _ channel: Channel?, _ terms: SourcingTerms?,
        _ context: AppContext
    ) async -> Problem {
        switch refusal {
        case .insufficient(let lines):
            let alternatives =
                context.isPlaced ? [] : await reservations.alternatives(to: lines, by: method, for: channel)
            return .insufficient(lines, alternatives, locationsMax: terms?.locationsMax)
        case .notFound, .outdated: return .notFound("reservation has this id")
        default: return Problem(simple: refusal)
        }
    }

    func reservationID(_ context: AppContext) throws -> ReservationID {
        let text = context.parameters.get("id") ?? ""
        guard let id = ReservationID(text: text) else {
            throw Problem.notFound("reservation has the id '\(text.prefix(64))'")
        }
        return id
    }

    private static func unknown(_ id: ReservationID) -> Problem { .notFound("reservation has the id '\(id)'") }
}

extension AppContext {
    /// Whether the client is bound to locations. What is about others is left out of its answers: where else there is some.
    fileprivate var isPlaced: Bool { caller.binding.locations != nil }

    /// An order that the service looks for locations for may come from any, which is not for a client that is bound to some.
    fileprivate func requireOwn(_ new: NewReservation) throws {
        guard isPlaced else { return }
        try requireOwn(new.lines)
        if let location = new.location { try requireOwn([(pointer: "/location", location: location)]) }
    }

    fileprivate func requireOwn(_ lines: [WantedLine]) throws {
        guard isPlaced else { return }
        if let open = lines.first(where: { $0.location == nil }) {
            throw Problem.notBound(pointers: [open.locationPointer], to: "locations")
        }
        try requireOwn(
            lines.compactMap { line in line.location.map { (pointer: line.locationPointer, location: $0) } })
    }
}

extension Problem {
    /// Of refusals that say all there is to say.
    init(simple refusal: ReservationRefusal) {
        switch refusal {
        case .preconditionFailed(let current): self.init(MasterRejection.preconditionFailed(current: current))
        case .keyReused:
            self.init(
                .idempotencyKeyReused,
                "this Idempotency-Key was used for another request; use a new key for each request")
        case .unknownReference(let pointer, let detail): self = .unknown(pointer: pointer, detail)
        case .invalid(let pointer, let detail): self = .invalid([.init(pointer: pointer, detail: detail)])
        case .illegalTransition(let detail): self.init(.illegalTransition, detail)
        case .notOpen(let detail): self.init(.reservationNotOpen, detail)
        case .locationUnavailable(_, let pointer, let detail):
            self.init(
                .locationUnavailable, detail, errors: pointer.isEmpty ? [] : [.init(pointer: pointer, detail: detail)])
        case .saleRestricted(let id, let pointer, let detail):
            self.init(.saleRestricted, detail, errors: pointer.isEmpty ? [] : [.init(pointer: pointer, detail: detail)])
            extend = { $0.field("saleRestriction", id.text) }
        case .limitExceeded(let detail): self.init(.limitExceeded, detail)
        case .insufficient(let lines): self = .insufficient(lines, [])
        case .notFound, .outdated: self = .notFound("object has this id")
        }
    }
}

extension Reservation {
    /// What was looked for and not found, as lines that another location may have.
    fileprivate var missing: [ShortLine] {
        allocations.filter { $0.state == .notFound }.map {
            ShortLine(
                id: lines[$0.line].id, sku: $0.sku, location: $0.location, requested: $0.remaining, available: 0)
        }
    }
}

extension ReservationPosition {
    fileprivate init?(key: String) {
        let parts = key.split(separator: " ")
        guard parts.count == 2, let due = Int64(parts[0]), let id = ReservationID(text: String(parts[1])) else {
            return nil
        }
        // A cursor is what a client sends: a time that none can be due at must not reach the database.
        let dueAt = Timestamp(microseconds: due)
        guard Timestamp.accepted.contains(dueAt) else { return nil }
        self.init(dueAt: dueAt, id: id)
    }
}

extension ReservationFilter {
    fileprivate init(from query: inout Query) {
        self.init()
        location = query.identifier("location")
        states = States(from: &query)
        owner = query.identifier("owner")
        reference = query.identifier("reference")
        pickupCode = query.label("pickupCode")?.uppercased()
        method = query.choice("method")
        atRisk = query.optionalBoolean("atRisk")
        dueBefore = query.timestamp("dueBefore")
        overdue = query.optionalBoolean("overdue")
        arrived = query.optionalBoolean("arrived")
        claimedBy = query.label("claimedBy")
    }
}

extension ReservationFilter.States {
    /// Nil where no state is asked for.
    fileprivate init?(from query: inout Query) {
        let asked = query.texts("state", countMax: ReservationState.allCases.count + 1)
        var states: Set<ReservationState> = []
        for text in asked {
            if text == "open" {
                states.formUnion(Self.open.all)
            } else if let state = ReservationState(rawValue: text) {
                states.insert(state)
            } else {
                let names = ReservationState.allCases.map(\.rawValue).joined(separator: ", ")
                query.report("state", "must be one of \(names), or open")
            }
        }
        if states.isEmpty { return nil }
        self.init(states)
    }
}
