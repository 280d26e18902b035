import Inventory
import Synchronization

/// Names and hours of locations for shoppers, read again when they are older than the answers that a shop may keep anyway:
/// a product page would else read them for each store at each call.
final class LocationCardCache: Sendable {
    private struct Entry {
        let card: LocationCard
        let readAt: ContinuousClock.Instant
    }

    /// Beyond so many the memory is emptied.
    static let entriesMax = 50_000

    private let store: any ViewStore
    private let age: Duration
    private let entries = Mutex<[LocationID: Entry]>([:])

    /// - Parameter age: how old a card may be; zero: each is read when it is asked for.
    init(store: any ViewStore, age: Duration) {
        self.store = store
        self.age = age
    }

    /// Of those that are known.
    func cards(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: LocationCard] {
        let now = ContinuousClock.now
        var found: [LocationID: LocationCard] = [:]
        var missing: [LocationID] = []
        entries.withLock { entries in
            for id in ids {
                if let entry = entries[id], entry.readAt.duration(to: now) < age {
                    found[id] = entry.card
                } else {
                    missing.append(id)
                }
            }
        }
        guard !missing.isEmpty else { return found }
        let read = try await store.cards(missing)
        entries.withLock { entries in
            if entries.count + read.count > Self.entriesMax { entries.removeAll() }
            for id in missing { entries[id] = read[id].map { Entry(card: $0, readAt: now) } }
        }
        return found.merging(read) { _, new in new }
    }
}
