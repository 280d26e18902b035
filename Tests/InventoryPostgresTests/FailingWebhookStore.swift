import Inventory
import InventoryService
import Synchronization

/// The way of one process to the database: it dies with the process, or stands still as long as the process is frozen.
final class FailingWebhookStore: WebhookDeliveryStore {
    private let base: any WebhookDeliveryStore
    private let state = Mutex<(isDead: Bool, frozenUntil: ContinuousClock.Instant?)>((false, nil))
    /// Called when a turn has begun, before it is told so.
    private let onBegin: @Sendable (FailingWebhookStore) -> Void

    init(_ base: any WebhookDeliveryStore, onBegin: @escaping @Sendable (FailingWebhookStore) -> Void = { _ in }) {
        self.base = base
        self.onBegin = onBegin
    }

    func die() { state.withLock { $0.isDead = true } }

    /// Nothing comes or goes for so long.
    func freeze(for duration: Duration) { state.withLock { $0.frozenUntil = .now + duration } }

    private func pass() async throws(StoreError) {
        if state.withLock({ $0.isDead }) { throw .unavailable }
        await thaw()
    }

    /// A frozen process cancels nothing either.
    func thaw() async {
        while let until = state.withLock({ $0.frozenUntil }), until > .now {
            await Task { try? await Task.sleep(until: until, clock: .continuous) }.value
        }
    }

    func claim(by holder: String, leaseSeconds: Int64) async throws(StoreError) -> [WebhookClaim] {
        try await pass()
        return try await base.claim(by: holder, leaseSeconds: leaseSeconds)
    }
    func release(by holder: String) async throws(StoreError) {
        try await pass()
        try await base.release(by: holder)
    }
    func begin(_ id: WebhookID, by holder: String, leaseSeconds: Int64) async throws(StoreError) -> WebhookTurnState? {
        try await pass()
        let begun = try await base.begin(id, by: holder, leaseSeconds: leaseSeconds)
        onBegin(self)
        await thaw()
        return begun
    }
    func renew(_ lease: WebhookLease) async throws(StoreError) -> Bool {
        try await pass()
        return try await base.renew(lease)
    }
    func record(_ step: WebhookStep, of lease: WebhookLease) async throws(StoreError) -> Int64? {
        try await pass()
        return try await base.record(step, of: lease)
    }
    func pause(_ lease: WebhookLease, _ reason: WebhookPauseReason, detail: String) async throws(StoreError) {
        try await pass()
        try await base.pause(lease, reason, detail: detail)
    }
    func prune() async throws(StoreError) -> Int { try await base.prune() }
}
