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
        case .now: "statement_timestamp()"
        }
    }
}

/// The figures of balance `b`.
enum PairBalanceColumn: Int32, SelectedColumn {
    case item, location, onHand, reserved, damaged, inspection, suspect, inTransit, version, countedAt

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
        }
    }
}

/// What is held back of a pair that rules name, of item `i` and row `asked`, for channel `$3` and
/// method `$4`. NULL where a location's own rules apply. Safety stock is a term: units are computed of what is on hand.
enum PairHoldBackColumn: Int32, SelectedColumn {
    case item, location, safetyStock, threshold, fenced, lagBuffer, isRestricted

    var selected: String {
        switch self {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .safetyStock:
            """
            case when i.rules & \(ItemRules.safetyStock) = 0 then i.safety_stock
                 else item_rule_term(1::int2, asked.item_id, asked.location_id, $3, $4) end
            """
        case .threshold:
            """
            case when i.rules & \(ItemRules.threshold) = 0 then i.threshold
                 else item_rule_term(2::int2, asked.item_id, asked.location_id, $3, $4) end
            """
        case .fenced: "ring_fenced(asked.item_id, asked.location_id, $3, $4, null)"
        case .isRestricted: "is_sale_restricted(asked.item_id, asked.location_id, $3, $4)"
        case .lagBuffer:
            """
            coalesce((
                select lag_buffer(l.lag_seconds, l.silent_since, b.sold_units, b.sold_at, b.sold_since)
                from location l
                join balance b on b.item_id = asked.item_id and b.location_id = l.location_id
                where l.location_id = asked.location_id and l.lag_seconds > 0), 0)
            """
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
