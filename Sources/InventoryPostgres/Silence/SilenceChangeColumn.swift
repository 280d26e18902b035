import Inventory
import InventoryService
import LibPQ

/// What is written of a location that changed.
enum SilenceChangeColumn: Int32, WrittenColumn {
    case number, version, heardAt, silentSince, lagSeconds, detail

    var name: String { definition.name }
    var type: PQType { definition.type }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .number: ("location_id", .int4Array)
        case .version: ("version", .int8Array)
        case .heardAt: ("heard_at", .timestamptzArray)
        case .silentSince: ("silent_since", .timestamptzArray)
        case .lagSeconds: ("lag_seconds", .int4Array)
        case .detail: ("detail", .textArray)
        }
    }

    func write(_ changes: [SilenceChange], to writer: inout ParameterWriter) {
        switch self {
        case .number: writer.int4s(changes) { $0.number.rawValue }
        case .version: writer.int8s(changes) { $0.version }
        case .heardAt: writer.timestamptzs(changes) { $0.heardAt.microseconds }
        case .silentSince: writer.timestamptzs(changes) { $0.silentSince?.microseconds }
        case .lagSeconds: writer.int4s(changes) { Int32(clamping: $0.lagSeconds) }
        case .detail: writer.texts(changes) { $0.detail }
        }
    }
}
