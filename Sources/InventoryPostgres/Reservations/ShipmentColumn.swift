import Inventory
import LibPQ

/// The columns of a shipment that batches write.
enum ShipmentColumn: Int32, WrittenColumn {
    case reservation, location, day, units, expiresAt, distanceMetres, costAmount, costCurrency, objective

    /// What may differ when a shipment is written again.
    static let updated: [ShipmentColumn] = [.day, .units, .expiresAt, .distanceMetres, .costAmount, .costCurrency]

    var name: String { definition.name }
    var type: PQType { definition.type }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .reservation: ("reservation_id", .byteaArray)
        case .location: ("location_id", .int4Array)
        case .day: ("day", .int4Array)
        case .units: ("units", .int8Array)
        case .expiresAt: ("expires_at", .timestamptzArray)
        case .distanceMetres: ("distance_metres", .int8Array)
        case .costAmount: ("cost_amount", .int8Array)
        case .costCurrency: ("cost_currency", .textArray)
        case .objective: ("objective", .textArray)
        }
    }

    func write(
        _ stored: [(reservation: Reservation, shipment: Shipment)], to writer: inout ParameterWriter
    ) {
        switch self {
        case .reservation: writer.byteas(stored) { $0.reservation.id.bytes }
        case .location: writer.int4s(stored) { $0.shipment.number.rawValue }
        case .day: writer.int4s(stored) { Int32($0.shipment.day) }
        case .units: writer.int8s(stored) { $0.shipment.units }
        case .expiresAt: writer.timestamptzs(stored) { $0.shipment.expiresAt?.microseconds }
        case .distanceMetres: writer.int8s(stored) { $0.shipment.distanceMetres }
        case .costAmount: writer.int8s(stored) { $0.shipment.cost?.amount }
        case .costCurrency: writer.texts(stored) { $0.shipment.cost?.currency }
        case .objective: writer.texts(stored) { $0.reservation.sourcing?.objective.rawValue }
        }
    }
}
