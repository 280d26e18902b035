import Inventory
import InventoryService
import LibPQ

/// An item that pairs name, of row `asked` and item `i`.
enum PairItemColumn: Int32, SelectedColumn {
    /// Of the name among those asked for, from 1.
    case place
    case number, sku, status, rules, safetyStock, threshold

    var selected: String {
        switch self {
        case .place: "asked.ord"
        case .number: "i.item_id"
        case .sku: "i.sku"
        case .status: "i.status"
        case .rules: "i.rules"
        case .safetyStock: "i.safety_stock"
        case .threshold: "i.threshold"
        }
    }
}

/// A location `l` that pairs name, with what it holds back of items that no rule names, and what else there is to look for.
/// `$1` to `$3` are the network.
enum PairLocationColumn: Int32, SelectedColumn {
    /// Of the name among those asked for, from 1.
    case place
    case number, isEligible, safetyStock, threshold, rules

    var selected: String {
        switch self {
        case .place: "asked.ord"
        case .number: "l.location_id"
        case .isEligible: AvailabilitySQL.isEligible
        case .safetyStock: Self.formula.placeSafetyStock
        case .threshold: Self.formula.placeThreshold
        case .rules: "l.rules & \(LocationRules.ofEachItem)::int2"
        }
    }

    private static let formula = AvailabilityFormula(
        channel: "$2::text", method: "$3::text", isEligible: "true")
}

/// The scope of a question.
enum ScopeColumn: Int32, SelectedColumn {
    case isGroupUnknown, now

    var selected: String {
        switch self {
        case .isGroupUnknown: AvailabilitySQL.isGroupUnknown
        case .now: "transaction_timestamp()"
        }
    }
}

/// The figures of balance `b`.
enum PairBalanceColumn: Int32, SelectedColumn {
    case item, location, onHand, reserved, damaged, inspection, suspect, inTransit, version, countedAt,
        recordedAt

    var selected: String {
        switch self {
        case .item: "b.item_id"
        case .location: "b.location_id"
        case .onHand: "b.on_hand"
        case .reserved: AvailabilitySQL.reserved
        case .damaged: "b.damaged"
        case .inspection: "b.inspection"
        case .suspect: "b.suspect"
        case .inTransit: "b.in_transit"
        case .version: "b.version"
        case .countedAt: "b.counted_at"
        case .recordedAt: "b.recorded_at"
        }
    }
}

/// What rules say of a pair: of row `asked` for channel `$3` and method `$4`, or a row of `rules_of_balances`. Terms are NULL
/// where no rule names the item; what only names places is in their own rows.
enum PairRuleColumn: Int32, ColumnTable {
    case item, location, safetyStock, threshold, isRestricted, fenced

    /// By calls for each pair.
    static let ofFew = selectList { column in
        switch column {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .safetyStock: "item_rule_term(1::int2, asked.item_id, asked.location_id, $3, $4)"
        case .threshold: "item_rule_term(2::int2, asked.item_id, asked.location_id, $3, $4)"
        case .isRestricted: "is_sale_restricted(asked.item_id, asked.location_id, $3, $4)"
        case .fenced: "ring_fenced(asked.item_id, asked.location_id, $3, $4, null)"
        }
    }

    /// From the rows of all at once.
    static let ofMany = selectList { column in
        switch column {
        case .item: "item_id"
        case .location: "location_id"
        case .safetyStock: "safety_stock"
        case .threshold: "threshold"
        case .isRestricted: "is_restricted"
        case .fenced: "coalesce(fences, \(AvailabilityFormula.nothingFenced))"
        }
    }
}

/// A sum over a network, of item `i`, which may be missing, and parts `network`, `units` and `kits`.
enum PairSumColumn: Int32, SelectedColumn {
    case isGroupUnknown, sku, available, threshold

    var selected: String {
        switch self {
        case .isGroupUnknown: "asked.group_name is not null and g.group_id is null"
        case .sku: "i.sku"
        case .available:
            """
            case when i.status = 'stopSale' then 0::int8
                 when i.rules & \(ItemRules.kit) <> 0 then kits.available else coalesce(units.available, 0) end
            """
        case .threshold:
            """
            coalesce(\(AvailabilitySQL.networkThreshold(
                channel: "$2", method: "$3", group: Self.group,
                place: AvailabilitySQL.networkThreshold(channel: "$2", method: "$3", group: Self.group))), 0)
            """
        }
    }

    private static let group = "network.group_id"
}

extension PairAnswer {
    init(sum row: Row) {
        let row = ColumnReader<PairSumColumn>(row)
        if row.isNull(.sku) {
            self = .unknown(.item)
        } else if row.bool(.isGroupUnknown) {
            self = .unknown(.group)
        } else {
            self = .network(
                ItemAvailability(
                    sku: SKU(stored: row.text(.sku)), name: "", availableToSell: row.int8(.available),
                    threshold: row.int8(.threshold)))
        }
    }
}
