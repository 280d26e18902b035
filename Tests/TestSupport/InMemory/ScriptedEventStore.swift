package import Inventory
package import InventoryService
import Synchronization

/// A feed in memory, to which tests append what they like.
package final class ScriptedEventStore: EventStore {
    private struct State {
        var events: [FeedEvent] = []
        var oldest: Int64 = 1
    }

    private let state = Mutex(State())

    package init() {}

    package var feed: EventFeed {
        EventFeed(store: self) { event in
            let data: String
            if case .proof(let sku, _, let defect) = event.data {
                data = #"{"sku":"\#(sku)","defect":"\#(defect)"}"#
            } else {
                data = "{}"
            }
            let head =
                #"{"specversion":"1.0","id":"\#(event.cursor)","source":"/holdfast","type":"\#(event.type.rawValue)""#
            return Array("\(head),\"data\":\(data)}".utf8)
        }
    }

    /// Appends one event about an item, at the next position.
    @discardableResult
    package func append(_ sku: String, at time: Timestamp = Timestamp(microseconds: 0)) -> EventCursor {
        state.withLock { state in
            let cursor = EventCursor(position: (state.events.last?.cursor.position ?? 0) + 1, ordinal: 1)
            state.events.append(
                FeedEvent(
                    cursor: cursor, type: .proofFailed, time: time,
                    data: .proof(sku: SKU(stored: sku), location: LocationID(stored: "L"), defect: "\(cursor)")))
            return cursor
        }
    }

    /// Forgets what stands before a position.
    package func expire(before position: Int64) {
        state.withLock { state in
            state.oldest = position
            state.events.removeAll { $0.cursor.position < position }
        }
    }

    package func sequence() async throws(StoreError) -> FeedStep { .idle }

    package func tell() async throws(StoreError) -> FeedStep { .idle }

    package func ends() async throws(StoreError) -> FeedEnds {
        state.withLock { FeedEnds(oldest: $0.oldest, newest: $0.events.last?.cursor.position ?? 0) }
    }

    package func events(
        after cursor: EventCursor, _ filter: ResolvedEventFilter, limit: Int
    ) async throws(StoreError) -> Result<EventBatch<FeedEvent>, CursorExpired> {
        state.withLock { state in
            guard cursor >= .after(state.oldest - 1) else {
                return .failure(CursorExpired(oldest: .after(state.oldest - 1)))
            }
            let found = state.events.filter { $0.cursor > cursor }
            let page = Array(found.prefix(limit))
            let next = page.last.map { EventCursor.after($0.cursor.position) } ?? cursor
            return .success(EventBatch(events: page, next: next, hasMore: found.count > limit))
        }
    }

    package func resolve(
        _ filter: EventFilter
    ) async throws(StoreError) -> Result<ResolvedEventFilter, UnknownInQuestion> {
        .success(ResolvedEventFilter(filter))
    }
}
