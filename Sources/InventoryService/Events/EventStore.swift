/// Where the feed begins and ends.
package struct FeedEnds: Sendable, Hashable {
    /// The first position that is kept; a cursor before it has lost something.
    package let oldest: Int64
    /// The last position; 0 where there is none yet.
    package let newest: Int64

    package init(oldest: Int64, newest: Int64) {
        self.oldest = oldest
        self.newest = newest
    }
}

/// Events behind a cursor.
package struct EventBatch<Event: Sendable>: Sendable {
    package var events: [Event]
    /// Where to go on: behind the last event, or behind the last position looked at.
    package var next: EventCursor
    /// Whether more was there when it was read.
    package var hasMore: Bool

    package init(events: [Event], next: EventCursor, hasMore: Bool) {
        self.events = events
        self.next = next
        self.hasMore = hasMore
    }
}

/// What stands behind a cursor is no longer kept.
package struct CursorExpired: Error, Sendable, Hashable {
    /// From where on there is something.
    package let oldest: EventCursor

    package init(oldest: EventCursor) { self.oldest = oldest }
}

/// What came of a step that brings the feed up to date.
package enum FeedStep: Sendable, Hashable {
    /// There was nothing to do.
    case idle
    case done
    /// There was so much that more is left to do.
    case more
}

/// The feed in the database.
package protocol EventStore: Sendable {
    /// Gives new commits their positions. Any process may do it at any time; one at a time does.
    func sequence() async throws(StoreError) -> FeedStep

    /// Writes down what commits that have positions, time and rules changed of availability and bands. Likewise.
    func tell() async throws(StoreError) -> FeedStep

    func ends() async throws(StoreError) -> FeedEnds

    /// Events in order, behind `cursor`, of at most `EventFeed.positionsPerPage` positions.
    /// - Parameters:
    ///   - filter: what need not be read; what it lets through is looked at again by `ResolvedEventFilter.matches`.
    ///   - limit: of events, 1 to `EventFeed.limitMax`; commits with more are split.
    func events(
        after cursor: EventCursor, _ filter: ResolvedEventFilter, limit: Int
    ) async throws(StoreError) -> Result<EventBatch<FeedEvent>, CursorExpired>

    /// The group that a filter means, and its locations.
    /// - Returns: `.failure` where a named group is unknown.
    func resolve(_ filter: EventFilter) async throws(StoreError) -> Result<ResolvedEventFilter, UnknownInQuestion>
}

extension EventStore {
    /// Both steps.
    /// - Returns: whether more is left to do.
    package func advance() async throws(StoreError) -> Bool {
        let sequenced = try await sequence()
        let told = try await tell()
        return sequenced == .more || told == .more
    }
}
