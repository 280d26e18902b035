import Inventory
import InventoryService
import LibPQ

/// What `feed_change` keeps of a balance as it was told: the columns of `BalanceViewColumn` that are not names, and of a
/// kit how many its components made.
enum ToldColumn: Int32, ColumnTable {
    case status, isEligible, onHand, reserved, damaged, inspection, suspect, inTransit, version, countedAt, asOf
    case safetyStock, threshold, fenced, isKit, lagBuffer, kitsAvailable

    var name: String {
        switch self {
        case .status: "status"
        case .isEligible: "is_eligible"
        case .onHand: "on_hand"
        case .reserved: "reserved"
        case .damaged: "damaged"
        case .inspection: "inspection"
        case .suspect: "suspect"
        case .inTransit: "in_transit"
        case .version: "version"
        case .countedAt: "counted_at"
        case .asOf: "as_of"
        case .safetyStock: "safety_stock"
        case .threshold: "threshold"
        case .fenced: "fenced"
        case .isKit: "is_kit"
        case .lagBuffer: "lag_buffer"
        case .kitsAvailable: "kits_available"
        }
    }

    /// Nil for what no view has.
    private var view: BalanceViewColumn? {
        switch self {
        case .status: .status
        case .isEligible: .isEligible
        case .onHand: .onHand
        case .reserved: .reserved
        case .damaged: .damaged
        case .inspection: .inspection
        case .suspect: .suspect
        case .inTransit: .inTransit
        case .version: .version
        case .countedAt: .countedAt
        case .asOf: .asOf
        case .safetyStock: .safetyStock
        case .threshold: .threshold
        case .fenced: .fenced
        case .isKit: .isKit
        case .lagBuffer: .lagBuffer
        case .kitsAvailable: nil
        }
    }

    static var nameList: String { selectList { $0.name } }

    /// Of item `i`, location `l` and balance `b`, with names.
    /// - Parameter kits: how many of a kit there are; NULL of another item.
    static func selectList(_ isEligible: String, _ formula: AvailabilityFormula, kits: String) -> String {
        selectList { column in
            "\(column.view?.expression(isEligible, formula) ?? kits) as \(column.name)"
        }
    }

    /// Of row `f`.
    static let told = selectList { "f.\($0.name)" }
}

extension BalanceView {
    /// Of a row of `ToldColumn.told`.
    init(told row: Row, from first: Int32, sku: SKU, location: LocationID) {
        let row = ColumnReader<ToldColumn>(row, from: first)
        self.init(
            sku: sku, location: location,
            figures: Figures(
                onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
                suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: row.int8(.reserved)),
            itemStatus: .init(stored: row.text(.status)), isEligible: row.bool(.isEligible),
            version: row.int8(.version), countedAt: row.timestamp(.countedAt), asOf: row.requiredTimestamp(.asOf))
        holdBack = HoldBack(safetyStock: row.int8(.safetyStock), threshold: row.int8(.threshold))
        if !row.isNull(.fenced) { holdBack.fenced = FencedUnits(row.int8s(.fenced)) }
        if row.bool(.isKit) { kitsAvailable = row.int8IfPresent(.kitsAvailable) ?? 0 }
        holdBack.lagBuffer = row.int8(.lagBuffer)
    }
}
