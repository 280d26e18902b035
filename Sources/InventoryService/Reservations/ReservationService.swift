package import Inventory

/// Takes requests about reservations: through the same queue as facts, since both are decided on the same balances.
package struct ReservationService: Sendable {
    package let store: any ReservationStore
    package let limits: HoldLimits
    private let queue: BatchQueue
    private let alternatives: AlternativesBoard

    /// How often a request starts over because its reservation went elsewhere under it.
    private static let attemptsMax = 5

    package init(store: any ReservationStore, facts: FactService, limits: HoldLimits = HoldLimits()) {
        self.store = store
        self.limits = limits
        queue = facts.queue
        alternatives = AlternativesBoard(store: store)
    }

    /// - Throws: as `FactService.submit` does. Sending the same under the same key again is then always right.
    package func create(_ new: NewReservation, key: RequestKey) async throws(StoreError) -> ReservationOutcome {
        let id = ReservationID.draw()
        let holder = new.holdSeconds == nil ? nil : new.owner
        let codes = new.method == .pickup ? PickupCode.drawSome() : []
        return try await decide(id, .create(new), key: key) { () throws(StoreError) in
            var names = new.lines.map { Name(item: $0.item, location: $0.location) }
            if let replaced = new.replaces, let old = try await store.reservation(replaced) {
                names += old.reservation.names
            }
            return Needs(names: names, holder: holder, pickupCodes: codes)
        }
    }

    package func act(
        _ action: ReservationAction, on id: ReservationID, key: RequestKey?
    ) async throws(StoreError) -> ReservationOutcome {
        try await decide(id, action, key: key) { () throws(StoreError) in
            guard let found = try await store.reservation(id)?.reservation else { return nil }
            var names = found.names
            switch action {
            case .move(_, let location):
                names += found.allocations.map { Name(item: .sku($0.sku), location: location) }
            case .replaceLines(let lines): names += lines.map { Name(item: $0.item, location: $0.location) }
            default: break
            }
            var needs = Needs(names: names)
            switch action {
            case .extend, .replaceLines: needs.holder = found.owner
            default: break
            }
            // Its code may be another's by now.
            if let code = found.pickup?.code, found.expiresAt != nil {
                needs.pickupCodes = [code] + PickupCode.drawSome()
            }
            return needs
        }
    }

    /// What a batch has to lock and read for a request, besides its reservation.
    private struct Needs {
        /// Of every balance that it may touch.
        var names: [Name]
        var holder: Owner?
        var pickupCodes: [String] = []
    }

    /// - Parameter needs: nil where there is no such reservation.
    private func decide(
        _ id: ReservationID, _ action: ReservationAction, key: RequestKey?,
        _ needs: () async throws(StoreError) -> Needs?
    ) async throws(StoreError) -> ReservationOutcome {
        for _ in 0..<Self.attemptsMax {
            guard let needs = try await needs() else { return .failure(.notFound) }
            let command = ReservationCommand(
                id: id, key: key, action: action, limits: limits, names: needs.names, holder: needs.holder,
                pickupCodes: needs.pickupCodes)
            let committed = try await queue.submit([
                (.reservation(command), command.schedulingKeys, max(1, needs.names.count))
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
                guard answer.isReplay, let now = try await store.reservation(answer.reservation.id) else {
                    return outcome
                }
                return .success(now)
            }
        }
        throw .conflict(attempts: Self.attemptsMax)
    }

    /// Other locations that have what is missing. Advice and no promise: a moment old at most.
    package func alternatives(
        to lines: [ShortLine], by method: FulfilmentMethod, for channel: Channel?
    ) async -> [Alternative] {
        await alternatives.find(lines, method, channel)
    }

    // MARK: - What time brings

    /// Writes down holds that have ended. Nothing waits for it: their units are free already.
    /// - Returns: how many were looked at.
    func writeExpired(limit: Int) async throws(StoreError) -> Int {
        let ids = try await store.expired(limit: limit)
        let error = await withTaskGroup(of: StoreError?.self) { tasks in
            for id in ids {
                tasks.addTask {
                    do throws(StoreError) {
                        _ = try await act(.expire, on: id, key: nil)
                        return nil
                    } catch { return error }
                }
            }
            return await tasks.reduce(nil) { $0 ?? $1 }
        }
        if let error { throw error }
        return ids.count
    }

    /// Deals with goods that nobody fetched in time, as their location wants it.
    func settleLatePickups(limit: Int) async throws(StoreError) -> Int {
        let late = try await store.latePickups(limit: limit)
        try await store.openLatePickups(late.filter { $0.policy == .exception }.map(\.id))
        for pickup in late where pickup.policy == .release {
            let reason = Reason(stored: "pickupExpired")
            let release = ReservationAction.release(.everything, reason: reason, restock: .pending, occurredAt: nil)
            _ = try await act(release, on: pickup.id, key: nil)
        }
        return late.count
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
        for name in names { keys.insert(schedulingKey(name.item, name.location)) }
        for id in reservations { keys.insert(id.hashValue) }
        if let key { keys.insert(key.text.hashValue) }
        if let holder { keys.insert(holder.hashValue) }
        return keys
    }
}

/// Of a balance by the names that a command has for it. Two names of one item merely meet at the database's row lock.
func schedulingKey(_ item: ItemReference, _ location: LocationID) -> Int {
    var hasher = Hasher()
    hasher.combine(item)
    hasher.combine(location)
    return hasher.finalize()
}
