extension Reservation {
    /// What happened to it, from how it was and how it is: the types of the feed's events, in the order of its life.
    ///
    /// A batch may do several things to one reservation at once, and each has its event. Something always has: what is
    /// none of the others is a change.
    /// - Parameters:
    ///   - before: nil for one that is new.
    ///   - now: of the batch.
    package func events(since before: Reservation?, at now: Timestamp) -> [EventType] {
        var events: [EventType] = []
        let known = Dictionary(before?.allocations.map { ($0.number, $0) } ?? []) { first, _ in first }
        func becomes(_ state: AllocationState) -> Bool {
            allocations.contains { $0.state == state && known[$0.number]?.state != state }
        }
        if before == nil { events.append(.reservationCreated) }
        if becomes(.confirmed),
            before?.allocations.contains(where: { $0.state == .held || $0.state == .expired }) ?? true
        {
            events.append(.reservationConfirmed)
        }
        if let before {
            if let expiresAt, let earlier = before.expiresAt, expiresAt > earlier {
                events.append(.reservationExtended)
            }
            if lines != before.lines || reference != before.reference || attributes != before.attributes {
                events.append(.reservationChanged)
            }
            if hasMoved(since: before, known) { events.append(.reservationMoved) }
        }
        if becomes(.ready) { events.append(.reservationReady) }
        if let arrival = pickup?.arrival, arrival != before?.pickup?.arrival { events.append(.reservationArrived) }
        if becomes(.notFound) { events.append(.reservationNotFound) }
        if sum(\.fulfilled) > before?.sum(\.fulfilled) ?? 0 { events.append(.reservationFulfilled) }
        if becomes(.expired) { events.append(.reservationExpired) }
        if sum(\.released) > before?.sum(\.released) ?? 0 { events.append(.reservationReleased) }
        return events.isEmpty ? [.reservationChanged] : events
    }

    private func sum(_ units: (Allocation) -> Int64) -> Int64 { allocations.reduce(0) { $0 + units($1) } }

    /// Units are kept at another place than before. Parts that were split off stay where their allocation was, or go.
    private func hasMoved(since before: Reservation, _ known: [Int16: Allocation]) -> Bool {
        let places = Set(before.allocations.map(\.location))
        return lines == before.lines
            && allocations.contains { allocation in
                guard let earlier = known[allocation.number] else { return !places.contains(allocation.location) }
                return earlier.location != allocation.location
            }
    }
}
