/// The feed of events, as readers of every kind use it: pages, streams, webhooks, sinks.
package struct EventFeed: Sendable {
    private let store: any EventStore
    private let render: @Sendable (FeedEvent) -> [UInt8]
    private let rounds = SharedRounds()

    /// Events of one page.
    package static let limitMax = 1_000
    package static let limitDefault = 100
    /// Positions that one page looks at, whatever its filter lets through.
    package static let positionsPerPage = 2_000
    /// Rounds of both steps before a page is read, when there is much to do.
    private static let roundsMax = 20

    /// - Parameter render: an event's CloudEvents JSON.
    package init(store: any EventStore, render: @escaping @Sendable (FeedEvent) -> [UInt8]) {
        self.store = store
        self.render = render
    }

    package func resolve(
        _ filter: EventFilter
    ) async throws(StoreError) -> Result<ResolvedEventFilter, UnknownInQuestion> {
        try await store.resolve(filter)
    }

    /// Takes in what was committed until now, so that the pages that follow have it. Those who ask at once in this process
    /// share one round: each would only wait for the others in the database.
    /// - Parameter news: called whenever there may be more to read: when commits have their positions, so that their own events
    ///   can be read, and when what they changed of availability and bands is told behind them, which takes longer. Of a round
    ///   that is another's, only at its end.
    package func catchUp(news: @escaping @Sendable () -> Void = {}) async throws(StoreError) {
        let isOwn = try await rounds.run { [store] () async throws(StoreError) in
            for _ in 0..<Self.roundsMax {
                let sequenced = try await store.sequence()
                // Another process may have done it.
                news()
                let told = try await store.tell()
                if told != .idle { news() }
                if sequenced != .more, told != .more { return }
            }
        }
        if !isOwn { news() }
    }

    /// Behind the last event, once everything that is there has been told: where nobody followed for long, after a look at
    /// all balances.
    package func endOfAll() async throws(StoreError) -> EventCursor {
        while try await store.advance() {}
        return .after(try await store.ends().newest)
    }

    /// Behind the last event of all that is committed now.
    package func end() async throws(StoreError) -> EventCursor {
        try await catchUp()
        return .after(try await store.ends().newest)
    }

    /// Before the oldest event that is kept.
    package func beginning() async throws(StoreError) -> EventCursor { .after(try await store.ends().oldest - 1) }

    /// - Returns: where the feed ends, if that is before the cursor; nil for every cursor that was ever given out here.
    package func end(before cursor: EventCursor) async throws(StoreError) -> EventCursor? {
        let newest = try await store.ends().newest
        return newest < cursor.position ? .after(newest) : nil
    }

    /// Events behind a cursor, in order. Nothing that was committed before the question is missing.
    /// - Parameters:
    ///   - cursor: nil: from the oldest that is kept.
    ///   - limit: 1 to `limitMax`.
    ///   - catchesUp: false for a reader that has just called `catchUp`.
    package func page(
        _ filter: ResolvedEventFilter, after cursor: EventCursor?, limit: Int, catchesUp: Bool = true
    ) async throws(StoreError) -> Result<EventBatch<RenderedEvent>, CursorExpired> {
        precondition((1...Self.limitMax).contains(limit), "a page has 1 to \(Self.limitMax) events")
        if catchesUp { try await catchUp() }
        let from: EventCursor
        if let cursor { from = cursor } else { from = try await beginning() }
        return try await store.events(after: from, filter, limit: limit).map { batch in
            EventBatch(
                events: batch.events.lazy.map { RenderedEvent($0, json: render($0)) }.filter { filter.matches($0) },
                next: batch.next, hasMore: batch.hasMore)
        }
    }
}
