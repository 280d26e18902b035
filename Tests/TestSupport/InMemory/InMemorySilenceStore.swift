package import Inventory
package import InventoryService
import Synchronization

/// Locations in memory, as far as their silence goes (`SilenceStoreContractTests` holds it to what PostgreSQL does).
package final class InMemorySilenceStore: SilenceStore {
    private struct State {
        var locations: [LocationNumber: QuietLocation] = [:]
        var now = Timestamp(microseconds: 1_800_000_000_000_000)
        var beforeWrite: (@Sendable (InMemorySilenceStore) -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// A location that was heard so long ago.
    package func add(
        _ id: String, heardSecondsAgo: Int64, limitSeconds: Int64? = nil, hasLagBuffer: Bool = false,
        isActive: Bool = true
    ) {
        state.withLock { state in
            let number = LocationNumber(Int32(state.locations.count + 1))
            state.locations[number] = QuietLocation(
                number: number, id: LocationID(stored: id), version: 1, isActive: isActive,
                limitSeconds: limitSeconds, hasLagBuffer: hasLagBuffer, hours: nil, zone: .utc,
                heardAt: state.now.advanced(byMicroseconds: -heardSecondsAgo * 1_000_000), silentSince: nil,
                lagSeconds: 0)
        }
    }

    /// Changes what is known of a location, as another process would.
    package func change(_ id: String, _ change: (inout QuietLocation) -> Void) {
        state.withLock { state in
            for (number, location) in state.locations where location.id.text == id {
                change(&state.locations[number, default: location])
            }
        }
    }

    package func hear(_ id: String) {
        let now = state.withLock { $0.now }
        change(id) { $0.heardAt = now }
    }

    /// Is called once, between a judgement and its writing.
    package func beforeWrite(_ hook: @escaping @Sendable (InMemorySilenceStore) -> Void) {
        state.withLock { $0.beforeWrite = hook }
    }

    package func location(_ id: String) -> QuietLocation? {
        state.withLock { $0.locations.values.first { $0.id.text == id } }
    }

    /// How many are silent.
    package var silentCount: Int { state.withLock { $0.locations.values.count { $0.silentSince != nil } } }

    package func quiet(
        limitSeconds: Int64, after: LocationNumber?, limit: Int
    ) async throws(StoreError) -> Dated<[QuietLocation]> {
        state.withLock { state in
            let found = state.locations.values.filter { location in
                let limit = (location.limitSeconds ?? limitSeconds) * 1_000_000
                let isQuiet = location.heardAt < state.now.advanced(byMicroseconds: -limit)
                return after.map { $0 < location.number } ?? true
                    && (location.silentSince != nil || location.isActive && isQuiet)
            }
            return Dated(Array(found.sorted { $0.number < $1.number }.prefix(limit)), asOf: state.now)
        }
    }

    package func heardAgain(limit: Int) async throws(StoreError) -> [QuietLocation] {
        state.withLock { state in
            let found = state.locations.values.filter {
                $0.silentSince.map { [heard = $0.heardAt] in heard > $0 } ?? false
            }
            return Array(found.sorted { $0.number < $1.number }.prefix(limit))
        }
    }

    package func write(_ changes: [SilenceChange]) async throws(StoreError) -> Int {
        let hook = state.withLock { state in
            defer { state.beforeWrite = nil }
            return state.beforeWrite
        }
        hook?(self)
        return state.withLock { state in
            var written = 0
            for change in changes {
                guard var location = state.locations[change.number], location.version == change.version,
                    location.heardAt <= change.heardAt,
                    (location.silentSince, location.lagSeconds) != (change.silentSince, change.lagSeconds)
                else { continue }
                (location.silentSince, location.lagSeconds) = (change.silentSince, change.lagSeconds)
                state.locations[change.number] = location
                written += 1
            }
            return written
        }
    }
}
