import Inventory
import LibPQ

/// The columns of a reservation, of row `r`.
enum ReservationColumn: Int32, SelectedColumn, WrittenColumn {
    case id, version, createdAt, expiresAt, dueAt, readyBy, pickupBy, arrivedAt, claimedUntil, renewals, allocationsMade
    case method, location, owner, reference, channel, pickupCode, arrivalPlace, arrivalNote, claimedBy
    case shipLatitude, shipLongitude, lines, shipping, transfer, client, attributes
    /// What lists look for, worked out when the reservation is written; these are not read back.
    case isOpen, isSplit, state

    /// What a `Reservation` is read from.
    static let read = allCases.filter { $0.rawValue <= attributes.rawValue }
    static let selectList = read.selectList

    /// What may differ when a reservation is written again.
    static let updated = allCases.filter { !$0.isFixed }

    var name: String { definition.name }
    var type: PQType { definition.type }
    var selected: String { "r.\(name)" }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .id: ("reservation_id", .byteaArray)
        case .version: ("version", .int8Array)
        case .createdAt: ("created_at", .timestamptzArray)
        case .expiresAt: ("expires_at", .timestamptzArray)
        case .dueAt: ("due_at", .timestamptzArray)
        case .readyBy: ("ready_by", .timestamptzArray)
        case .pickupBy: ("pickup_by", .timestamptzArray)
        case .arrivedAt: ("arrived_at", .timestamptzArray)
        case .claimedUntil: ("claimed_until", .timestamptzArray)
        case .renewals: ("renewals", .int2Array)
        case .allocationsMade: ("allocations_made", .int2Array)
        case .method: ("method", .textArray)
        case .location: ("location", .textArray)
        case .owner: ("owner", .textArray)
        case .reference: ("reference", .textArray)
        case .channel: ("channel", .textArray)
        case .pickupCode: ("pickup_code", .textArray)
        case .arrivalPlace: ("arrival_place", .textArray)
        case .arrivalNote: ("arrival_note", .textArray)
        case .claimedBy: ("claimed_by", .textArray)
        case .shipLatitude: ("ship_latitude", .float8Array)
        case .shipLongitude: ("ship_longitude", .float8Array)
        case .lines: ("lines", .byteaArray)
        case .shipping: ("shipping", .byteaArray)
        case .transfer: ("transfer_id", .byteaArray)
        case .client: ("client", .textArray)
        case .attributes: ("attributes", .byteaArray)
        case .isOpen: ("is_open", .boolArray)
        case .isSplit: ("is_split", .boolArray)
        case .state: ("state", .textArray)
        }
    }

    /// Stays as it was first written.
    private var isFixed: Bool {
        switch self {
        case .id, .createdAt, .method, .owner, .channel, .shipLatitude, .shipLongitude, .transfer, .client: true
        case .reference, .pickupCode, .version, .expiresAt, .dueAt, .readyBy, .pickupBy, .arrivedAt, .claimedUntil,
            .renewals, .allocationsMade,
            .location, .arrivalPlace, .arrivalNote, .claimedBy, .lines, .shipping,
            .attributes, .isOpen, .isSplit, .state:
            false
        }
    }

    /// - Parameter now: the instant of the batch, at which holds are over or not.
    func write(_ reservations: [Reservation], at now: Timestamp, to writer: inout ParameterWriter) {
        switch self {
        case .id: writer.byteas(reservations) { $0.id.bytes }
        case .version: writer.int8s(reservations) { $0.version }
        case .createdAt: writer.timestamptzs(reservations) { $0.createdAt.microseconds }
        case .expiresAt: writer.timestamptzs(reservations) { $0.expiresAt?.microseconds }
        case .dueAt: writer.timestamptzs(reservations) { $0.dueAt.microseconds }
        case .readyBy: writer.timestamptzs(reservations) { $0.pickup?.readyBy?.microseconds }
        case .pickupBy: writer.timestamptzs(reservations) { $0.pickup?.pickupBy?.microseconds }
        case .arrivedAt: writer.timestamptzs(reservations) { $0.pickup?.arrival?.at.microseconds }
        case .claimedUntil: writer.timestamptzs(reservations) { $0.claim?.until.microseconds }
        case .renewals: writer.int2s(reservations) { $0.renewals }
        case .allocationsMade: writer.int2s(reservations) { $0.allocationsMade }
        case .method: writer.texts(reservations) { $0.method.rawValue }
        case .location: writer.texts(reservations) { $0.location.text }
        case .owner: writer.texts(reservations) { $0.owner?.text }
        case .reference: writer.texts(reservations) { $0.reference?.text }
        case .channel: writer.texts(reservations) { $0.channel?.text }
        case .pickupCode: writer.texts(reservations) { $0.pickup?.code }
        case .arrivalPlace: writer.texts(reservations) { $0.pickup?.arrival?.place }
        case .arrivalNote: writer.texts(reservations) { $0.pickup?.arrival?.note }
        case .claimedBy: writer.texts(reservations) { $0.claim?.by }
        case .shipLatitude: writer.float8s(reservations) { $0.shipTo?.latitude }
        case .shipLongitude: writer.float8s(reservations) { $0.shipTo?.longitude }
        case .lines: writer.byteas(reservations) { $0.lines.canonicalBytes }
        case .shipping: writer.byteas(reservations) { $0.shippingBytes }
        case .transfer: writer.byteas(reservations) { $0.transfer?.bytes }
        case .client: writer.texts(reservations) { $0.client?.text }
        case .attributes: writer.byteas(reservations) { $0.attributes.canonicalBytes }
        case .isOpen: writer.bools(reservations) { $0.state(at: now).isOpen }
        case .isSplit:
            writer.bools(reservations) { reservation in
                reservation.allocations.contains { $0.location != reservation.location }
            }
        case .state: writer.texts(reservations) { $0.state(at: now).rawValue }
        }
    }
}

extension ReservationID {
    init(stored bytes: [UInt8]) {
        guard let id = ReservationID(bytes) else { preconditionFailure("a stored reservation id has 16 bytes") }
        self = id
    }
}

extension Reservation {
    /// From `ReservationColumn.selectList`; its allocations come from other rows.
    init(_ row: Row) {
        let row = ColumnReader<ReservationColumn>(row)
        guard let lines = [ReservationLine](canonicalBytes: row.bytea(.lines)) else {
            preconditionFailure("the lines of a stored reservation cannot be read")
        }
        self.init(
            id: ReservationID(stored: row.bytea(.id)),
            reference: row.textIfPresent(.reference).map(Reference.init(stored:)),
            owner: row.textIfPresent(.owner).map(Owner.init(stored:)),
            channel: row.textIfPresent(.channel).map(Channel.init(stored:)), method: .init(stored: row.text(.method)),
            location: LocationID(stored: row.text(.location)), lines: lines, allocations: [],
            createdAt: row.requiredTimestamp(.createdAt), expiresAt: row.timestamp(.expiresAt),
            dueAt: row.requiredTimestamp(.dueAt))
        version = row.int8(.version)
        renewals = row.int2(.renewals)
        allocationsMade = row.int2(.allocationsMade)
        if let code = row.textIfPresent(.pickupCode) {
            pickup = Pickup(code: code, readyBy: row.timestamp(.readyBy), pickupBy: row.timestamp(.pickupBy))
            pickup?.arrival = row.timestamp(.arrivedAt).map {
                Pickup.Arrival(
                    at: $0, place: row.textIfPresent(.arrivalPlace), note: row.textIfPresent(.arrivalNote))
            }
        }
        if let by = row.textIfPresent(.claimedBy), let until = row.timestamp(.claimedUntil) {
            claim = Claim(by: by, until: until)
        }
        shipTo = row.coordinates(.shipLatitude, .shipLongitude)
        if let shipping = row.byteaIfPresent(.shipping), !setShipping(shipping) {
            preconditionFailure("how a stored reservation ships cannot be read")
        }
        transfer = row.byteaIfPresent(.transfer).map(TransferID.init(stored:))
        client = row.textIfPresent(.client).map(ClientID.init(stored:))
        if let bytes = row.byteaIfPresent(.attributes) {
            guard let stored = OrderAttributes(canonicalBytes: bytes) else {
                preconditionFailure("the attributes of a stored reservation cannot be read")
            }
            attributes = stored
        }
    }

    /// Reservations and the allocations of all of them.
    static func read(_ rows: Rows, _ allocations: Rows) -> [ReservationID: Reservation] {
        var reservations: [ReservationID: Reservation] = [:]
        for row in rows {
            let reservation = Reservation(row)
            reservations[reservation.id] = reservation
        }
        for row in allocations {
            let id = ReservationID(stored: ColumnReader<AllocationColumn>(row).bytea(.reservation))
            reservations[id]?.allocations.append(Allocation(row))
        }
        return reservations
    }
}
