import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore: RulePreviewStore {
    package func preview(
        _ question: RulePreviewQuestion
    ) async throws(StoreError) -> MasterResult<RulePreview> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.inSnapshot { session throws(PQError) in try Self.preview(question, on: session) }
        }
    }

    private static func preview(
        _ asked: RulePreviewQuestion, on session: Session
    ) throws(PQError) -> MasterResult<RulePreview> {
        var question = asked
        var old: ScopeNumbers?
        if let id = question.id {
            old = try session.query(.previewRuleScope) {
                $0.int2(question.kind.rawValue)
                $0.text(id.text)
            }.first.map { row in
                var row = RowCursor(row)
                let scope = ScopeNumbers(
                    item: row.int8IfPresent(), location: row.int4IfPresent(), group: row.int4IfPresent())
                // Of a rule that would be gone: whom it is about now.
                if question.rule == nil {
                    question.lookAs(
                        row.textIfPresent().map(Channel.init(stored:)),
                        row.textIfPresent().flatMap(FulfilmentMethod.init(rawValue:)))
                }
                return scope
            }
            if question.rule == nil, old == nil { return .failure(.notFound) }
        }
        var rule = question.rule
        var new: ScopeNumbers?
        if let asked = question.rule {
            switch try scope(of: asked, about: question.item, on: session) {
            case .failure(let rejection): return .failure(rejection)
            case .success(let found): (rule, new) = (found.rule, found.scope)
            }
        }
        let now = try session.query(.previewClock)[0].only.timestamp
        let rulesAt = max(now, rule?.validity.from ?? now)
        let network = NetworkFilter(channel: question.channel, method: question.method)
        let rows = try session.query(.previewBalances) {
            $0.network(network)
            $0.scope(new)
            $0.scope(old)
            $0.int8(Int64(RulePreview.lookedAtMax + 1))
        }
        var preview = RulePreview(rulesAt: rulesAt, asOf: now)
        let balances = rows.prefix(RulePreview.lookedAtMax).map(PreviewedBalance.init)
        let kits = try PreviewedKits(
            network, new, old, beside: balances, countMax: RulePreview.lookedAtMax - balances.count, on: session)
        preview.isComplete = rows.count <= RulePreview.lookedAtMax && kits.isComplete
        preview.lookedAt = balances.count + kits.kits.count
        let parts = kits.parts
        var rules = try HoldBackRules.read(
            balances.map(\.key) + parts.map(\.key) + kits.kits.map(\.key), at: now, rulesAt: rulesAt, on: session)
        if let rule, rule.kind == .ringFence, let channel = rule.scope.channel {
            // Nothing may be fenced for it so far.
            let keys = (balances + parts).map(\.key)
            for row in try session.query(
                .previewReserved,
                { write in
                    write.int8s(keys) { $0.item.rawValue }
                    write.int4s(keys) { $0.location.rawValue }
                    write.text(channel.text)
                })
            {
                rules[BalanceKey(row)]?.reserved[channel] = row.int8(BalanceKeyColumn.count)
            }
        }
        func both(_ key: BalanceKey, isInNewScope: Bool) -> (before: HoldBackRules, after: HoldBackRules) {
            let before = rules[key] ?? HoldBackRules()
            var after = before
            after.rules.removeAll { $0.kind == question.kind && $0.id == question.id }
            if let rule, isInNewScope, rule.validity.contains(rulesAt) { after.rules.append(rule) }
            return (before, after)
        }
        var figures: [BalanceKey: (before: RulePreview.Figures, after: RulePreview.Figures)] = [:]
        for balance in balances + parts {
            let (before, after) = both(balance.key, isInNewScope: balance.isInNewScope)
            figures[balance.key] = (balance.figures(before, question), balance.figures(after, question))
        }
        var changed: [BalanceKey: RulePreview.Change] = [:]
        for balance in balances {
            guard let shown = figures[balance.key], shown.before != shown.after else { continue }
            changed[balance.key] = .init(
                sku: balance.sku, location: balance.location, before: shown.before, after: shown.after)
        }
        let ofBalances = Array(changed.keys)
        for kit in kits.kits {
            let (before, after) = both(kit.key, isInNewScope: kit.isInNewScope)
            let shown = (
                before: kit.figures(before, question, made: kits.made(of: kit) { figures[$0]?.before }),
                after: kit.figures(after, question, made: kits.made(of: kit) { figures[$0]?.after })
            )
            guard shown.before != shown.after else { continue }
            changed[kit.key] = .init(sku: kit.sku, location: kit.location, before: shown.before, after: shown.after)
        }
        for (key, change) in changed {
            // What a kit is made of would be added up twice.
            if kits.partKeys(ofKitAt: key).contains(where: { changed[$0] != nil }) { continue }
            preview.unitsBefore = preview.unitsBefore.addingUnits(change.before.availableToSell)
            preview.unitsAfter = preview.unitsAfter.addingUnits(change.after.availableToSell)
        }
        preview.changes = changed.keys.sorted().prefix(question.limit).compactMap { changed[$0] }
        preview.changedCount = changed.count
        preview.itemCount = Set(changed.keys.map(\.item)).count
        preview.locationCount = Set(changed.keys.map(\.location)).count
        if !ofBalances.isEmpty {
            preview.promiseCount = try session.query(.previewPromises) {
                $0.int8s(ofBalances) { $0.item.rawValue }
                $0.int4s(ofBalances) { $0.location.rawValue }
            }[0].only.int8
        }
        return .success(preview)
    }
}

extension ParameterWriter {
    /// Four parameters, as `Statement.isInScope` reads them.
    mutating func scope(_ scope: ScopeNumbers?) {
        bool(scope != nil)
        int8(scope?.item)
        int4(scope?.location)
        int4(scope?.group)
    }
}

extension Statement {
    private typealias SQL = AvailabilitySQL

    fileprivate static let previewRuleScope = Statement(
        "preview_rule_scope", [.int2, .text],
        sql: """
            select r.item_id, r.location_id, r.group_id, r.channel, r.method from stock_rule r
            where r.kind = $1 and r.id = $2 and r.valid_until is null
            """)

    fileprivate static let previewClock = Statement("preview_clock", sql: "select transaction_timestamp()")

    fileprivate static let previewBalances = Statement(
        "preview_balances", SQL.network + PreviewedBalance.scopes + [.int8],
        sql: """
            with \(SQL.scope)
            select \(PreviewedBalance.Column.selectList)
            from balance b
            cross join lateral (select * from item i where i.item_id = b.item_id offset 0) i
            cross join lateral (
                select * from location l where l.location_id = b.location_id and l.deleted_at is null offset 0) l
            where b.version > 0 and i.rules & \(ItemRules.kit) = 0 and \(PreviewedBalance.isInScopes("b.item_id"))
            order by b.item_id, b.location_id limit $12
            """)

    /// What is promised to channel `$3` at balances.
    fileprivate static let previewReserved = Statement(
        "preview_reserved", [.int8Array, .int4Array, .text],
        sql: """
            select \(BalanceKeyColumn.selectList), sum(a.open_units)::int8
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (
                select * from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.channel = $3
                  and \(Statement.isOpenNow("a")) offset 0
            ) a
            group by 1, 2
            """)

    /// Reservations that are open at balances.
    fileprivate static let previewPromises = Statement(
        "preview_promises", [.int8Array, .int4Array],
        sql: """
            select count(distinct a.reservation_id)
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (
                select * from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and \(Statement.isOpenNow("a")) offset 0
            ) a
            """)
}
