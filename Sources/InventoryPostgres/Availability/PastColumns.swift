import Inventory
import LibPQ

/// An item `i` and its name and status as they were, of history `h`; NULL for those when nobody had heard of it.
enum PastItemColumn: Int32, SelectedColumn {
    case now, number, sku, name, status

    var selected: String {
        switch self {
        case .now: "statement_timestamp()"
        case .number: "i.item_id"
        case .sku: "i.sku"
        case .name: "h.name"
        case .status: "h.status"
        }
    }
}

/// A component of a kit as it was, of item `i`, history `h` and component `c`.
enum PastComponentColumn: Int32, SelectedColumn {
    case kit, number, sku, name, status, quantity

    var selected: String {
        switch self {
        case .kit: "c.kit_id"
        case .number: "i.item_id"
        case .sku: "i.sku"
        case .name: "h.name"
        case .status: "h.status"
        case .quantity: "c.quantity"
        }
    }
}

/// A location as it was, of part `l`, which may be missing, and the scope of the question.
enum PastPlaceColumn: Int32, SelectedColumn {
    case isGroupUnknown, group
    case number, id, name, latitude, longitude, isEligible, groups

    var selected: String {
        switch self {
        case .isGroupUnknown: "$1::text is not null and scope.id is null"
        case .group: "scope.id"
        case .number: "l.location_id"
        case .id: "l.id"
        case .name: "l.name"
        case .latitude: "l.latitude"
        case .longitude: "l.longitude"
        case .isEligible: "l.is_eligible"
        case .groups: "array(select g.id from grouping g where l.location_id = any (g.members))"
        }
    }
}

/// What a balance was at instant `$3`, of its last line `m` until then. Every write takes out what has ended by then, so only
/// holds that ended since are still in it, part `ended`. The last count is the last that was known; of those of a whole
/// location, also what preceded the first line.
enum PastStockColumn: Int32, SelectedColumn {
    case item, location, version, onHand, reserved, damaged, inspection, suspect, inTransit, countedAt

    var selected: String {
        switch self {
        case .item: "m.item_id"
        case .location: "m.location_id"
        case .version: "m.version"
        case .onHand: "m.on_hand"
        case .reserved: "m.reserved - coalesce(ended.units, 0)"
        case .damaged: "m.damaged"
        case .inspection: "m.inspection"
        case .suspect: "m.suspect"
        case .inTransit: "m.in_transit"
        case .countedAt:
            """
            greatest((
                select c.counted_at from count_line c
                where c.item_id = m.item_id and c.location_id = m.location_id and c.bucket = 1
                  and c.recorded_at <= $3
                order by c.counted_at desc limit 1), (
                select s.counted_at from stock_count s
                join location l on l.location_id = m.location_id and s.location = l.id
                join balance b on b.item_id = m.item_id and b.location_id = m.location_id
                where s.is_complete and s.recorded_at <= b.first_recorded_at
                order by s.counted_at desc limit 1))
            """
        }
    }
}

/// By channel, what was promised at instant `$3`, and how much of it owner `$4` held unconfirmed, of lines `m` and
/// reservation `r`. Every line of a promise says what it did to `reserved`; what ended by then is taken off.
enum PastPromiseColumn: Int32, SelectedColumn {
    case item, location, channel, reserved, ownHeld

    static let group: [PastPromiseColumn] = [.item, .location, .channel]

    var selected: String {
        switch self {
        case .item: "m.item_id"
        case .location: "m.location_id"
        case .channel: "r.channel"
        case .reserved: "sum(m.reserved_delta - case when m.hold_expires_at <= $3 then m.units else 0 end)::int8"
        case .ownHeld: "sum(case when m.hold_expires_at > $3 and r.owner = $4 then m.units else 0 end)::int8"
        }
    }
}

/// What a question about what had occurred begins with, of item `i`, which may be missing. `$3` is the location.
enum OccurredHeadColumn: Int32, SelectedColumn {
    case item, sku, location, now, isKit

    var selected: String {
        switch self {
        case .item: "i.item_id"
        case .sku: "i.sku"
        case .location: "(select location_id from location where id = $3 and deleted_at is null)"
        case .now: "statement_timestamp()"
        case .isKit: "coalesce(i.rules & \(ItemRules.kit) <> 0, false)"
        }
    }
}

/// What had occurred at a balance `b` by instant `$3`, in front of `UnitsOccurredColumn`.
enum OccurredBalanceColumn: Int32, SelectedColumn {
    case location, version, countedAt

    var selected: String {
        switch self {
        case .location: "l.id"
        case .version: "b.version"
        case .countedAt:
            """
            (
                select max(c.counted_at) from count_line c
                where c.item_id = b.item_id and c.location_id = b.location_id and c.bucket = 1 and c.counted_at <= $3)
            """
        }
    }
}

/// What sells at location `l`, of balance `b`, which may be missing.
enum SaleRateColumn: Int32, SelectedColumn {
    case location, soldUnits, soldAt, soldSince

    var selected: String {
        switch self {
        case .location: "l.id"
        case .soldUnits: "b.sold_units"
        case .soldAt: "b.sold_at"
        case .soldSince: "b.sold_since"
        }
    }
}
