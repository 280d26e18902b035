import Inventory
import InventoryService
import LibPQ

/// What a network comes to, of parts `scope`, `place` and `rules`.
enum NetworkColumn: Int32, SelectedColumn {
    case isGroupUnknown, now
    /// The term of safety stock by place, -1 where a location is not eligible. NULL where all are and nothing is held back.
    case heldBack
    /// What else there is to look for.
    case rules
    /// What is low of an item that no rule names.
    case threshold
    case group
    /// By place: for how long a sale units are held back for silence, and when the location was heard last.
    /// NULL where that is nowhere.
    case lagSeconds, silentSince
    /// The location numbers at which places begin, ascending: each location has one, and so has what follows it, which is no
    /// location or the next. NULL where the others are.
    case numbers
    /// When the next rule begins or ends, whatever it is about; NULL where none does.
    case changesAt

    var selected: String {
        switch self {
        case .isGroupUnknown: AvailabilitySQL.isGroupUnknown
        case .now: "transaction_timestamp()"
        case .heldBack:
            """
            case when not \(Self.isPlain) then \(Self.byPlace("case when p.is_eligible then p.held else -1 end")) end
            """
        case .rules: "rules.bits"
        case .threshold:
            AvailabilitySQL.networkThreshold(
                channel: "$2", method: "$3", group: "(select group_id from scope)")
        case .group: "(select group_id from scope)"
        case .lagSeconds:
            """
            case when \(Self.isSilent) then \(Self.byPlace("case when p.is_eligible then p.lag_seconds else 0 end")) end
            """
        case .silentSince: "case when \(Self.isSilent) then \(Self.byPlace("coalesce(p.silent_since, 'epoch')")) end"
        case .numbers:
            """
            case when \(Self.isSilent) or not \(Self.isPlain)
                 then array(select location_id from span order by location_id) end
            """
        case .changesAt:
            """
            least(
                (select min(r.starts_at) from stock_rule r
                 where r.valid_until is null and r.starts_at > transaction_timestamp()),
                (select min(r.ends_at) from stock_rule r
                 where r.valid_until is null and r.ends_at > transaction_timestamp()))
            """
        }
    }

    private static let isPlain = "coalesce((select bool_and(is_eligible and held = 0) from place), true)"
    private static let isSilent = "rules.bits & \(LocationRules.silence) <> 0"

    /// An array with an expression on `place`, as `p`, for each number of `span`.
    private static func byPlace(_ expression: String) -> String {
        """
        array(
            select \(expression)
            from span n
            left join place p using (location_id)
            order by n.location_id)
        """
    }
}

extension NetworkBands.Network {
    init(_ row: ColumnReader<NetworkColumn>, _ filter: NetworkFilter) {
        self.init(
            heldBack: row.isNull(.heldBack) ? nil : row.int8s(.heldBack), rules: row.int2(.rules),
            channel: filter.channel, method: filter.method,
            threshold: row.int8(.threshold), group: row.int4IfPresent(.group),
            lag: row.isNull(.lagSeconds)
                ? nil : .init(seconds: row.int4s(.lagSeconds), silentSince: row.timestamps(.silentSince)),
            numbers: row.isNull(.numbers) ? nil : row.int4s(.numbers))
    }
}

/// What is in which band, of parts `reaching` and `judged`, behind `SeenCommitsColumn`: the numbers of items in stock and of
/// low ones.
enum NetworkBandsColumn: Int32, SelectedColumn {
    case inStock, low

    var selected: String {
        switch self {
        case .inStock:
            "array(select item_id from reaching union all select item_id from judged where is_in_stock)"
        case .low: "array(select item_id from judged where not is_in_stock)"
        }
    }
}

/// Behind those, of items that may have changed their band since an older answer: whether the older one can be brought up to
/// date so, and the numbers of those items.
enum BandsChangedColumn: Int32, SelectedColumn {
    case isUsable, changed

    var selected: String {
        switch self {
        case .isUsable: "is_usable"
        case .changed: "array(select item_id from changed)"
        }
    }
}

/// Balances that are sold otherwise than in an older answer, of parts `base` and `judged`, behind `SeenCommitsColumn`: whether
/// the older one can be brought up to date so; items, locations and units, beside each other.
enum StockChangedColumn: Int32, SelectedColumn {
    case isUsable, items, locations, units

    var selected: String {
        switch self {
        case .isUsable: "(select is_usable from few)"
        case .items: Self.array("item_id")
        case .locations: Self.array("location_id")
        case .units: Self.array("units")
        }
    }

    private static func array(_ column: String) -> String {
        "array(select \(column) from judged order by item_id, location_id)"
    }
}

/// An item of a list over a network, of row `n`.
enum NetworkItemColumn: Int32, SelectedColumn {
    case sku, name, available, threshold

    var selected: String {
        switch self {
        case .sku: "n.sku"
        case .name: "n.name"
        case .available: "n.available"
        case .threshold: "n.threshold"
        }
    }
}

extension ItemAvailability {
    init(_ row: ColumnReader<NetworkItemColumn>) {
        self.init(
            sku: SKU(stored: row.text(.sku)), name: row.text(.name), availableToSell: row.int8(.available),
            threshold: row.int8(.threshold))
    }
}
