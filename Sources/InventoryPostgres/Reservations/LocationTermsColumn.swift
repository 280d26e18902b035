import Inventory
import LibPQ

/// What `placeRead` reads of location `l`: on what terms it promises.
enum LocationTermsColumn: Int32, SelectedColumn {
    case id, isActive, isLive, canPickup, canShip, leadTimeMinutes, openingHours, timeZone, pickupWindowHours
    /// Channels whose networks it is not in.
    case foreignChannels
    case dailyCapacity, number

    var selected: String {
        switch self {
        case .id: "l.id"
        case .isActive: "l.status = 'active'"
        case .isLive: "l.mode = 'live'"
        case .canPickup: "l.can_pickup"
        case .canShip: "l.can_ship"
        case .leadTimeMinutes: "l.lead_time_minutes"
        case .openingHours: "l.opening_hours"
        case .timeZone: "l.time_zone"
        case .pickupWindowHours: "l.pickup_window_hours"
        case .foreignChannels:
            """
            array(
                select g.channel from location_group g
                where g.channel is not null and g.deleted_at is null and not exists (
                    select from location_group_member m
                    where m.group_id = g.group_id and m.location_id = l.location_id))
            """
        case .dailyCapacity: "l.daily_capacity"
        case .number: "l.location_id"
        }
    }
}

extension LocationTerms {
    init(_ row: ColumnReader<LocationTermsColumn>) {
        self.init(
            isActive: row.bool(.isActive), isLive: row.bool(.isLive),
            capabilities: Set((row.bool(.canPickup) ? [.pickup] : []) + (row.bool(.canShip) ? [.shipFrom] : [])),
            leadTimeMinutes: row.int8IfPresent(.leadTimeMinutes),
            hours: row.textIfPresent(.openingHours).map(OpeningHoursText.read), zone: .utc,
            pickupWindowHours: row.int8IfPresent(.pickupWindowHours))
        if hours != nil { zone = TimeZoneRules.offsets(row.text(.timeZone)) }
        foreignChannels = Set(row.texts(.foreignChannels).map(Channel.init(stored:)))
    }
}
