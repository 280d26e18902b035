import Inventory
import InventoryService
import LibPQ

/// The columns of a `BalanceView`, of item `i`, location `l` and balance `b`, which may be missing.
enum BalanceViewColumn: Int32, ColumnTable {
    case sku, location, status, isEligible, onHand, reserved, damaged, inspection, suspect, inTransit, version,
        countedAt
    case asOf, safetyStock, threshold
    /// NULL where nothing is fenced.
    case fenced
    case isKit, ownHeld, lagBuffer

    /// - Parameters:
    ///   - isEligible: an expression: whether the location may sell for what is asked.
    ///   - formula: what is held back.
    static func selectList(_ isEligible: String, _ formula: AvailabilityFormula) -> String {
        selectList { $0.expression(isEligible, formula) }
    }

    func expression(_ isEligible: String, _ formula: AvailabilityFormula) -> String {
        switch self {
        case .sku: "i.sku"
        case .location: "l.id"
        case .status: "i.status"
        case .isEligible: "(\(isEligible) and not \(formula.isRestricted))"
        case .onHand: "coalesce(b.on_hand, 0)"
        case .reserved: AvailabilitySQL.reserved
        case .damaged: "coalesce(b.damaged, 0)"
        case .inspection: "coalesce(b.inspection, 0)"
        case .suspect: "coalesce(b.suspect, 0)"
        case .inTransit: "coalesce(b.in_transit, 0)"
        case .version: "coalesce(b.version, 0)"
        case .countedAt: "b.counted_at"
        case .asOf: "greatest(transaction_timestamp(), b.recorded_at)"
        case .safetyStock: formula.safetyStock
        case .threshold: formula.threshold
        case .fenced: formula.fenced
        case .isKit: "i.rules & \(ItemRules.kit) <> 0"
        case .ownHeld: formula.ownHeld
        case .lagBuffer: formula.lagBuffer
        }
    }
}

extension BalanceView {
    /// - Parameter first: the place of the first column of `BalanceViewColumn.selectList`.
    init(_ row: Row, from first: Int32 = 0) {
        let row = ColumnReader<BalanceViewColumn>(row, from: first)
        self.init(
            sku: SKU(stored: row.text(.sku)), location: LocationID(stored: row.text(.location)),
            figures: Figures(
                onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
                suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: row.int8(.reserved)),
            itemStatus: .init(stored: row.text(.status)), isEligible: row.bool(.isEligible),
            version: row.int8(.version), countedAt: row.timestamp(.countedAt), asOf: row.requiredTimestamp(.asOf))
        holdBack = HoldBack(safetyStock: row.int8(.safetyStock), threshold: row.int8(.threshold))
        if !row.isNull(.fenced) { holdBack.fenced = FencedUnits(row.int8s(.fenced)) }
        // Of a kit, the figure itself is another question.
        if row.bool(.isKit) { kitsAvailable = 0 }
        ownHeld = row.int8(.ownHeld)
        holdBack.lagBuffer = row.int8(.lagBuffer)
    }
}

extension FencedUnits {
    /// What `ring_fenced` returns.
    init(_ units: [Int64]) {
        precondition(units.count == 3, "three figures say what is fenced")
        self.init(forOthers: units[0], forChannel: units[1] < 0 ? nil : units[1], above: units[2])
    }
}

/// What stands before a view where several are asked for at once, of row `asked`.
enum AskedBalanceColumn: Int32, ColumnTable {
    /// Of the question among those asked, from 1.
    case place
    case isGroupUnknown

    /// - Parameter isGroupUnknown: an expression.
    static func selectList(isGroupUnknown: String) -> String {
        selectList { column in
            switch column {
            case .place: "asked.ord"
            case .isGroupUnknown: isGroupUnknown
            }
        }
    }
}

/// Where a location `l` is.
enum PlacedColumn: Int32, SelectedColumn {
    case name, latitude, longitude

    var selected: String {
        switch self {
        case .name: "l.name"
        case .latitude: "l.latitude"
        case .longitude: "l.longitude"
        }
    }
}

/// What a question about one item begins with, of item `i`, which may be missing. `$1` to `$3` are the network, `$6` the
/// named locations.
enum ItemHeadColumn: Int32, SelectedColumn {
    case isGroupUnknown, sku, name, now, isLocationUnknown
    /// From where on the item is low over the network.
    case threshold
    case isKit, status

    var selected: String {
        switch self {
        case .isGroupUnknown: AvailabilitySQL.isGroupUnknown
        case .sku: "i.sku"
        case .name: "i.name"
        case .now: "transaction_timestamp()"
        case .isLocationUnknown:
            """
            exists (
                select from unnest($6) as named(id)
                where not exists (select from location l where l.id = named.id and l.deleted_at is null))
            """
        case .threshold:
            """
            coalesce(\(AvailabilitySQL.networkThreshold(
                channel: "$2", method: "$3", group: Self.group,
                place: AvailabilitySQL.networkThreshold(channel: "$2", method: "$3", group: Self.group))), 0)
            """
        case .isKit: "coalesce(i.rules & \(ItemRules.kit) <> 0, false)"
        case .status: "i.status"
        }
    }

    private static let group = "(select group_id from scope)"
}

/// A kit at a location `l`, in front of `PlacedColumn`.
enum KitPlaceColumn: Int32, ColumnTable {
    case location, isEligible, kitsAvailable, threshold, now

    /// - Parameter kits: an expression: how many there are.
    static func selectList(kits: String) -> String {
        selectList { column in
            switch column {
            case .location: "l.id"
            case .isEligible: "place.is_eligible"
            case .kitsAvailable: kits
            case .threshold: "place.threshold"
            case .now: "transaction_timestamp()"
            }
        }
    }
}
