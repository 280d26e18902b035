import Inventory
import LibPQ

/// The columns of a balance that batches read and write: how they are named, merged
/// and selected. `ChangesWriter` writes them, `Balance.init(_:from:)` reads them.
enum BalanceColumn: Int32, SelectedColumn, WrittenColumn {
    case item, location
    case onHand, reserved, damaged, inspection, suspect, inTransit, version, recordedAt, chainHead
    case countedAt, damagedCountedAt, inspectionCountedAt, foldedUntil, nextExpiry
    case soldUnits, soldAt, soldSince
    /// Of its first line; only set with that.
    case firstRecordedAt

    /// What a reading lists: the key, and what a `Balance` is.
    static let read = allCases.filter { $0.rawValue <= nextExpiry.rawValue }
    /// Of row `b`.
    static let selectList = read.selectList
    static let count = Int32(read.count)

    /// What the locked write fills.
    static let locked = allCases
    /// What the optimistic write fills: it never changes holds, and never writes a first line.
    static let optimistic = allCases.filter { $0 != .foldedUntil && $0 != .nextExpiry && $0 != .firstRecordedAt }

    var name: String { definition.name }
    var type: PQType { definition.type }
    var selected: String { "b.\(name)" }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .item: ("item_id", .int8Array)
        case .location: ("location_id", .int4Array)
        case .onHand: ("on_hand", .int8Array)
        case .reserved: ("reserved", .int8Array)
        case .damaged: ("damaged", .int8Array)
        case .inspection: ("inspection", .int8Array)
        case .suspect: ("suspect", .int8Array)
        case .inTransit: ("in_transit", .int8Array)
        case .version: ("version", .int8Array)
        case .recordedAt: ("recorded_at", .timestamptzArray)
        case .chainHead: ("chain_head", .byteaArray)
        case .countedAt: ("counted_at", .timestamptzArray)
        case .damagedCountedAt: ("damaged_counted_at", .timestamptzArray)
        case .inspectionCountedAt: ("inspection_counted_at", .timestamptzArray)
        case .foldedUntil: ("folded_until", .timestamptzArray)
        case .nextExpiry: ("next_expiry", .timestamptzArray)
        case .soldUnits: ("sold_units", .float8Array)
        case .soldAt: ("sold_at", .timestamptzArray)
        case .soldSince: ("sold_since", .timestamptzArray)
        case .firstRecordedAt: ("first_recorded_at", .timestamptzArray)
        }
    }

    /// The assignment that brings row `b` up to `excluded`; nil for the key. Instants of counts and units sold are NULL
    /// where they stay.
    /// - Parameter newVersion: the expression of the version.
    func assignment(version newVersion: String) -> String? {
        switch self {
        case .item, .location: nil
        case .version: "version = \(newVersion)"
        case .countedAt, .damagedCountedAt, .inspectionCountedAt: "\(name) = coalesce(excluded.\(name), b.\(name))"
        case .firstRecordedAt: "\(name) = coalesce(b.\(name), excluded.\(name))"
        case .soldUnits:
            "sold_units = sold_units_merged(b.sold_units, b.sold_at, excluded.sold_units, excluded.sold_at)"
        case .soldAt: "sold_at = greatest(b.sold_at, excluded.sold_at)"
        case .soldSince: "sold_since = least(b.sold_since, excluded.sold_since)"
        default: "\(name) = excluded.\(name)"
        }
    }
}

extension BalanceKey {
    /// - Parameter first: the place of the first column of `BalanceColumn.selectList`.
    init(balance row: Row, from first: Int32 = 0) {
        let row = ColumnReader<BalanceColumn>(row, from: first)
        self.init(item: ItemNumber(row.int8(.item)), location: LocationNumber(row.int4(.location)))
    }
}

extension Balance {
    /// - Parameter first: the place of the first column of `BalanceColumn.selectList`.
    init(_ row: Row, from first: Int32 = 0) {
        let row = ColumnReader<BalanceColumn>(row, from: first)
        self.init(
            figures: Figures(
                onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
                suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: row.int8(.reserved)),
            version: row.int8(.version), recordedAt: row.timestamp(.recordedAt),
            foldedUntil: row.timestamp(.foldedUntil),
            counted: CountedInstants(
                onHand: row.timestamp(.countedAt), damaged: row.timestamp(.damagedCountedAt),
                inspection: row.timestamp(.inspectionCountedAt)),
            chainHead: Digest(stored: row.bytea(.chainHead)))
        nextExpiry = row.timestamp(.nextExpiry)
    }
}

/// What the optimistic write answers, of parts `committed` and `gate`.
enum OptimisticAnswerColumn: Int32, SelectedColumn {
    /// The number of the commit; NULL where nothing was written.
    case commit
    /// An event id was known already.
    case isKnown
    case epoch, now

    var selected: String {
        switch self {
        case .commit: "(select commit_id from committed)"
        case .isKnown: "gate.is_known"
        case .epoch: "gate.epoch"
        case .now: "gate.clock"
        }
    }
}
