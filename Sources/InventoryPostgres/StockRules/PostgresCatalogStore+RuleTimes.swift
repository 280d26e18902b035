package import InventoryService
import LibPQ

/// Rules that have begun or ended.
extension PostgresCatalogStore {
    package func settleRules(limit: Int) async throws(StoreError) -> Int {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            guard try session.query(.stockRulesToSettle)[0].only.bool else { return 0 }
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.placesExclude)
            let settledAt = exchange.add(.stockRulesSettle) { $0.int8(Int64(limit)) }
            let scopes = try session.run(exchange)[settledAt].map { row in
                var row = RowCursor(row)
                return ScopeNumbers(
                    item: row.int8IfPresent(), location: row.int4IfPresent(), group: row.int4IfPresent())
            }
            try refresh(scopes, on: session)
            try raiseEpoch(on: session)
            _ = try session.query(.commit)
            return scopes.count
        }
    }
}

extension Statement {
    /// Without a lock: hardly ever is there any.
    fileprivate static let stockRulesToSettle = Statement(
        "stock_rules_to_settle",
        sql: """
            select exists (
                select from stock_rule r where r.valid_until is null and r.settle_at <= clock_timestamp())
            """)

    /// The next `$1` rules whose time has come, and what they are about. Each is due again at its end, if that is to come.
    fileprivate static let stockRulesSettle = Statement(
        "stock_rules_settle", [.int8],
        sql: """
            update stock_rule r
            set settle_at = case when r.ends_at > clock_timestamp() then r.ends_at end
            from (
                select rule_id from stock_rule
                where valid_until is null and settle_at <= clock_timestamp() order by settle_at limit $1
            ) due
            where r.rule_id = due.rule_id
            returning r.item_id, r.location_id, r.group_id
            """)
}
