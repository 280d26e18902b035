package import Inventory
package import InventoryService
import Synchronization

/// The feed in memory: what is committed gets its position when somebody reads on.
package final class InMemoryEventStore: EventStore {
    private struct State {
        var waiting: [[FeedEvent]] = []
        /// The events of position 1 first.
        var positions: [[FeedEvent]] = []
        var oldest: Int64 = 1
        var asked = 0
        /// How far the latest answer went.
        var readTo = 0
        var isAway = false
        var groups: [GroupID: Set<LocationID>] = [:]
    }

    private let state = Mutex(State())

    /// Whoever takes it holds up what commits changed, and not the commits.
    package let telling = Turns(1)

    package init() {}

    /// One transaction with these events.
    package func commit(_ events: (type: EventType, data: EventData)...) { commit(events) }

    package func commit(_ events: [(type: EventType, data: EventData)]) {
        state.withLock { state in
            state.waiting.append(
                events.map {
                    FeedEvent(
                        cursor: .beginning, type: $0.type, time: Timestamp(microseconds: 1_000_000_000_000_000),
                        data: $0.data)
                })
        }
    }

    package func forget(before position: Int64) { state.withLock { $0.oldest = position } }

    package func set(_ group: String, _ locations: Set<LocationID>) {
        state.withLock { $0.groups[GroupID(stored: group)] = locations }
    }

    package var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// Whether the last position was handed out, so far as this store can tell.
    package var isRead: Bool { state.withLock { $0.waiting.isEmpty && $0.readTo >= $0.positions.count } }

    /// How often anything was asked.
    package var asked: Int { state.withLock { $0.asked } }

    private func ask<Answer: Sendable>(_ body: (inout State) -> Answer) throws(StoreError) -> Answer {
        let answer: Answer? = state.withLock { state in
            state.asked += 1
            return state.isAway ? nil : body(&state)
        }
        guard let answer else { throw .unavailable }
        return answer
    }

    package func sequence() async throws(StoreError) -> FeedStep {
        try ask { state in
            if state.waiting.isEmpty { return .idle }
            for events in state.waiting {
                let position = Int64(state.positions.count + 1)
                state.positions.append(
                    events.enumerated().map { index, event in
                        FeedEvent(
                            cursor: EventCursor(position: position, ordinal: Int64(index + 1)), type: event.type,
                            time: event.time, data: event.data)
                    })
            }
            state.waiting = []
            return .done
        }
    }

    package func tell() async throws(StoreError) -> FeedStep {
        await telling.take()
        defer { telling.giveBack() }
        return .idle
    }

    package func ends() async throws(StoreError) -> FeedEnds {
        try ask { FeedEnds(oldest: $0.oldest, newest: Int64($0.positions.count)) }
    }

    package func events(
        after cursor: EventCursor, _ filter: ResolvedEventFilter, limit: Int
    ) async throws(StoreError) -> Result<EventBatch<FeedEvent>, CursorExpired> {
        try ask { state in
            guard cursor >= .after(state.oldest - 1) || state.oldest == 1 else {
                return .failure(CursorExpired(oldest: .after(state.oldest - 1)))
            }
            let newest = Int64(state.positions.count)
            state.readTo = Int(newest)
            let all = state.positions.dropFirst(Int(max(0, cursor.position - 1))).joined().filter { $0.cursor > cursor }
            guard all.count > limit else {
                return .success(
                    EventBatch(events: Array(all), next: max(cursor, .after(newest)), hasMore: false))
            }
            let events = Array(all.prefix(limit))
            return .success(EventBatch(events: events, next: events[limit - 1].cursor, hasMore: true))
        }
    }

    package func resolve(
        _ filter: EventFilter
    ) async throws(StoreError) -> Result<ResolvedEventFilter, UnknownInQuestion> {
        try ask { state in
            guard let group = filter.group else { return .success(ResolvedEventFilter(filter)) }
            guard let members = state.groups[group] else { return .failure(.group) }
            return .success(ResolvedEventFilter(filter, group: group, members: members))
        }
    }
}

extension InMemoryEventStore {
    /// The band of an item at a location; nil for that of the network.
    package func band(_ sku: String, at location: String?, _ band: Band = .low) {
        commit((.bandChanged, .band(BandChange(sku, at: location, band))))
    }

    package func silence(_ location: String) {
        commit((.locationSilent, .silence(location: LocationID(stored: location), silentSince: nil)))
    }
}

extension BandChange {
    package init(_ sku: String, at location: String?, _ band: Band = .low) {
        self.init(
            sku: SKU(stored: sku), place: location.map { .location(LocationID(stored: $0)) } ?? .network, channel: nil,
            band: band, previousBand: .inStock, version: nil)
    }
}

extension EventFeed {
    /// Whose events are rendered as what tests look for, and so many bytes more.
    package static func over(_ store: InMemoryEventStore, padding: Int = 0) -> EventFeed {
        let tail = String(repeating: "x", count: padding)
        return EventFeed(store: store) { event in
            Array("{\"id\":\"\(event.cursor)\",\"sku\":\"\(event.subject.skus.first?.text ?? "")\(tail)\"}".utf8)
        }
    }
}
