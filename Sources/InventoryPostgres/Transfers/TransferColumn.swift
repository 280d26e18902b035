import Inventory
import LibPQ

/// The columns of a transfer, of row `t`.
enum TransferColumn: Int32, SelectedColumn, WrittenColumn {
    case id, version, createdAt, expectedAt, firstExpectedAt, shippedAt, receivedAt, closedAt, cancelledAt
    case toNumber, from, to, reference, closeReason, reservation, lines
    /// What lists look for; not read back, since the times say it.
    case state

    /// What a `Transfer` is read from.
    static let read = allCases.filter { $0 != .state }
    static let selectList = read.selectList

    /// What may differ when a transfer is written again.
    static let updated = allCases.filter { !$0.isFixed }

    var name: String { definition.name }
    var type: PQType { definition.type }
    var selected: String { "t.\(name)" }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .id: ("transfer_id", .byteaArray)
        case .version: ("version", .int8Array)
        case .createdAt: ("created_at", .timestamptzArray)
        case .expectedAt: ("expected_at", .timestamptzArray)
        case .firstExpectedAt: ("first_expected_at", .timestamptzArray)
        case .shippedAt: ("shipped_at", .timestamptzArray)
        case .receivedAt: ("received_at", .timestamptzArray)
        case .closedAt: ("closed_at", .timestamptzArray)
        case .cancelledAt: ("cancelled_at", .timestamptzArray)
        case .toNumber: ("to_id", .int4Array)
        case .from: ("from_location", .textArray)
        case .to: ("to_location", .textArray)
        case .reference: ("reference", .textArray)
        case .closeReason: ("close_reason", .textArray)
        case .reservation: ("reservation_id", .byteaArray)
        case .lines: ("lines", .byteaArray)
        case .state: ("state", .textArray)
        }
    }

    /// Stays as it was first written.
    private var isFixed: Bool {
        switch self {
        case .id, .createdAt, .toNumber, .from, .to, .reference, .reservation: true
        case .version, .expectedAt, .firstExpectedAt, .shippedAt, .receivedAt, .closedAt, .cancelledAt, .closeReason,
            .lines, .state:
            false
        }
    }

    func write(_ transfers: [Transfer], to writer: inout ParameterWriter) {
        switch self {
        case .id: writer.byteas(transfers) { $0.id.bytes }
        case .version: writer.int8s(transfers) { $0.version }
        case .createdAt: writer.timestamptzs(transfers) { $0.createdAt.microseconds }
        case .expectedAt: writer.timestamptzs(transfers) { $0.expectedAt?.microseconds }
        case .firstExpectedAt: writer.timestamptzs(transfers) { $0.firstExpectedAt?.microseconds }
        case .shippedAt: writer.timestamptzs(transfers) { $0.shippedAt?.microseconds }
        case .receivedAt: writer.timestamptzs(transfers) { $0.receivedAt?.microseconds }
        case .closedAt: writer.timestamptzs(transfers) { $0.closedAt?.microseconds }
        case .cancelledAt: writer.timestamptzs(transfers) { $0.cancelledAt?.microseconds }
        case .toNumber: writer.int4s(transfers) { $0.toNumber.rawValue }
        case .from: writer.texts(transfers) { $0.from?.text }
        case .to: writer.texts(transfers) { $0.to.text }
        case .reference: writer.texts(transfers) { $0.reference?.text }
        case .closeReason: writer.texts(transfers) { $0.closeReason?.text }
        case .reservation: writer.byteas(transfers) { $0.reservation?.bytes }
        case .lines: writer.byteas(transfers) { $0.lines.canonicalBytes }
        case .state: writer.texts(transfers) { $0.state.rawValue }
        }
    }
}

extension TransferID {
    init(stored bytes: [UInt8]) {
        guard let id = TransferID(bytes) else { preconditionFailure("a stored transfer id has 16 bytes") }
        self = id
    }
}

extension Transfer {
    /// From `TransferColumn.selectList`.
    init(_ row: Row) {
        let row = ColumnReader<TransferColumn>(row)
        guard let lines = [TransferLine](canonicalBytes: row.bytea(.lines)) else {
            preconditionFailure("the lines of a stored transfer cannot be read")
        }
        self.init(
            id: TransferID(stored: row.bytea(.id)),
            reference: row.textIfPresent(.reference).map(Reference.init(stored:)),
            from: row.textIfPresent(.from).map(LocationID.init(stored:)), to: LocationID(stored: row.text(.to)),
            toNumber: LocationNumber(row.int4(.toNumber)),
            reservation: row.byteaIfPresent(.reservation).map(ReservationID.init(stored:)),
            expectedAt: row.timestamp(.expectedAt), lines: lines, createdAt: row.requiredTimestamp(.createdAt))
        version = row.int8(.version)
        firstExpectedAt = row.timestamp(.firstExpectedAt)
        shippedAt = row.timestamp(.shippedAt)
        receivedAt = row.timestamp(.receivedAt)
        closedAt = row.timestamp(.closedAt)
        cancelledAt = row.timestamp(.cancelledAt)
        closeReason = row.textIfPresent(.closeReason).map(Reason.init(stored:))
    }
}
