import Inventory
import LibPQ

/// The columns of a ledger line, but for its sequence: how they are named, written and selected. `LedgerLine.init(_:from:)`
/// reads them.
enum LedgerColumn: Int32, SelectedColumn, WrittenColumn {
    case item, location, recordedAt, version, kind, bucket, counterAccount, units
    case onHandAfter, reservedAfter, damagedAfter, inspectionAfter, suspectAfter, inTransitAfter
    case occurredAt, claimedAt, source, eventID, reference, reason, attributes, chain
    case count, reservedDelta, holdExpiresAt, reservation, allocationNumber, transfer, kit
    case corrects, actor

    /// What the optimistic write fills: counts, promises, transfers and kits are decided under locks.
    /// - Parameter actors: some lines say who did it.
    static func optimistic(actors: Bool) -> [LedgerColumn] { actors ? optimisticByActors : optimisticByNobody }
    /// What the locked write fills. `corrects` is not written yet.
    /// - Parameter actors: as above.
    static func locked(actors: Bool) -> [LedgerColumn] { actors ? lockedByActors : lockedByNobody }

    private static let optimisticByNobody = allCases.filter { $0.rawValue <= chain.rawValue }
    private static let optimisticByActors = optimisticByNobody + [actor]
    private static let lockedByNobody = allCases.filter { $0.rawValue <= kit.rawValue }
    private static let lockedByActors = lockedByNobody + [actor]

    var name: String { definition.name }
    var type: PQType { definition.type }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .item: ("item_id", .int8Array)
        case .location: ("location_id", .int4Array)
        case .recordedAt: ("recorded_at", .timestamptzArray)
        case .version: ("version", .int8Array)
        case .kind: ("kind", .int2Array)
        case .bucket: ("bucket", .int2Array)
        case .counterAccount: ("counter_account", .int2Array)
        case .units: ("units", .int8Array)
        case .onHandAfter: ("on_hand_after", .int8Array)
        case .reservedAfter: ("reserved_after", .int8Array)
        case .damagedAfter: ("damaged_after", .int8Array)
        case .inspectionAfter: ("inspection_after", .int8Array)
        case .suspectAfter: ("suspect_after", .int8Array)
        case .inTransitAfter: ("in_transit_after", .int8Array)
        case .occurredAt: ("occurred_at", .timestamptzArray)
        case .claimedAt: ("claimed_at", .timestamptzArray)
        case .source: ("source_id", .int4Array)
        case .eventID: ("event_id", .textArray)
        case .reference: ("reference", .textArray)
        case .reason: ("reason", .textArray)
        case .attributes: ("attributes", .textArray)
        case .chain: ("chain", .byteaArray)
        case .count: ("count_id", .byteaArray)
        case .reservedDelta: ("reserved_delta", .int8Array)
        case .holdExpiresAt: ("hold_expires_at", .timestamptzArray)
        case .reservation: ("reservation_id", .byteaArray)
        case .allocationNumber: ("allocation_number", .int2Array)
        case .transfer: ("transfer_id", .byteaArray)
        case .kit: ("kit_id", .int8Array)
        case .corrects: ("corrects", .int8Array)
        case .actor: ("actor_id", .int4Array)
        }
    }

    /// Nearly always 0, which is kept as NULL and takes no room.
    private var isZeroKeptAsNull: Bool {
        switch self {
        case .damagedAfter, .inspectionAfter, .suspectAfter, .inTransitAfter, .reservedDelta: true
        default: false
        }
    }

    /// Of row `m`.
    var selected: String { isZeroKeptAsNull ? "coalesce(m.\(name), 0)" : "m.\(name)" }

    /// What is stored of the array's element, of row `line`.
    var stored: String { isZeroKeptAsNull ? "nullif(line.\(name), 0)" : "line.\(name)" }

    /// Writes the column's array. Of columns that are mostly empty nothing, where all are: PostgreSQL fills a shorter array
    /// up with NULLs, so an empty one says it for all.
    func write(_ lines: [LedgerLine], to writer: inout ParameterWriter) {
        switch self {
        case .item: writer.int8s(lines) { $0.key.item.rawValue }
        case .location: writer.int4s(lines) { $0.key.location.rawValue }
        case .recordedAt: writer.timestamptzs(lines) { $0.recordedAt.microseconds }
        case .version: writer.int8s(lines) { $0.version }
        case .kind: writer.int2s(lines) { $0.kind.rawValue }
        case .bucket: writer.int2s(lines) { $0.posting?.bucket.rawValue }
        case .counterAccount: writer.int2s(lines) { $0.posting?.counterAccount.rawValue }
        case .units: writer.int8s(lines) { $0.storedUnits }
        case .onHandAfter: writer.int8s(lines) { $0.after.onHand }
        case .reservedAfter: writer.int8s(lines) { $0.after.reserved }
        case .damagedAfter: writer.int8s(unlessAllZero(lines, \.after.damaged)) { $0.after.damaged }
        case .inspectionAfter: writer.int8s(unlessAllZero(lines, \.after.inspection)) { $0.after.inspection }
        case .suspectAfter: writer.int8s(unlessAllZero(lines, \.after.suspect)) { $0.after.suspect }
        case .inTransitAfter: writer.int8s(unlessAllZero(lines, \.after.inTransit)) { $0.after.inTransit }
        case .occurredAt: writer.timestamptzs(lines) { $0.occurredAt.microseconds }
        case .claimedAt: writer.timestamptzs(unlessAllAbsent(lines, \.claimedAt)) { $0.claimedAt?.microseconds }
        case .source: writer.int4s(lines) { $0.source.rawValue }
        case .eventID: writer.texts(lines) { $0.eventID.text }
        case .reference: writer.texts(unlessAllAbsent(lines, \.reference)) { $0.reference?.text }
        case .reason: writer.texts(unlessAllAbsent(lines, \.reason)) { $0.reason?.text }
        case .attributes: writer.texts(unlessAllAbsent(lines, \.attributes)) { $0.attributes }
        case .chain: writer.byteas(lines) { $0.chain.bytes }
        case .count: writer.byteas(unlessAllAbsent(lines, \.count)) { $0.count?.bytes }
        case .reservedDelta: writer.int8s(unlessAllZero(lines, \.reservedDelta)) { $0.reservedDelta }
        case .holdExpiresAt:
            writer.timestamptzs(unlessAllAbsent(lines, \.holdExpiresAt)) { $0.holdExpiresAt?.microseconds }
        case .reservation: writer.byteas(unlessAllAbsent(lines, \.promise)) { $0.promise?.reservation.bytes }
        case .allocationNumber: writer.int2s(unlessAllAbsent(lines, \.promise)) { $0.promise?.number }
        case .transfer: writer.byteas(unlessAllAbsent(lines, \.transfer)) { $0.transfer?.bytes }
        case .kit: writer.int8s(unlessAllAbsent(lines, \.kit)) { $0.kit?.rawValue }
        case .corrects: writer.int8s(unlessAllAbsent(lines, \.corrects)) { $0.corrects }
        case .actor: writer.int4s(lines) { $0.actor?.rawValue }
        }
    }

    private func unlessAllZero(_ lines: [LedgerLine], _ value: (LedgerLine) -> Int64) -> [LedgerLine] {
        lines.allSatisfy { value($0) == 0 } ? [] : lines
    }

    private func unlessAllAbsent<T>(_ lines: [LedgerLine], _ value: (LedgerLine) -> T?) -> [LedgerLine] {
        lines.allSatisfy { value($0) == nil } ? [] : lines
    }
}

extension LedgerLine {
    /// - Parameter first: the place of the first column of `LedgerColumn.selectList`.
    init(_ row: Row, from first: Int32 = 0) {
        let row = ColumnReader<LedgerColumn>(row, from: first)
        self.init(
            key: BalanceKey(item: ItemNumber(row.int8(.item)), location: LocationNumber(row.int4(.location))),
            version: row.int8(.version), recordedAt: row.requiredTimestamp(.recordedAt),
            kind: .init(stored: row.int2(.kind)),
            posting: row.int2IfPresent(.bucket).map {
                Posting(
                    bucket: .init(stored: $0), counterAccount: .init(stored: row.int2(.counterAccount)),
                    units: row.int8(.units))
            },
            after: Figures(
                onHand: row.int8(.onHandAfter), damaged: row.int8(.damagedAfter),
                inspection: row.int8(.inspectionAfter), suspect: row.int8(.suspectAfter),
                inTransit: row.int8(.inTransitAfter), reserved: row.int8(.reservedAfter)),
            occurredAt: row.requiredTimestamp(.occurredAt), claimedAt: row.timestamp(.claimedAt),
            source: SourceNumber(row.int4(.source)), eventID: EventID(stored: row.text(.eventID)),
            reference: row.textIfPresent(.reference).map(Reference.init(stored:)),
            reason: row.textIfPresent(.reason).map(Reason.init(stored:)), attributes: row.textIfPresent(.attributes),
            chain: Digest(stored: row.bytea(.chain)))
        reservedDelta = row.int8(.reservedDelta)
        holdExpiresAt = row.timestamp(.holdExpiresAt)
        corrects = row.int8IfPresent(.corrects)
        actor = row.int4IfPresent(.actor).map(ActorNumber.init)
        count = row.byteaIfPresent(.count).flatMap(CountID.init)
        heldDelta = holdExpiresAt == nil ? 0 : posting == nil ? row.int8(.units) : reservedDelta
        promise = row.byteaIfPresent(.reservation).map {
            AllocationID(reservation: ReservationID(stored: $0), number: row.int2(.allocationNumber))
        }
        transfer = row.byteaIfPresent(.transfer).map(TransferID.init(stored:))
        kit = row.int8IfPresent(.kit).map(ItemNumber.init)
    }
}
