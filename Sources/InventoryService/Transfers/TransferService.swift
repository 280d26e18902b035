package import Inventory

/// Takes requests about transfers, and what is told of them: through the same queue as all facts.
package struct TransferService: Sendable {
    package let store: any TransferStore
    private let facts: FactService

    /// How often a request starts over because the transfer changed under it.
    package static let attemptsMax = 5

    package init(store: any TransferStore, facts: FactService) {
        self.store = store
        self.facts = facts
    }

    /// - Throws: as `FactService.submit` does. Sending the same under the same key again is then always right.
    package func create(
        _ new: NewTransfer, key: RequestKey, by caller: Caller = .anybody
    ) async throws(StoreError) -> TransferOutcome {
        let places = [new.from, new.to].compactMap { $0 }
        let names = new.lines.flatMap { line in places.map { Name(item: line.item, location: $0) } }
        return try await decide(
            TransferID(ReservationID.draw()), .create(new), key: key, caller
        ) { () throws(StoreError) in
            (names, new.reserves ? ReservationID.draw() : nil)
        }
    }

    /// - Returns: `.notFound` where there is none.
    package func act(
        _ action: TransferAction, on id: TransferID, key: RequestKey?, by caller: Caller = .anybody
    ) async throws(StoreError) -> TransferOutcome {
        guard let found = try await store.transfer(id)?.transfer else { return .failure(.notFound) }
        return try await decide(id, action, key: key, caller) { () throws(StoreError) in
            (found.names, found.reservation)
        }
    }

    /// What was shipped or received, as facts of their source.
    /// - Parameters:
    ///   - lines: of the transfer, as `TransferLineReader` of the interface makes them.
    ///   - actor: who says so; nil in mode `open`.
    package func submit(
        source: SourceID, lines: [SubmittedLine], by actor: ActorName?
    ) async throws(StoreError) -> FactAnswer {
        try await facts.submit(source: source, lines: lines, isAtomic: false, by: actor)
    }

    private func decide(
        _ id: TransferID, _ action: TransferAction, key: RequestKey?, _ caller: Caller,
        _ needs: () async throws(StoreError) -> (names: [Name], reservation: ReservationID?)
    ) async throws(StoreError) -> TransferOutcome {
        let actor = try await facts.number(of: caller.actor)
        for _ in 0..<Self.attemptsMax {
            let (names, reservation) = try await needs()
            var command = TransferCommand(id: id, reservation: reservation, key: key, action: action, names: names)
            command.caller = caller
            command.actor = actor
            let committed = try await facts.queue.submit([
                (.transfer(command), command.schedulingKeys, max(1, names.count))
            ])[0]
            guard let outcome = committed.batch.outcomes[committed.index].transfer else {
                preconditionFailure("a request about a transfer is answered as one")
            }
            switch outcome {
            case .failure(.outdated): continue
            case .failure(let refusal):
                // An attempt whose commit was in doubt may have done what is refused now as done.
                if case .transfer(.success(let earlier))? = committed.inDoubt,
                    let now = try await store.transfer(earlier.transfer.id),
                    now.transfer.version >= earlier.transfer.version
                {
                    return .success(now)
                }
                return .failure(refusal)
            case .success: return outcome
            }
        }
        throw .conflict(attempts: Self.attemptsMax)
    }
}

extension Transfer {
    /// Of every balance that it is about, at both ends.
    fileprivate var names: [Name] {
        let places = [from, to].compactMap { $0 }
        return lines.flatMap(\.parts).flatMap { part in places.map { Name(item: .sku(part.sku), location: $0) } }
    }
}

extension TransferCommand {
    /// What the command touches: its balances as facts name them, itself, what it keeps and its key.
    fileprivate var schedulingKeys: Set<Int> {
        var keys = Set<Int>(minimumCapacity: names.count + 3)
        for name in names { keys.insert(schedulingKey(name.item, name.place)) }
        keys.insert(id.hashValue)
        if let reservation { keys.insert(reservation.hashValue) }
        if let key { keys.insert(key.text.hashValue) }
        return keys
    }
}
