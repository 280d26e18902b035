package import Inventory
package import InventoryService
import LibPQ

/// Rules of what differences are let pass and what is corrected.
extension PostgresCatalogStore: ReconciliationRuleStore {
    package func putReconciliationRule(
        _ rule: ReconciliationRule, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ReconciliationRule>> {
        // All rules take turns, so that two cannot take one scope.
        try await change(
            by: actor, of: "reconciliation rules", changes: { .put($0, Change(.reconciliationRule, rule.id.text)) }
        ) { session throws(PQError) in
            // A location that is deleted meanwhile waits for this, or this for that.
            _ = try session.query(.placesShare)
            let current = try session.query(.reconciliationRuleLock) { $0.text(rule.id.text) }.first?.only.int8
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let named = ColumnReader<RuleScope>(
                try session.query(.reconciliationRuleNamed) {
                    $0.text(rule.source?.text)
                    $0.text(rule.location?.text)
                    $0.text(rule.id.text)
                }[0])
            if rule.source != nil, named.isNull(.source) {
                return .failure(
                    .unknownReference(pointer: "/source", detail: "no source has this id; create it first"))
            }
            if rule.location != nil, named.isNull(.location) {
                return .failure(
                    .unknownReference(pointer: "/location", detail: "no location has this id; create it first"))
            }
            if let other = named.textIfPresent(.other) {
                return .failure(
                    .resourceInUse("rule '\(other)' is for the same source and location; change or delete that one"))
            }
            let known = try session.query(.reconciliationRuleRead) { $0.text(rule.id.text) }.first
                .map(Stored<ReconciliationRule>.init)
            if let known, known.value == rule { return .success(known.unchanged) }
            let version = try session.query(.reconciliationRuleUpsert) {
                $0.text(rule.id.text)
                $0.int4(named.int4IfPresent(.source))
                $0.int4(named.int4IfPresent(.location))
                $0.int8(rule.limits.toleranceUnits)
                $0.int4(Int32(rule.limits.tolerancePercent))
                $0.int8(rule.limits.autoCorrectUnits)
            }[0].only.int8
            return .success(Stored(value: rule, wasCreated: current == nil, version: version))
        }
    }

    package func reconciliationRule(
        _ id: ReconciliationRuleID
    ) async throws(StoreError) -> Stored<ReconciliationRule>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.reconciliationRuleRead) { $0.text(id.text) }.first.map(Stored<ReconciliationRule>.init)
        }
    }

    package func reconciliationRules(
        _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<ReconciliationRule>> {
        try await self.page(
            page, list: .reconciliationRuleList, count: .reconciliationRuleCount,
            after: { $0.text(page.after ?? "") }, Stored<ReconciliationRule>.init)
    }

    package func deleteReconciliationRule(
        _ id: ReconciliationRuleID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "reconciliation rules", changes: { _ in [.deleted(Change(.reconciliationRule, id.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.reconciliationRuleLock, { $0.text(id.text) }).first else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.only.int8) else {
                return .failure(.preconditionFailed(current: row.only.int8))
            }
            _ = try session.query(.reconciliationRuleDelete) { $0.text(id.text) }
            return .success(())
        }
    }
}

/// The columns of rule `r`, source `s` and location `l`.
private enum RuleColumn: Int32, SelectedColumn {
    case id, source, location, toleranceUnits, tolerancePercent, autoCorrectUnits, version

    var selected: String {
        switch self {
        case .id: "r.id"
        case .source: "s.id"
        case .location: "l.id"
        case .toleranceUnits: "r.tolerance_units"
        case .tolerancePercent: "r.tolerance_percent"
        case .autoCorrectUnits: "r.auto_correct_units"
        case .version: "r.version"
        }
    }
}

/// What a rule's scope names: NULL where it names nothing that is known.
private enum RuleScope: Int32, SelectedColumn {
    case source, location
    /// The other rule of the same scope.
    case other

    var selected: String {
        switch self {
        case .source: "n.source_id"
        case .location: "n.location_id"
        case .other:
            """
            (
                select r.id from reconciliation_rule r
                where r.location_id is not distinct from n.location_id
                  and r.source_id is not distinct from n.source_id and r.id <> $3)
            """
        }
    }
}

extension Stored<ReconciliationRule> {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<RuleColumn>(row)
        let limits = ReconciliationLimits(
            toleranceUnits: row.int8(.toleranceUnits), tolerancePercent: Int64(row.int4(.tolerancePercent)),
            autoCorrectUnits: row.int8(.autoCorrectUnits))
        self.init(
            value: ReconciliationRule(
                id: ReconciliationRuleID(stored: row.text(.id)),
                source: row.textIfPresent(.source).map(SourceID.init(stored:)),
                location: row.textIfPresent(.location).map(LocationID.init(stored:)), limits: limits),
            wasCreated: false, version: row.int8(.version))
    }
}

extension Statement {
    fileprivate static let reconciliationRuleLock = Statement(
        "reconciliation_rule_lock", [.text],
        sql: "select version from reconciliation_rule where id = $1 for update")

    fileprivate static let reconciliationRuleNamed = Statement(
        "reconciliation_rule_named", [.text, .text, .text],
        sql: """
            select \(RuleScope.selectList)
            from (
                select (select source_id from source
                        where id = $1 and deleted_at is null and source_id <> \(SourceNumber.holdfast.rawValue)) as source_id,
                       (select location_id from location where id = $2 and deleted_at is null) as location_id
            ) n
            """)

    fileprivate static let reconciliationRuleUpsert = Statement(
        "reconciliation_rule_upsert", [.text, .int4, .int4, .int8, .int4, .int8],
        sql: """
            insert into reconciliation_rule as r (
                id, source_id, location_id, tolerance_units, tolerance_percent, auto_correct_units, version)
            values ($1, $2, $3, $4, $5, $6, 1)
            on conflict (id) do update
            set source_id = excluded.source_id, location_id = excluded.location_id,
                tolerance_units = excluded.tolerance_units, tolerance_percent = excluded.tolerance_percent,
                auto_correct_units = excluded.auto_correct_units, version = r.version + 1
            returning version
            """)

    fileprivate static let reconciliationRuleDelete = Statement(
        "reconciliation_rule_delete", [.text], sql: "delete from reconciliation_rule where id = $1")

    private static let rules = """
        select \(RuleColumn.selectList)
        from reconciliation_rule r left join source s using (source_id) left join location l using (location_id)
        """

    fileprivate static let reconciliationRuleRead = Statement(
        "reconciliation_rule_read", [.text], sql: "\(rules) where r.id = $1")

    fileprivate static let reconciliationRuleList = Statement(
        "reconciliation_rule_list", [.text, .int8], sql: "\(rules) where r.id > $1 order by r.id limit $2")

    fileprivate static let reconciliationRuleCount = Statement(
        "reconciliation_rule_count", sql: "select count(*) from reconciliation_rule")
}
