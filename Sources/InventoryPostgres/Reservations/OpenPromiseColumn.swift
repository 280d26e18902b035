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

/// Units that were packed and waiting at an instant, of row `asked`: those that still are, and those that left since.
enum ReadyUnitsColumn: Int32, SelectedColumn {
    case item, location, instant, units

    var selected: String {
        switch self {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .instant: "asked.instant"
        case .units:
            """
            (
                select coalesce(sum(
                    case when a.state = 3 then a.open_units else 0 end + (
                        select coalesce(-sum(m.reserved_delta), 0)
                        from movement m
                        where m.item_id = a.item_id and m.location_id = a.location_id and m.recorded_at > asked.instant
                          and m.reservation_id = a.reservation_id and m.allocation_number = a.number
                          and m.occurred_at > asked.instant and m.recorded_at > a.ready_at)), 0)::int8
                from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.ready_at <= asked.instant
                  and (a.ended_at is null or a.ended_at > asked.instant))
            """
        }
    }
}
