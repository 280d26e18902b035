import Inventory
import LibPQ

/// The columns of an allocation, of row `a`.
enum AllocationColumn: Int32, SelectedColumn, WrittenColumn {
    case item, location, reservation, number, line, quantity, state, createdAt
    case released, fulfilledByRequest, fulfilledBySale, soldWithoutLine, restockPending, soldAt, readyAt, endedAt,
        returned
    /// What lists and balances look for, worked out when the allocation is written; these are not read back.
    case openUnits, expiresAt, coverRank, channel

    /// What an `Allocation` is read from, with `AllocationNameColumn` behind it.
    static let read = allCases.filter { $0.rawValue <= returned.rawValue }
    static let selectList = "\(read.selectList), \(AllocationNameColumn.selectList)"

    /// What may differ when an allocation is written again.
    static let updated = allCases.filter { !$0.isFixed }

    var name: String { definition.name }
    var type: PQType { definition.type }
    var selected: String { "a.\(name)" }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .item: ("item_id", .int8Array)
        case .location: ("location_id", .int4Array)
        case .reservation: ("reservation_id", .byteaArray)
        case .number: ("number", .int2Array)
        case .line: ("line", .int2Array)
        case .quantity: ("quantity", .int8Array)
        case .state: ("state", .int2Array)
        case .createdAt: ("created_at", .timestamptzArray)
        case .released: ("released", .int8Array)
        case .fulfilledByRequest: ("fulfilled_by_request", .int8Array)
        case .fulfilledBySale: ("fulfilled_by_sale", .int8Array)
        case .soldWithoutLine: ("sold_without_line", .int8Array)
        case .restockPending: ("restock_pending", .int8Array)
        case .soldAt: ("sold_at", .timestamptzArray)
        case .readyAt: ("ready_at", .timestamptzArray)
        case .endedAt: ("ended_at", .timestamptzArray)
        case .returned: ("returned", .int8Array)
        case .openUnits: ("open_units", .int8Array)
        case .expiresAt: ("expires_at", .timestamptzArray)
        case .coverRank: ("cover_rank", .int2Array)
        case .channel: ("channel", .textArray)
        }
    }

    /// Stays as it was first written.
    private var isFixed: Bool {
        switch self {
        case .item, .location, .reservation, .number, .createdAt, .channel: true
        case .line, .quantity, .state, .released, .fulfilledByRequest, .fulfilledBySale, .soldWithoutLine,
            .restockPending, .soldAt, .readyAt, .endedAt, .returned, .openUnits, .expiresAt, .coverRank:
            false
        }
    }

    func write(
        _ stored: [(reservation: Reservation, allocation: Allocation)], to writer: inout ParameterWriter
    ) {
        switch self {
        case .item: writer.int8s(stored) { $0.allocation.key.item.rawValue }
        case .location: writer.int4s(stored) { $0.allocation.key.location.rawValue }
        case .reservation: writer.byteas(stored) { $0.reservation.id.bytes }
        case .number: writer.int2s(stored) { $0.allocation.number }
        case .line: writer.int2s(stored) { Int16($0.allocation.line) }
        case .quantity: writer.int8s(stored) { $0.allocation.quantity }
        case .state: writer.int2s(stored) { $0.allocation.state.rawValue }
        case .createdAt: writer.timestamptzs(stored) { $0.allocation.createdAt.microseconds }
        case .released: writer.int8s(stored) { $0.allocation.released }
        case .fulfilledByRequest: writer.int8s(stored) { $0.allocation.fulfilledByRequest }
        case .fulfilledBySale: writer.int8s(stored) { $0.allocation.fulfilledBySale }
        case .soldWithoutLine: writer.int8s(stored) { $0.allocation.soldWithoutLine }
        case .restockPending: writer.int8s(stored) { $0.allocation.restockPending }
        case .soldAt: writer.timestamptzs(stored) { $0.allocation.soldAt?.microseconds }
        case .readyAt: writer.timestamptzs(stored) { $0.allocation.readyAt?.microseconds }
        case .endedAt: writer.timestamptzs(stored) { $0.allocation.endedAt?.microseconds }
        case .returned: writer.int8s(stored) { $0.allocation.returned }
        case .openUnits: writer.int8s(stored) { $0.allocation.open }
        case .expiresAt:
            writer.timestamptzs(stored) { stored in
                stored.allocation.state == .held ? stored.reservation.expiresAt?.microseconds : nil
            }
        case .coverRank: writer.int2s(stored) { $0.allocation.state.coverRank }
        case .channel: writer.texts(stored) { $0.reservation.channel?.text }
        }
    }
}

/// What an allocation's item `i` and location `l` are called.
enum AllocationNameColumn: Int32, SelectedColumn {
    case sku, location

    var selected: String {
        switch self {
        case .sku: "i.sku"
        case .location: "l.id"
        }
    }
}

extension Allocation {
    /// From `AllocationColumn.selectList`.
    init(_ row: Row) {
        let named = ColumnReader<AllocationNameColumn>(row, from: Int32(AllocationColumn.read.count))
        let row = ColumnReader<AllocationColumn>(row)
        self.init(
            number: row.int2(.number), line: Int(row.int2(.line)), key: row.balanceKey(.item, .location),
            sku: SKU(stored: named.text(.sku)), location: LocationID(stored: named.text(.location)),
            quantity: row.int8(.quantity), state: .init(stored: row.int2(.state)),
            createdAt: row.requiredTimestamp(.createdAt))
        released = row.int8(.released)
        fulfilledByRequest = row.int8(.fulfilledByRequest)
        fulfilledBySale = row.int8(.fulfilledBySale)
        soldWithoutLine = row.int8(.soldWithoutLine)
        restockPending = row.int8(.restockPending)
        soldAt = row.timestamp(.soldAt)
        readyAt = row.timestamp(.readyAt)
        endedAt = row.timestamp(.endedAt)
        returned = row.int8(.returned)
    }
}
