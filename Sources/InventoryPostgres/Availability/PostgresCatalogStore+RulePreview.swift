import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore: RulePreviewStore {
    package func preview(
        _ question: RulePreviewQuestion
    ) async throws(StoreError) -> MasterResult<RulePreview> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.beginSnapshot)
            let found = try Self.preview(question, on: session)
            _ = try session.query(.commit)
            return found
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
        let now = try session.query(.previewClock)[0].requiredTimestamp(0)
        let rulesAt = max(now, rule?.validity.from ?? now)
        let network = NetworkFilter(channel: question.channel, method: question.method)
        let rows = try session.query(.previewBalances) {
            $0.network(network)
            $0.scope(new)
            $0.scope(old)
            $0.int8(Int64(RulePreview.lookedAtMax + 1))
        }
        var preview = RulePreview(rulesAt: rulesAt, asOf: now)
        preview.isComplete = rows.count <= RulePreview.lookedAtMax
        let balances = rows.prefix(RulePreview.lookedAtMax).map(PreviewedBalance.init)
        preview.lookedAt = balances.count
        let keys = balances.map(\.key)
        var rules = try HoldBackRules.read(keys, at: now, rulesAt: rulesAt, on: session)
        if let rule, rule.kind == .ringFence, let channel = rule.scope.channel {
            // Nothing may be fenced for it so far.
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
        var changed: [BalanceKey] = []
        for balance in balances {
            let before = rules[balance.key] ?? HoldBackRules()
            var after = before
            after.rules.removeAll { $0.kind == question.kind && $0.id == question.id }
            if let rule, balance.isInNewScope, rule.validity.contains(rulesAt) { after.rules.append(rule) }
            let figures = (balance.figures(before, question), balance.figures(after, question))
            guard figures.0 != figures.1 else { continue }
            changed.append(balance.key)
            preview.unitsBefore = preview.unitsBefore.addingUnits(figures.0.availableToSell)
            preview.unitsAfter = preview.unitsAfter.addingUnits(figures.1.availableToSell)
            if preview.changes.count < question.limit {
                preview.changes.append(
                    .init(sku: balance.sku, location: balance.location, before: figures.0, after: figures.1))
            }
        }
        preview.changedCount = changed.count
        preview.itemCount = Set(changed.map(\.item)).count
        preview.locationCount = Set(changed.map(\.location)).count
        if !changed.isEmpty {
            preview.promiseCount = try session.query(.previewPromises) {
                $0.int8s(changed) { $0.item.rawValue }
                $0.int4s(changed) { $0.location.rawValue }
            }[0].int8(0)
        }
        return .success(preview)
    }
}

/// A balance that a rule may be about.
private struct PreviewedBalance {
    let key: BalanceKey
    let sku: SKU
    let location: LocationID
    let isInNewScope: Bool
    private let status: ItemStatus
    private let isEligible: Bool
    private let onHand: Int64
    private let reserved: Int64

    /// Of balance `b`, item `i` and location `l`.
    enum Column: Int32, SelectedColumn {
        case item, place, sku, location, status, isEligible, onHand, reserved, isInNewScope

        var selected: String {
            switch self {
            case .item: "b.item_id"
            case .place: "b.location_id"
            case .sku: "i.sku"
            case .location: "l.id"
            case .status: "i.status"
            case .isEligible: AvailabilitySQL.isEligible
            case .onHand: "b.on_hand"
            case .reserved: AvailabilitySQL.reserved
            case .isInNewScope: Statement.isInScope(first: 4)
            }
        }
    }

    init(_ row: Row) {
        let row = ColumnReader<Column>(row)
        key = row.balanceKey(.item, .place)
        sku = SKU(stored: row.text(.sku))
        location = LocationID(stored: row.text(.location))
        status = ItemStatus(stored: row.text(.status))
        isEligible = row.bool(.isEligible)
        onHand = row.int8(.onHand)
        reserved = row.int8(.reserved)
        isInNewScope = row.bool(.isInNewScope)
    }

    func figures(_ rules: HoldBackRules, _ question: RulePreviewQuestion) -> RulePreview.Figures {
        let isSold = rules.rules.restriction(for: question.channel, by: question.method) == nil
        let terms = AvailabilityTerms(
            onHand: onHand, reserved: reserved,
            holdBack: rules.holdBack(from: question.channel, by: question.method, onHand: onHand), itemStatus: status,
            isEligible: isEligible && isSold)
        return .init(availableToSell: terms.availableToSell, band: terms.band, isEligible: terms.isEligible)
    }
}

extension ParameterWriter {
    /// Four parameters, as `Statement.isInScope` reads them.
    fileprivate mutating func scope(_ scope: ScopeNumbers?) {
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

    fileprivate static let previewClock = Statement("preview_clock", sql: "select statement_timestamp()")

    /// Whether balance `b` is in a scope, which four parameters say.
    /// - Parameter first: the place of the first of them.
    fileprivate static func isInScope(first: Int) -> String {
        """
        ($\(first)::bool and ($\(first + 1)::int8 is null or b.item_id = $\(first + 1))
         and ($\(first + 2)::int4 is null or b.location_id = $\(first + 2))
         and ($\(first + 3)::int4 is null or exists (
             select from location_group_member m where m.group_id = $\(first + 3) and m.location_id = b.location_id)))
        """
    }

    fileprivate static let previewBalances = Statement(
        "preview_balances", SQL.network + [.bool, .int8, .int4, .int4, .bool, .int8, .int4, .int4, .int8],
        sql: """
            with \(SQL.scope)
            select \(PreviewedBalance.Column.selectList)
            from balance b
            cross join lateral (select * from item i where i.item_id = b.item_id offset 0) i
            cross join lateral (
                select * from location l where l.location_id = b.location_id and l.deleted_at is null offset 0) l
            where b.version > 0 and i.rules & \(ItemRules.kit) = 0
              and (\(isInScope(first: 4)) or \(isInScope(first: 8)))
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
