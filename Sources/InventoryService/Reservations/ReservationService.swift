package import Inventory

/// Takes requests about reservations: through the same queue as facts, since both are decided on the same balances.
package struct ReservationService: Sendable {
    package let store: any ReservationStore
    package let limits: HoldLimits
    package let sourcing: SourcingService
    let costs: any FulfilmentCostStore
    private let facts: FactService
    let alternatives: AlternativesCache

    /// How often a request starts over because its reservation went elsewhere under it, or others took what it had planned.
    package static let attemptsMax = 5
    /// From this attempt on, all that may ship is locked and planned over as it is then.
    static let attemptsBeforeLockingAll = 3

    package init(
        store: any ReservationStore, sourcing: any SourcingStore, costs: any FulfilmentCostStore, facts: FactService,
        limits: HoldLimits = HoldLimits()
    ) {
        self.store = store
        self.limits = limits
        self.sourcing = SourcingService(store: sourcing)
        self.costs = costs
        self.facts = facts
        alternatives = AlternativesCache(store: store, sourcing: self.sourcing)
    }

    /// - Throws: as `FactService.submit` does. Sending the same under the same key again is then always right.
    package func create(
        _ new: NewReservation, key: RequestKey, by caller: Caller = .anybody
    ) async throws(StoreError) -> ReservationOutcome {
        let id = ReservationID.draw()
        var base = Needs()
        base.holder = new.holdSeconds == nil ? nil : new.owner
        base.pickupCodes = new.lines.contains { $0.method == .pickup } ? PickupCode.drawSome() : []
        base.ships = new.lines.contains { $0.method == .ship }
        var replaced: ReservationAnswer?
        if let id = new.replaces { replaced = try await store.reservation(id) }
        base.names = replaced?.reservation.names ?? []
        if let order = SourcedOrder(new) { return try await create(new, order, replaced, id, key, base, caller) }
        base.names += new.lines.compactMap(\.name)
        if base.ships {
            let places = new.lines.filter { $0.method == .ship }.compactMap(\.location)
            base.sites = try await sourcing.sites(places, to: new.shipTo)
        }
        let needs = base
        return try await decide(id, .create(new), key: key, caller) { _ throws(StoreError) in .success(needs) }
    }

    /// Plans over what is there and takes it; where others were quicker, plans again.
    private func create(
        _ new: NewReservation, _ order: SourcedOrder, _ replaced: ReservationAnswer?, _ id: ReservationID,
        _ key: RequestKey, _ base: Needs, _ caller: Caller
    ) async throws(StoreError) -> ReservationOutcome {
        var shortage: [ShortLine]?
        var proposal: (planner: SourcingPlanner, plan: SourcingPlan, isAll: Bool)?
        var attempts = 0
        let outcome = try await decide(id, .create(new), key: key, caller) { attempt throws(StoreError) in
            attempts = attempt + 1
            let planner: SourcingPlanner
            switch try await sourcing.planner(order, insteadOf: replaced) {
            case .failure(let unknown): return .failure(unknown.refusal(of: new))
            case .success(let found): planner = found
            }
            var needs = base
            guard let plan = await planner.plan(allowsPartial: new.allowsPartial) else {
                // Asked all the same: it may have been granted before, under this key.
                shortage = planner.short
                return .success(needs)
            }
            guard planner.parts(of: plan).count <= SourcingPlan.partsMax else {
                return .failure(
                    .limitExceeded(
                        "it would need more than \(SourcingPlan.partsMax) parts; ask for less"
                    ))
            }
            let isAll = attempt >= Self.attemptsBeforeLockingAll
            proposal = (planner, plan, isAll)
            needs.take(planner, plan, isAll: isAll)
            // A plan looks at each line alone; where a kit and one of its parts are ordered together, what is locked decides.
            if planner.hasKits, attempt == Self.attemptsMax - 1 { needs.isFinal = true }
            return .success(needs)
        }
        switch outcome {
        case .failure(.insufficient(let lines)):
            return .failure(.insufficient(shortage ?? (lines.isEmpty ? proposal?.planner.short ?? [] : lines)))
        case .failure: return outcome
        case .success(var answer):
            guard !answer.isReplay, let proposal else { return outcome }
            answer.sourcing = proposal.planner.report(
                proposal.plan, attempts, isAll: proposal.isAll, answer.reservation)
            return .success(answer)
        }
    }

    /// - Returns: `.notFound` also where the caller may not see it.
    package func act(
        _ action: ReservationAction, on id: ReservationID, key: RequestKey?, by caller: Caller = .anybody
    ) async throws(StoreError) -> ReservationOutcome {
        var proposal: (planner: SourcingPlanner, plan: SourcingPlan, isAll: Bool)?
        var attempts = 0
        let outcome = try await decide(id, action, key: key, caller) { attempt throws(StoreError) in
            attempts = attempt + 1
            guard let answer = try await reservation(id, for: caller) else { return .failure(.notFound) }
            let found = answer.reservation
            var needs = Needs(names: found.names)
            needs.group = found.sourcing?.group
            let mayShip = found.lines.contains { $0.method == .ship }
            switch action {
            case .move(_, let location):
                needs.names += found.allocations.map { Name(item: .sku($0.sku), location: location) }
                needs.ships = mayShip
                if mayShip { needs.sites = try await sourcing.sites([location], to: found.shipTo) }
            case .replaceLines(let lines):
                needs.holder = found.owner
                needs.ships = mayShip || lines.contains { $0.method == .ship }
                needs.names += lines.compactMap(\.name)
                if lines.contains(where: { $0.method == .pickup }), found.pickup == nil {
                    needs.pickupCodes = PickupCode.drawSome()
                }
                if found.sourcing != nil, lines.contains(where: { $0.location == nil }) {
                    // Where it ships from already.
                    let own = Set(found.allocations.map(\.location)).sorted()
                    needs.sites = try await sourcing.sites(own, to: found.shipTo)
                    needs.names += own.flatMap { place in lines.map { Name(item: $0.item, location: place) } }
                } else if needs.ships {
                    needs.sites = try await sourcing.sites(lines.compactMap(\.location), to: found.shipTo)
                }
            case .confirm: needs.ships = mayShip
            case .extend:
                needs.holder = found.owner
                needs.ships = mayShip
            case .notFound(let selection, _, _) where mayShip:
                needs.ships = true
                guard let planner = try await plannerElsewhere(found, selection, asOf: answer.asOf),
                    let plan = await planner.plan(allowsPartial: true)
                else { break }
                let isAll = attempt >= Self.attemptsBeforeLockingAll
                proposal = (planner, plan, isAll)
                needs.take(planner, plan, isAll: isAll)
                if planner.hasKits, attempt == Self.attemptsMax - 1 { needs.isFinal = true }
            default: break
            }
            // Its code may be another's by now.
            if let code = found.pickup?.code, found.expiresAt != nil {
                needs.pickupCodes = [code] + PickupCode.drawSome()
            }
            return .success(needs)
        }
        guard case .success(var answer) = outcome, !answer.isReplay, let proposal else { return outcome }
        answer.sourcing = proposal.planner.report(proposal.plan, attempts, isAll: proposal.isAll, answer.reservation)
        return .success(answer)
    }

    /// What a batch has to lock and read for a request, besides its reservation.
    fileprivate struct Needs {
        /// Of every balance that it may touch.
        var names: [Name] = []
        var holder: Owner?
        var pickupCodes: [String] = []
        var ships = false
        var sites: [SourcingSite] = []
        var group: GroupID?
        var isFinal = true
        var expectsUnits: Int64 = 0

        mutating func take(_ planner: SourcingPlanner, _ plan: SourcingPlan, isAll: Bool) {
            if isAll {
                let more = planner.needsOfAll(plan)
                names += more.names
                sites += more.sites
                isFinal = more.isAll
            } else {
                let more = planner.needs(of: plan)
                names += more.names
                sites += more.sites
                isFinal = false
            }
            expectsUnits = plan.picks.reduce(0) { $0 + $1.units }
        }
    }

    private func decide(
        _ id: ReservationID, _ action: ReservationAction, key: RequestKey?, _ caller: Caller,
        _ needs: (_ attempt: Int) async throws(StoreError) -> Result<Needs, ReservationRefusal>
    ) async throws(StoreError) -> ReservationOutcome {
        let actor = try await facts.number(of: caller.actor)
        for attempt in 0..<Self.attemptsMax {
            let needed: Needs
            switch try await needs(attempt) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let found): needed = found
            }
            var command = ReservationCommand(
                id: id, key: key, action: action, limits: limits, names: needed.names, holder: needed.holder,
                pickupCodes: needed.pickupCodes)
            command.caller = caller
            command.actor = actor
            command.ships = needed.ships
            command.sites = needed.sites
            command.sourcingGroup = needed.group
            command.isFinal = needed.isFinal
            command.expectsUnits = needed.expectsUnits
            let committed = try await facts.queue.submit([
                (.reservation(command), command.schedulingKeys, max(1, needed.names.count))
            ])[0]
            guard let outcome = committed.batch.outcomes[committed.index].reservation else {
                preconditionFailure("a request about a reservation is answered as one")
            }
            switch outcome {
            case .failure(.outdated): continue
            case .failure(let refusal):
                // An attempt whose commit was in doubt may have done what is refused now as done.
                if case .reservation(.success(let earlier))? = committed.inDoubt,
                    let now = try await store.reservation(earlier.reservation.id),
                    now.reservation.version >= earlier.reservation.version
                {
                    return .success(now)
                }
                return .failure(refusal)
            case .success(let answer):
                // What was answered before may be at balances that this batch did not read.
                guard answer.isReplay, var now = try await store.reservation(answer.reservation.id) else {
                    return outcome
                }
                now.isReplay = true
                return .success(now)
            }
        }
        throw .conflict(attempts: Self.attemptsMax)
    }
}

extension Reservation {
    /// Of every balance that it has a promise of.
    fileprivate var names: [Name] { allocations.map { Name(item: .sku($0.sku), location: $0.location) } }
}

extension ReservationCommand {
    /// What the command touches: its balances as facts name them, itself, its key and its owner.
    fileprivate var schedulingKeys: Set<Int> {
        var keys = Set<Int>(minimumCapacity: names.count + 3)
        for name in names { keys.insert(schedulingKey(name.item, name.place)) }
        for id in reservations { keys.insert(id.hashValue) }
        if let key { keys.insert(key.text.hashValue) }
        if let holder { keys.insert(holder.hashValue) }
        return keys
    }
}

/// Of a balance by the names that a command has for it. Two names of one item merely meet at the database's row lock.
func schedulingKey(_ item: ItemReference, _ place: LocationReference) -> Int {
    var hasher = Hasher()
    hasher.combine(item)
    hasher.combine(place)
    return hasher.finalize()
}

extension SourcedOrder {
    /// Nil where locations are named.
    init?(_ new: NewReservation) {
        guard let terms = new.sourcing else { return nil }
        self.init(
            lines: new.lines.map { .init(id: $0.id, item: $0.item, quantity: $0.quantity.units) }, terms: terms,
            channel: new.channel, method: new.method, destination: new.shipTo)
    }
}

extension UnknownInSourcing {
    fileprivate func refusal(of new: NewReservation) -> ReservationRefusal {
        switch self {
        case .tooLarge: return .limitExceeded(SourcingPlanner.tooLarge)
        case .tooMany(let index):
            return .invalid(
                pointer: "\(new.lines[index].pointer)/quantity",
                "times the units of its code is more than \(Quantity.maxUnits) units")
        case .group:
            return .unknownReference(
                pointer: "/group", "no location group '\(new.sourcing?.group?.text ?? "")' is known")
        case .item(let index):
            let (field, text) = new.lines[index].item.describedAsUnknown
            return .unknownReference(pointer: "\(new.lines[index].pointer)/\(field)", text)
        }
    }
}

extension SourcingPlanner {
    /// - Parameter isAll: it was planned anew under locks, over all that may ship.
    fileprivate func report(
        _ plan: SourcingPlan, _ attempts: Int, isAll: Bool, _ reservation: Reservation
    ) -> SourcingReport {
        let planned = Set(parts(of: plan).map(\.site.location))
        let took = Set(reservation.shipments.map(\.location))
        return SourcingReport(
            isOptimal: plan.isOptimal && !isAll && planned.isSubset(of: took), attempts: attempts,
            passedOver: passedOver(by: plan).filter { !took.contains($0.location) })
    }
}
