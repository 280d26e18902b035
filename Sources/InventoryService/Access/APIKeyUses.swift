package import Inventory
import Synchronization

/// When keys were last used, until it is written down. At most one entry a key.
package final class APIKeyUses: Sendable {
    private let waiting = Mutex<[APIKeyID: Timestamp]>([:])

    package init() {}

    package func note(_ key: APIKeyID) {
        waiting.withLock { waiting in
            // Once a pass is enough.
            if waiting[key] == nil { waiting[key] = .now() }
        }
    }

    fileprivate func take() -> [APIKeyID: Timestamp] {
        waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
    }

    fileprivate func putBack(_ taken: [APIKeyID: Timestamp]) {
        waiting.withLock { $0.merge(taken) { newer, _ in newer } }
    }
}

/// Writes down when keys were last used.
package struct APIKeyUseWriter: PeriodicWork {
    package static let name = "apiKeyUses"
    package static let schedule = PeriodicSchedule(every: .seconds(30))

    private let uses: APIKeyUses
    private let store: any APIKeyStore

    package init(uses: APIKeyUses, store: any APIKeyStore) {
        self.uses = uses
        self.store = store
    }

    package func pass() async throws -> PeriodicPass {
        let taken = uses.take()
        guard !taken.isEmpty else { return PeriodicPass() }
        do {
            try await store.noteUses(taken)
        } catch {
            uses.putBack(taken)
            throw error
        }
        return PeriodicPass(items: taken.count)
    }

    package func end() async { _ = try? await pass() }
}
