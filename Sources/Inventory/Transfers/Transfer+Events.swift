extension Transfer {
    /// What happened to it, from how it was and how it is: the types of the feed's events, in the order of its life.
    /// Empty where nothing of that did, such as a date that slipped.
    /// - Parameter before: nil for one that is new.
    package func events(since before: Transfer?) -> [EventType] {
        func sum(_ transfer: Transfer?, _ units: (TransferLine) -> Int64) -> Int64 {
            transfer?.lines.reduce(0) { $0 + units($1) } ?? 0
        }
        var events: [EventType] = []
        if before == nil { events.append(.transferCreated) }
        if sum(self, \.shipped) > sum(before, \.shipped) { events.append(.transferShipped) }
        if sum(self, \.received) > sum(before, \.received) { events.append(.transferReceived) }
        if closedAt != nil, before?.closedAt == nil { events.append(.transferClosed) }
        if cancelledAt != nil, before?.cancelledAt == nil { events.append(.transferCancelled) }
        return events
    }
}
