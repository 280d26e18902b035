import Inventory
import InventoryService
import LibPQ

/// The columns of expected supply.
enum SupplyColumn: Int32, ColumnTable {
    case id, sku, location, quantity, expectedAt, firstExpectedAt, reference, version, isOverdue, received, settledAt
    case transfer

    /// Of row `e` of `expected_supply`, item `i` and location `l`.
    static let ofSupply = selectList { column in
        switch column {
        case .id: "e.id"
        case .sku: "i.sku"
        case .location: "l.id"
        case .quantity: "e.quantity"
        case .expectedAt: "e.expected_at"
        case .firstExpectedAt: "e.first_expected_at"
        case .reference: "e.reference"
        case .version: "e.version"
        case .isOverdue: "e.expected_at < transaction_timestamp() and e.settled_at is null"
        case .received: "e.received"
        case .settledAt: "e.settled_at"
        case .transfer: "null::bytea"
        }
    }

    /// Of transfer `t` on its way with `n.units` of item `i` to location `l`.
    static let ofTransfer = selectList { column in
        switch column {
        case .id: "encode(t.transfer_id, 'hex')"
        case .sku: "i.sku"
        case .location: "l.id"
        case .quantity: "n.units"
        case .expectedAt: "n.expected_at"
        case .firstExpectedAt: "coalesce(t.first_expected_at, n.expected_at)"
        case .reference: "t.reference"
        case .version: "t.version"
        case .isOverdue: "n.expected_at < transaction_timestamp()"
        case .received: "0::int8"
        case .settledAt: "null::timestamptz"
        case .transfer: "t.transfer_id"
        }
    }
}

extension Stored<ExpectedSupply> {
    /// Of a transfer on its way too, under the transfer's own id.
    init(_ row: Row) {
        let row = ColumnReader<SupplyColumn>(row)
        var supply = ExpectedSupply(
            id: SupplyID(stored: row.text(.id)), sku: SKU(stored: row.text(.sku)),
            location: LocationID(stored: row.text(.location)), quantity: row.int8(.quantity),
            expectedAt: row.requiredTimestamp(.expectedAt), firstExpectedAt: row.requiredTimestamp(.firstExpectedAt),
            reference: row.textIfPresent(.reference).map(Reference.init(stored:)))
        supply.version = row.int8(.version)
        supply.isOverdue = row.bool(.isOverdue)
        supply.received = row.int8(.received)
        supply.settledAt = row.timestamp(.settledAt)
        supply.transfer = row.byteaIfPresent(.transfer).map(TransferID.init(stored:))
        if let transfer = supply.transfer { supply.id = SupplyID(stored: transfer.description) }
        self.init(value: supply, wasCreated: false, version: supply.version)
    }
}

/// What supply names, of item `i`, which may be missing. `$1` and `$2` are its code, `$3` the location.
enum SupplyNameColumn: Int32, SelectedColumn {
    case item, sku, unitsPerCode, location, isKit

    var selected: String {
        switch self {
        case .item: "i.item_id"
        case .sku: "i.sku"
        case .unitsPerCode:
            "coalesce((select a.units_per_code from alias a where a.code_system = $1 and a.code = $2), 1)"
        case .location: "(select l.location_id from location l where l.id = $3 and l.deleted_at is null)"
        case .isKit: "coalesce(i.rules & \(ItemRules.kit) <> 0, false)"
        }
    }
}

/// What becomes of supply that is put, of its row.
enum SupplyStoredColumn: Int32, SelectedColumn {
    case version, firstExpectedAt, isOverdue, received, settledAt

    var selected: String {
        switch self {
        case .version: "version"
        case .firstExpectedAt: "first_expected_at"
        case .isOverdue: "expected_at < transaction_timestamp() and settled_at is null"
        case .received: "received"
        case .settledAt: "settled_at"
        }
    }
}
