import Inventory
import LibPQ

/// What is read of an open promise, of a row of `allocation`.
enum OpenPromiseColumn: Int32, ColumnTable {
    case item, location, reservation, number, rank, createdAt, units

    /// - Parameter row: the row's name.
    static func selectList(of row: String) -> String {
        selectList { column in
            switch column {
            case .item: "\(row).item_id"
            case .location: "\(row).location_id"
            case .reservation: "\(row).reservation_id"
            case .number: "\(row).number"
            case .rank: "\(row).cover_rank"
            case .createdAt: "\(row).created_at"
            case .units: "\(row).open_units"
            }
        }
    }
}

extension OpenPromise {
    init(_ row: ColumnReader<OpenPromiseColumn>) {
        self.init(
            id: AllocationID(
                reservation: ReservationID(stored: row.bytea(.reservation)), number: row.int2(.number)),
            rank: row.int2(.rank), createdAt: row.requiredTimestamp(.createdAt), units: row.int8(.units))
    }
}

/// What of a balance has ended by instant `$3` and is still reserved, and what ends next; of row `asked`.
enum ExpiredHoldsColumn: Int32, SelectedColumn {
    case item, location, units, next

    var selected: String {
        switch self {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .units:
            """
            (
                select coalesce(sum(h.units), 0)::int8 from hold_expiry h
                where h.item_id = asked.item_id and h.location_id = asked.location_id and h.expires_at <= $3)
            """
        case .next:
            """
            (
                select h.expires_at from hold_expiry h
                where h.item_id = asked.item_id and h.location_id = asked.location_id and h.expires_at > $3
                  and h.units > 0
                order by h.expires_at limit 1)
            """
        }
    }
}
