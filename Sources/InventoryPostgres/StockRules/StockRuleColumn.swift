import Inventory
import LibPQ

/// The columns of rule `r`.
enum StockRuleColumn: Int32, SelectedColumn {
    case kind, id, sku, location, group, channel, method, quantity, percent, priority, startsAt, endsAt

    var selected: String {
        switch self {
        case .kind: "r.kind"
        case .id: "r.id"
        case .sku: "(select i.sku from item i where i.item_id = r.item_id)"
        case .location: "(select l.id from location l where l.location_id = r.location_id)"
        case .group: "(select g.id from location_group g where g.group_id = r.group_id)"
        case .channel: "r.channel"
        case .method: "r.method"
        case .quantity: "r.quantity"
        case .percent: "r.percent"
        case .priority: "r.priority"
        case .startsAt: "r.starts_at"
        case .endsAt: "r.ends_at"
        }
    }
}

extension StockRule {
    /// - Parameter first: the place of the first column of `StockRuleColumn.selectList`.
    init(_ row: Row, from first: Int32 = 0) {
        let row = ColumnReader<StockRuleColumn>(row, from: first)
        self.init(
            kind: StockRuleKind(stored: row.int2(.kind)), id: StockRuleID(stored: row.text(.id)),
            scope: StockRuleScope(
                sku: row.textIfPresent(.sku).map(SKU.init(stored:)),
                location: row.textIfPresent(.location).map(LocationID.init(stored:)),
                group: row.textIfPresent(.group).map(GroupID.init(stored:)),
                channel: row.textIfPresent(.channel).map(Channel.init(stored:)),
                method: row.textIfPresent(.method).map(FulfilmentMethod.init(stored:))),
            quantity: row.int8(.quantity), percent: Int64(row.int2(.percent)), priority: row.int8(.priority),
            validity: RuleValidity(stored: row.timestamp(.startsAt), row.timestamp(.endsAt)))
    }
}

/// What a rule's scope names, by number.
struct ScopeNumbers: Equatable {
    let item: Int64?
    let location: Int32?
    let group: Int32?
}

/// A rule as it is stored.
struct CurrentRule {
    let version: Int64
    let scope: ScopeNumbers
    private let channel: Channel?
    private let method: FulfilmentMethod?
    private let quantity: Int64
    private let percent: Int64
    private let priority: Int64
    private let validity: RuleValidity

    /// Of a row of `stock_rule`.
    enum Column: Int32, SelectedColumn {
        case version, item, location, group, channel, method, quantity, percent, priority, startsAt, endsAt

        var selected: String {
            switch self {
            case .version: "version"
            case .item: "item_id"
            case .location: "location_id"
            case .group: "group_id"
            case .channel: "channel"
            case .method: "method"
            case .quantity: "quantity"
            case .percent: "percent"
            case .priority: "priority"
            case .startsAt: "starts_at"
            case .endsAt: "ends_at"
            }
        }
    }

    init(_ row: Row) {
        let row = ColumnReader<Column>(row)
        version = row.int8(.version)
        scope = ScopeNumbers(
            item: row.int8IfPresent(.item), location: row.int4IfPresent(.location), group: row.int4IfPresent(.group))
        channel = row.textIfPresent(.channel).map(Channel.init(stored:))
        method = row.textIfPresent(.method).map(FulfilmentMethod.init(stored:))
        quantity = row.int8(.quantity)
        percent = Int64(row.int2(.percent))
        priority = row.int8(.priority)
        validity = RuleValidity(stored: row.timestamp(.startsAt), row.timestamp(.endsAt))
    }

    /// A rule that is put again as it is stays as it is: a nightly load of unchanged rules changes nothing.
    func says(_ rule: StockRule, _ numbers: ScopeNumbers) -> Bool {
        scope == numbers && channel == rule.scope.channel && method == rule.scope.method
            && quantity == rule.quantity && percent == rule.percent && priority == rule.priority
            && validity == rule.validity
    }
}

/// What a rule's scope names; NULL where it names nothing that is known. Of item `i`; `$3` is the location, `$4` the group.
enum RuleScopeColumn: Int32, SelectedColumn {
    case item, sku, location, group, isKit

    var selected: String {
        switch self {
        case .item: "i.item_id"
        case .sku: "i.sku"
        case .location: "(select l.location_id from location l where l.id = $3 and l.deleted_at is null)"
        case .group: "(select g.group_id from location_group g where g.id = $4 and g.deleted_at is null)"
        case .isKit: "coalesce(i.rules & \(ItemRules.kit) <> 0, false)"
        }
    }
}

extension ScopeNumbers {
    init(_ row: ColumnReader<RuleScopeColumn>) {
        self.init(
            item: row.int8IfPresent(.item), location: row.int4IfPresent(.location), group: row.int4IfPresent(.group))
    }
}

extension RuleValidity {
    /// As a row has it, whose table sees to the order.
    init(stored from: Timestamp?, _ to: Timestamp?) {
        guard let validity = RuleValidity(from: from, to: to) else {
            preconditionFailure("a rule ends after it begins")
        }
        self = validity
    }
}

extension StockRuleKind {
    /// The names under which changes are logged, in the order of their numbers, for an array in SQL.
    static let nameList = allCases.map { "'\($0)'" }.joined(separator: ", ")
}
