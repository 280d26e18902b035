package import Inventory

/// Why a decision was not carried out; nothing was changed. Cases are in precedence order.
package enum ResolutionRejection: Error, Sendable, Hashable {
    case notFound
    case alreadyResolved(String)
    /// Another decision about it is being carried out.
    case beingDecided
    case notOffered([ExceptionAction])
    case wrongInput(pointer: String, detail: String)
    case unknownReference(pointer: String, detail: String)
    case lineRefused(LineProblem)
}

/// Carries out what people decide about exceptions.
package struct ExceptionService: Sendable {
    package let store: any ExceptionStore
    private let master: CatalogService
    private let facts: FactService

    /// Batches of parked lines that the decision applies itself; the sweep does the rest.
    private static let stepsMax = 5

    package init(store: any ExceptionStore, master: CatalogService, facts: FactService) {
        self.store = store
        self.master = master
        self.facts = facts
    }

    /// - Parameters:
    ///   - person: who decided, as the caller says.
    ///   - actor: who calls; nil in mode `open`.
    package func resolve(
        _ id: Int64, _ decision: ExceptionDecision, decidedBy person: String?, by actor: ActorName?
    ) async throws(StoreError) -> Result<Dated<ExceptionRecord>, ResolutionRejection> {
        if case .answered(let answer) = try await look(at: id, for: decision) { return answer }
        guard try await store.takeTurn(id, decision) else { return .failure(.beingDecided) }
        // Whoever had the turn before may have resolved it.
        let exception: ExceptionRecord
        switch try await look(at: id, for: decision) {
        case .answered(let answer):
            await giveTurnBack(id, decision)
            return answer
        case .open(let open): exception = open
        }
        // Where the store fails the turn is kept: nobody knows what was done, and only the same decision may be sent again.
        switch try await carryOut(decision, exception, actor) {
        case .failure(let rejection):
            await giveTurnBack(id, decision)
            return .failure(rejection)
        case .success(let resolution):
            try await store.resolve(id, decision, resolution: resolution, decidedBy: person, by: actor)
        }
        await giveTurnBack(id, decision)
        guard let after = try await store.exception(id) else { return .failure(.notFound) }
        return .success(after)
    }

    private enum Standing {
        case open(ExceptionRecord)
        /// There is nothing to carry out.
        case answered(Result<Dated<ExceptionRecord>, ResolutionRejection>)
    }

    private func look(at id: Int64, for decision: ExceptionDecision) async throws(StoreError) -> Standing {
        guard let found = try await store.exception(id) else { return .answered(.failure(.notFound)) }
        let exception = found.value
        if exception.status == .resolved {
            // The same decision once more, by somebody who did not hear the answer.
            if exception.isResolved(by: decision) { return .answered(.success(found)) }
            return .answered(.failure(.alreadyResolved(exception.resolution ?? "resolved")))
        }
        let actions = exception.type.actions
        return actions.contains(decision.action) ? .open(exception) : .answered(.failure(.notOffered(actions)))
    }

    /// It ends by itself if this fails.
    private func giveTurnBack(_ id: Int64, _ decision: ExceptionDecision) async {
        try? await store.giveTurnBack(id, decision)
    }

    /// - Returns: what was done, in words.
    private func carryOut(
        _ decision: ExceptionDecision, _ exception: ExceptionRecord, _ actor: ActorName?
    ) async throws(StoreError) -> Result<String, ResolutionRejection> {
        switch decision {
        case .mapCode(let sku, let units): try await map(exception, to: sku, units, actor)
        case .mapLocation(let location): try await map(exception, to: location, actor)
        case .acceptAsNew(let name, let sku): try await accept(exception, name, sku, actor)
        case .correctLine(let line): try await send(line, exception, actor)
        case .correctBalance(let delta, let reason): try await adjust(exception, delta, reason, actor)
        case .recount: try await recount(exception)
        case .dismiss(let reason): .success("dismissed: \(reason)")
        }
    }

    private func map(
        _ exception: ExceptionRecord, to sku: SKU, _ units: UnitsPerCode, _ actor: ActorName?
    ) async throws(StoreError) -> Result<String, ResolutionRejection> {
        guard let system = exception.codeSystem, let code = exception.code else {
            return .failure(.wrongInput(pointer: "/action", detail: "there is no code to map"))
        }
        let alias = Alias(codeSystem: system, code: code, sku: sku, unitsPerCode: units)
        let words = "code '\(code)' of '\(system)' mapped to \(units.units) of '\(sku)'"
        let known = try await master.aliases(AliasFilter(codeSystem: system, code: alias.code), .one).elements.first
        // Of the same decision, sent twice.
        if known?.value == alias { return .success(words) }
        if let other = try await resolved(exception) { return .failure(other) }
        if case .failure(let rejection) = try await master.put(alias, .asRead(known?.version), by: actor) {
            return .failure(try await resolved(exception) ?? .init(rejection))
        }
        return .success(words)
    }

    private func map(
        _ exception: ExceptionRecord, to location: LocationID, _ actor: ActorName?
    ) async throws(StoreError) -> Result<String, ResolutionRejection> {
        guard let system = exception.codeSystem, let code = exception.code else {
            return .failure(.wrongInput(pointer: "/action", detail: "there is no location code to map"))
        }
        let alias = LocationAlias(codeSystem: system, code: code, location: location)
        let words = "location code '\(code)' of '\(system)' mapped to '\(location)'"
        let filter = LocationAliasFilter(codeSystem: system, code: alias.code)
        let known = try await master.locationAliases(filter, .one).elements.first
        if known?.value == alias { return .success(words) }
        if let other = try await resolved(exception) { return .failure(other) }
        if case .failure(let rejection) = try await master.put(alias, .asRead(known?.version), by: actor) {
            return .failure(try await resolved(exception) ?? .init(rejection))
        }
        return .success(words)
    }

    /// Whoever maps a code closes its exception with it. To be asked after the mapping was read: then what is put by that reading
    /// overwrites nobody's.
    private func resolved(_ exception: ExceptionRecord) async throws(StoreError) -> ResolutionRejection? {
        guard let now = try await store.exception(exception.id)?.value else { return .notFound }
        return now.status == .resolved ? .alreadyResolved(now.resolution ?? "resolved") : nil
    }

    private func accept(
        _ exception: ExceptionRecord, _ name: String, _ sku: SKU?, _ actor: ActorName?
    ) async throws(StoreError) -> Result<String, ResolutionRejection> {
        if exception.type == .unknownLocation {
            guard let id = exception.location else { preconditionFailure("an unknown location has an id") }
            let result = try await master.put(Location(id: id, name: name), .absent, by: actor)
            if result.isTaken { try await facts.applyParked(.location(id), stepsMax: Self.stepsMax) }
            return .success("location '\(id)' created")
        }
        let code = exception.code
        guard let sku = exception.sku ?? sku ?? code.flatMap({ try? SKU($0.text) }) else {
            return .failure(
                .wrongInput(pointer: "/sku", detail: "is required: the code itself cannot be a sku"))
        }
        if try await master.put(Item(sku: sku, name: name, status: .active), .absent, by: actor).isTaken {
            try await facts.applyParked(.item(sku), stepsMax: Self.stepsMax)
        }
        guard code != nil else { return .success("item '\(sku)' created") }
        return try await map(exception, to: sku, .one, actor).map { "item '\(sku)' created, \($0)" }
    }

    /// All or nothing: a corrected line that is wrong again must not make one more exception.
    private func send(
        _ line: SubmittedLine, _ exception: ExceptionRecord, _ actor: ActorName?
    ) async throws(StoreError) -> Result<String, ResolutionRejection> {
        guard exception.type == .rejectedLine, let source = exception.source else {
            return .failure(.wrongInput(pointer: "/line", detail: "is for a rejected line; send delta and reason"))
        }
        let answer = try await facts.submit(source: source, lines: [line], isAtomic: true, by: actor)
        if let problem = answer.lines[0].problem { return .failure(.lineRefused(problem)) }
        return .success("sent as it was meant: \(answer.lines[0].verdict.name)")
    }

    private func adjust(
        _ exception: ExceptionRecord, _ delta: Delta, _ reason: Reason, _ actor: ActorName?
    ) async throws(StoreError) -> Result<String, ResolutionRejection> {
        guard exception.type != .rejectedLine, let sku = exception.sku, let location = exception.location else {
            return .failure(.wrongInput(pointer: "/delta", detail: "is for a balance; send the line as it was meant"))
        }
        // Its own event id, so that a repeated decision counts once.
        let fact = FactLine(
            eventID: EventID(stored: "exception-\(exception.id)"), item: .sku(sku), location: location,
            change: .adjustment(.onHand, delta, reason))
        let line = SubmittedLine(.fact(fact, fact.fingerprint(sha256)), raw: [])
        let answer = try await facts.submit(source: .holdfast, lines: [line], isAtomic: true, by: actor)
        if let problem = answer.lines[0].problem { return .failure(.lineRefused(problem)) }
        return .success("adjusted by \(delta.units): \(reason)")
    }

    private func recount(_ exception: ExceptionRecord) async throws(StoreError) -> Result<String, ResolutionRejection> {
        guard let sku = exception.sku, let location = exception.location else {
            return .failure(.wrongInput(pointer: "/action", detail: "there is no balance to count"))
        }
        try await store.requestCount(of: sku, at: location, reason: exception.detail)
        return .success("put on the list of what to count")
    }
}

extension ExceptionRecord {
    fileprivate func isResolved(by other: ExceptionDecision) -> Bool {
        action == other.action && decision ?? other.fingerprint == other.fingerprint
    }
}

extension ResolutionRejection {
    fileprivate init(_ rejection: MasterRejection) {
        switch rejection {
        case .unknownReference(let pointer, let detail): self = .unknownReference(pointer: pointer, detail: detail)
        case .preconditionFailed, .requestKeyReused, .resourceInUse, .channelTaken, .notFound, .invalid:
            self = .wrongInput(pointer: "/action", detail: "the mapping was changed meanwhile; decide again")
        }
    }
}

extension PageRequest {
    fileprivate static let one = PageRequest(limit: 1)
}

extension MasterResult {
    /// It was there already: somebody else was faster.
    fileprivate var isTaken: Bool {
        if case .failure = self { true } else { false }
    }
}
