/// Brings what items and locations say of their rules up to date with those that began or ended. Nobody waits for it: until
/// then whoever asks looks at the rules themselves.
package struct StockRuleSweep: PeriodicWork {
    package static let name = "ruleTimes"
    package static let schedule = PeriodicSchedule(every: .seconds(30))

    private let store: any StockRuleStore

    /// Rules that one pass settles; it keeps grants waiting for as long.
    package static let rulesPerPass = 200

    package init(store: any StockRuleStore) { self.store = store }

    package func pass() async throws -> PeriodicPass {
        let settled = try await store.settleRules(limit: Self.rulesPerPass)
        return PeriodicPass(items: settled, hasMore: settled == Self.rulesPerPass)
    }
}
