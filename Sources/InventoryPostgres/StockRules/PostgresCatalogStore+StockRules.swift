package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore: StockRuleStore {
    package func putRule(
        _ rule: StockRule, about item: ItemReference?, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<StockRule>> {
        // Put again as it is, it changes nothing.
        let result: MasterResult<(stored: Stored<StockRule>, isChanged: Bool)> = try await change(
            by: actor, of: "rule \(rule.kind) \(rule.id)", obeyed: true,
            changes: { $0.isChanged ? .put($0.stored, .rule(rule.kind, rule.id)) : [] }
        ) { session throws(PQError) in
            let was = try session.query(.stockRuleCurrent) { $0.rule(rule.kind, rule.id) }.first.map(CurrentRule.init)
            guard precondition.allows(was?.version) else {
                return .failure(.preconditionFailed(current: was?.version))
            }
            let (named, scope): (StockRule, ScopeNumbers)
            switch try Self.scope(of: rule, about: item, on: session) {
            case .failure(let rejection): return .failure(rejection)
            case .success(let found): (named, scope) = found
            }
            if let was, was.says(named, scope) {
                return .success((Stored(value: named, wasCreated: false, version: was.version).unchanged, false))
            }
            let now = try session.query(.clockRead)[0].timestamptz(0)
            _ = try session.query(.stockRuleEnd) {
                $0.rule(rule.kind, rule.id)
                $0.timestamptz(now)
            }
            let stored = try session.query(.stockRuleAppend) {
                $0.rule(rule.kind, rule.id)
                $0.timestamptz(now)
                $0.int8(scope.item)
                $0.int4(scope.location)
                $0.int4(scope.group)
                $0.text(rule.scope.channel?.text)
                $0.text(rule.scope.method?.rawValue)
                $0.int8(rule.quantity)
                $0.int2(Int16(rule.percent))
                $0.int8(rule.priority)
                $0.timestamptz(rule.validity.from?.microseconds)
                $0.timestamptz(rule.validity.to?.microseconds)
            }[0]
            try refresh([was?.scope, scope].compactMap(\.self), on: session)
            try raiseEpoch(on: session)
            return .success((Stored(value: named, wasCreated: was == nil, version: stored.only.int8), true))
        }
        return result.map(\.stored)
    }

    package func rule(_ kind: StockRuleKind, _ id: StockRuleID) async throws(StoreError) -> Stored<StockRule>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.stockRuleRead) { $0.rule(kind, id) }.first.map(Stored<StockRule>.init)
        }
    }

    package func rules(
        _ kind: StockRuleKind, _ filter: StockRuleFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<StockRule>> {
        try await self.page(
            page, list: .stockRuleList, count: .stockRuleCount,
            filter: {
                $0.int2(kind.rawValue)
                $0.text(filter.sku?.text)
                $0.text(filter.location?.text)
                $0.text(filter.group?.text)
                $0.text(filter.channel?.text)
                $0.text(filter.method?.rawValue)
            },
            after: { $0.text(page.after ?? "") }, Stored<StockRule>.init)
    }

    package func deleteRule(
        _ kind: StockRuleKind, _ id: StockRuleID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "rule \(kind) \(id)", obeyed: true, changes: { _ in [.deleted(.rule(kind, id))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.stockRuleCurrent, { $0.rule(kind, id) }).first else {
                return .failure(.notFound)
            }
            let current = CurrentRule(row)
            guard precondition.allows(current.version) else {
                return .failure(.preconditionFailed(current: current.version))
            }
            let now = try session.query(.clockRead)[0].timestamptz(0)
            _ = try session.query(.stockRuleEnd) {
                $0.rule(kind, id)
                $0.timestamptz(now)
            }
            try refresh([current.scope], on: session)
            try raiseEpoch(on: session)
            return .success(())
        }
    }

    /// A rule with the item that it names, and its scope by numbers.
    static func scope(
        of rule: StockRule, about item: ItemReference?, on session: Session
    ) throws(PQError) -> MasterResult<(rule: StockRule, scope: ScopeNumbers)> {
        let named = ColumnReader<RuleScopeColumn>(
            try session.query(.stockRuleNamed) {
                $0.text(item?.system?.text)
                $0.text(item?.text)
                $0.text(rule.scope.location?.text)
                $0.text(rule.scope.group?.text)
            }[0])
        if let missing = rule.missing(item, named) { return .failure(missing) }
        var rule = rule
        rule.scope.sku = named.textIfPresent(.sku).map(SKU.init(stored:))
        return .success((rule, ScopeNumbers(named)))
    }

    /// Brings up to date what items and locations say of the rules about them.
    func refresh(_ scopes: [ScopeNumbers], on session: Session) throws(PQError) {
        for item in Set(scopes.compactMap(\.item)).sorted() {
            _ = try session.query(.itemRulesRefresh) { $0.int8(item) }
        }
        let places = scopes.filter { $0.item == nil }
        guard !places.isEmpty else { return }
        if places.contains(where: { $0.location == nil && $0.group == nil }) {
            return try refreshPlaces(nil, on: session)
        }
        let groups = places.compactMap(\.group)
        let members =
            groups.isEmpty
            ? [] : try session.query(.groupMembers) { $0.int4s(groups) { $0 } }.map { $0.only.int4 }
        try refreshPlaces(Array(Set(places.compactMap(\.location) + members)), on: session)
    }

    /// Works out anew what locations hold back of items that no rule names.
    /// - Parameter locations: by number; nil for all.
    func refreshPlaces(_ locations: [Int32]?, on session: Session) throws(PQError) {
        if locations?.isEmpty == true { return }
        _ = try session.query(.placeRulesRefresh) {
            if let locations { $0.int4s(locations) { $0 } } else { $0.null(.int4Array) }
        }
    }
}

extension Change {
    fileprivate static func rule(_ kind: StockRuleKind, _ id: StockRuleID) -> Change {
        Change(.stockRule, ChangeKey.text("\(kind)", id.text))
    }
}

extension StockRule {
    /// - Parameter named: what is known of the scope.
    fileprivate func missing(_ item: ItemReference?, _ named: ColumnReader<RuleScopeColumn>) -> MasterRejection? {
        if let item, named.isNull(.item) {
            let (field, text) = item.asMissing
            return .unknownReference(pointer: "/scope/\(field)", detail: text)
        }
        if kind != .threshold, kind != .saleRestriction, named.bool(.isKit) {
            let (field, _) = item?.asMissing ?? ("sku", "")
            return .invalid(
                pointer: "/scope/\(field)", detail: "is a kit, which has no stock to hold back; name its components")
        }
        if scope.location != nil, named.isNull(.location) {
            return .unknownReference(pointer: "/scope/location", detail: "no location has this id; create it first")
        }
        if scope.group != nil, named.isNull(.group) {
            return .unknownReference(pointer: "/scope/group", detail: "no location group has this id; create it first")
        }
        return nil
    }
}

extension ItemReference {
    /// Which field names it, and what to say when nothing is known by it.
    var asMissing: (field: String, detail: String) {
        switch self {
        case .sku(let sku): ("sku", "no item has the sku '\(sku)'; create it first")
        case .code(_, let code): ("code", "code '\(code)' is not mapped to an item; add an alias first")
        }
    }
}

extension Stored<StockRule> {
    /// The version stands behind the columns of the rule.
    init(_ row: Row) {
        self.init(value: StockRule(row), wasCreated: false, version: row.int8(StockRuleColumn.count))
    }
}

extension ParameterWriter {
    fileprivate mutating func rule(_ kind: StockRuleKind, _ id: StockRuleID) {
        int2(kind.rawValue)
        text(id.text)
    }
}

extension Statement {
    /// The rule as it is.
    fileprivate static let stockRuleCurrent = Statement(
        "stock_rule_current", [.int2, .text],
        sql: """
            select \(CurrentRule.Column.selectList)
            from stock_rule where kind = $1 and id = $2 and valid_until is null for update
            """)

    fileprivate static let stockRuleNamed = Statement(
        "stock_rule_named", [.text, .text, .text, .text],
        sql: """
            select \(RuleScopeColumn.selectList)
            from (select 1) always
            left join lateral (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i on true
            """)

    /// Versions go on where a deleted rule of the same id left off.
    fileprivate static let stockRuleAppend = Statement(
        "stock_rule_append",
        [
            .int2, .text, .timestamptz, .int8, .int4, .int4, .text, .text, .int8, .int2, .int8, .timestamptz,
            .timestamptz,
        ],
        sql: """
            insert into stock_rule (
                kind, id, valid_from, item_id, location_id, group_id, channel, method, quantity, percent, priority,
                starts_at, ends_at, settle_at, version)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                least(case when $12 > $3 then $12 end, case when $13 > $3 then $13 end), (
                select coalesce(max(r.version), 0) + 1 from stock_rule r where r.kind = $1 and r.id = $2))
            returning version
            """)

    fileprivate static let stockRuleEnd = Statement(
        "stock_rule_end", [.int2, .text, .timestamptz],
        sql: "update stock_rule set valid_until = $3 where kind = $1 and id = $2 and valid_until is null")

    fileprivate static let stockRuleRead = Statement(
        "stock_rule_read", [.int2, .text],
        sql: """
            select \(StockRuleColumn.selectList), r.version from stock_rule r
            where r.kind = $1 and r.id = $2 and r.valid_until is null
            """)

    private static let filtered = """
        from stock_rule r
        where r.kind = $1 and r.valid_until is null
          and ($2::text is null or r.item_id = (select i.item_id from item i where i.sku = $2))
          and ($3::text is null or r.location_id = (select l.location_id from location l where l.id = $3))
          and ($4::text is null or r.group_id = (select g.group_id from location_group g where g.id = $4))
          and ($5::text is null or r.channel = $5)
          and ($6::text is null or r.method = $6)
        """

    fileprivate static let stockRuleList = Statement(
        "stock_rule_list", [.int2, .text, .text, .text, .text, .text, .text, .int8],
        sql: "select \(StockRuleColumn.selectList), r.version \(filtered) and r.id > $7 order by r.id limit $8")

    fileprivate static let stockRuleCount = Statement(
        "stock_rule_count", [.int2, .text, .text, .text, .text, .text], sql: "select count(*) \(filtered)")

    fileprivate static let groupMembers = Statement(
        "group_members", [.int4Array],
        sql: "select distinct location_id from location_group_member where group_id = any ($1)")

    static let itemRulesRefresh = Statement(
        "item_rules_refresh", [.int8], sql: "select item_rules_refresh($1, clock_timestamp())")
    fileprivate static let placeRulesRefresh = Statement(
        "place_rules_refresh", [.int4Array], sql: "select place_rules_refresh($1, clock_timestamp())")
}
