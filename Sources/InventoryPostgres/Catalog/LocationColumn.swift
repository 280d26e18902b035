import Inventory
import InventoryService
import LibPQ

/// The columns of a location that clients set: how they are named, written and read. A new field of `Location` is a case
/// here, its definition, and a line each in `write` and `Location.init(_:)`.
enum LocationColumn: Int32, SelectedColumn, WrittenColumn {
    case id, name, kind, status, mode, canPickup, canShip, latitude, longitude, timeZone, openingHours
    case leadTimeMinutes, dailyCapacity, priority
    case costPerShipmentAmount, costPerShipmentCurrency, costPerKmAmount, costPerKmCurrency
    case pickupWindowHours, latePickup, silenceLimitSeconds, lagBuffer

    var name: String { definition.name }
    var type: PQType { definition.type }
    var selected: String { name }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .id: ("id", .text)
        case .name: ("name", .text)
        case .kind: ("kind", .text)
        case .status: ("status", .text)
        case .mode: ("mode", .text)
        case .canPickup: ("can_pickup", .bool)
        case .canShip: ("can_ship", .bool)
        case .latitude: ("latitude", .float8)
        case .longitude: ("longitude", .float8)
        case .timeZone: ("time_zone", .text)
        case .openingHours: ("opening_hours", .text)
        case .leadTimeMinutes: ("lead_time_minutes", .int8)
        case .dailyCapacity: ("daily_capacity", .int8)
        case .priority: ("priority", .int8)
        case .costPerShipmentAmount: ("cost_per_shipment_amount", .int8)
        case .costPerShipmentCurrency: ("cost_per_shipment_currency", .text)
        case .costPerKmAmount: ("cost_per_km_amount", .int8)
        case .costPerKmCurrency: ("cost_per_km_currency", .text)
        case .pickupWindowHours: ("pickup_window_hours", .int8)
        case .latePickup: ("late_pickup", .text)
        case .silenceLimitSeconds: ("silence_limit_seconds", .int4)
        case .lagBuffer: ("lag_buffer", .bool)
        }
    }

    func write(_ location: Location, to writer: inout ParameterWriter) {
        switch self {
        case .id: writer.text(location.id.text)
        case .name: writer.text(location.name)
        case .kind: writer.text(location.kind.rawValue)
        case .status: writer.text(location.status.rawValue)
        case .mode: writer.text(location.mode.rawValue)
        case .canPickup: writer.bool(location.capabilities.contains(.pickup))
        case .canShip: writer.bool(location.capabilities.contains(.shipFrom))
        case .latitude: writer.float8(location.coordinates?.latitude)
        case .longitude: writer.float8(location.coordinates?.longitude)
        case .timeZone: writer.text(location.timeZone)
        case .openingHours: writer.text(location.openingHours.map(OpeningHoursText.write))
        case .leadTimeMinutes: writer.int8(location.leadTimeMinutes)
        case .dailyCapacity: writer.int8(location.dailyCapacity)
        case .priority: writer.int8(location.priority)
        case .costPerShipmentAmount: writer.int8(location.costPerShipment?.amount)
        case .costPerShipmentCurrency: writer.text(location.costPerShipment?.currency)
        case .costPerKmAmount: writer.int8(location.costPerKm?.amount)
        case .costPerKmCurrency: writer.text(location.costPerKm?.currency)
        case .pickupWindowHours: writer.int8(location.pickupWindowHours)
        case .latePickup: writer.text(location.latePickup.rawValue)
        case .silenceLimitSeconds: writer.int4(location.silenceLimitSeconds.map { Int32(clamping: $0) })
        case .lagBuffer: writer.bool(location.lagBuffer)
        }
    }
}

extension Location {
    /// From the columns of `LocationColumn.selectList`.
    init(_ row: Row) {
        let row = ColumnReader<LocationColumn>(row)
        self.init(id: LocationID(stored: row.text(.id)), name: row.text(.name))
        kind = .init(stored: row.text(.kind))
        status = .init(stored: row.text(.status))
        mode = .init(stored: row.text(.mode))
        capabilities = Set((row.bool(.canPickup) ? [.pickup] : []) + (row.bool(.canShip) ? [.shipFrom] : []))
        coordinates = row.coordinates(.latitude, .longitude)
        timeZone = row.text(.timeZone)
        openingHours = row.textIfPresent(.openingHours).map(OpeningHoursText.read)
        leadTimeMinutes = row.int8IfPresent(.leadTimeMinutes)
        dailyCapacity = row.int8IfPresent(.dailyCapacity)
        priority = row.int8IfPresent(.priority)
        costPerShipment = row.money(.costPerShipmentAmount, .costPerShipmentCurrency)
        costPerKm = row.money(.costPerKmAmount, .costPerKmCurrency)
        pickupWindowHours = row.int8IfPresent(.pickupWindowHours)
        latePickup = .init(stored: row.text(.latePickup))
        silenceLimitSeconds = row.int4IfPresent(.silenceLimitSeconds).map(Int64.init)
        lagBuffer = row.bool(.lagBuffer)
    }
}
