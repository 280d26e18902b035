import Inventory
import InventoryService
import LibPQ

/// What plans read of location `l`.
enum SourcingPlaceColumn: Int32, SelectedColumn {
    case number, id, latitude, longitude
    case costPerShipmentAmount, costPerShipmentCurrency, costPerKmAmount, costPerKmCurrency
    case priority, dailyCapacity, timeZone

    var selected: String {
        switch self {
        case .number: "l.location_id"
        case .id: "l.id"
        case .latitude: "l.latitude"
        case .longitude: "l.longitude"
        case .costPerShipmentAmount: "l.cost_per_shipment_amount"
        case .costPerShipmentCurrency: "l.cost_per_shipment_currency"
        case .costPerKmAmount: "l.cost_per_km_amount"
        case .costPerKmCurrency: "l.cost_per_km_currency"
        case .priority: "l.priority"
        case .dailyCapacity: "l.daily_capacity"
        case .timeZone: "l.time_zone"
        }
    }
}

extension SourcingPlaceCache.Place {
    init(_ row: Row) {
        let row = ColumnReader<SourcingPlaceColumn>(row)
        self.init(
            number: LocationNumber(row.int4(.number)),
            place: SourcingPlace(
                location: LocationID(stored: row.text(.id)), coordinates: row.coordinates(.latitude, .longitude),
                costPerShipment: row.money(.costPerShipmentAmount, .costPerShipmentCurrency),
                costPerKm: row.money(.costPerKmAmount, .costPerKmCurrency), priority: row.int8IfPresent(.priority)),
            dailyCapacity: row.int8IfPresent(.dailyCapacity), timeZone: row.text(.timeZone))
    }
}

/// What an item sold at a location, of balance `b`.
enum SourcingSalesColumn: Int32, SelectedColumn {
    case item, location, soldUnits, soldAt, soldSince, now

    var selected: String {
        switch self {
        case .item: "b.item_id"
        case .location: "b.location_id"
        case .soldUnits: "b.sold_units"
        case .soldAt: "b.sold_at"
        case .soldSince: "b.sold_since"
        case .now: "statement_timestamp()"
        }
    }
}

/// Supply that is expected, of item `i`, location `l` and row `s`.
enum ComingSupplyColumn: Int32, SelectedColumn {
    case sku, location, expectedAt, units

    var selected: String {
        switch self {
        case .sku: "i.sku"
        case .location: "l.id"
        case .expectedAt: "s.expected_at"
        case .units: "s.units"
        }
    }
}

/// Sums over shipments `s`.
enum FulfilmentCostColumn: Int32, SelectedColumn {
    case day, objective, currency, orders, shipments, units, amount, distanceMetres

    /// What one sum is for.
    static let group: [FulfilmentCostColumn] = [.day, .objective, .currency]

    var selected: String {
        switch self {
        case .day: "s.day"
        case .objective: "s.objective"
        case .currency: "s.cost_currency"
        case .orders: "count(distinct s.reservation_id)"
        case .shipments: "count(*)"
        case .units: UnitSum.of("s.units")
        case .amount: UnitSum.of("s.cost_amount")
        case .distanceMetres: UnitSum.of("s.distance_metres")
        }
    }
}

extension FulfilmentCost {
    init(_ row: Row) {
        let row = ColumnReader<FulfilmentCostColumn>(row)
        self.init(
            day: Int64(row.int4(.day)), objective: row.textIfPresent(.objective).flatMap(SourcingObjective.init),
            currency: row.textIfPresent(.currency), orders: row.int8(.orders), shipments: row.int8(.shipments),
            units: row.int8(.units), amount: row.int8(.amount), distanceKm: Double(row.int8(.distanceMetres)) / 1_000)
    }
}
