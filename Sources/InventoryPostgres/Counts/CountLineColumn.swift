import Inventory
import LibPQ

/// What batches write of a count that came as single lines.
enum SingleCountColumn: Int32, WrittenColumn {
    case id, source, event, location, countedAt, excludesReady

    var name: String { definition.name }
    var type: PQType { definition.type }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .id: ("count_id", .byteaArray)
        case .source: ("source_id", .int4Array)
        case .event: ("event_id", .textArray)
        case .location: ("location", .textArray)
        case .countedAt: ("counted_at", .timestamptzArray)
        case .excludesReady: ("excludes_ready", .boolArray)
        }
    }

    func write(_ counts: [CountHeader], to writer: inout ParameterWriter) {
        switch self {
        case .id: writer.byteas(counts) { $0.id.bytes }
        case .source: writer.int4s(counts) { $0.source.rawValue }
        case .event: writer.texts(counts) { $0.position.event.text }
        case .location: writer.texts(counts) { $0.location.text }
        case .countedAt: writer.timestamptzs(counts) { $0.position.at.microseconds }
        case .excludesReady: writer.bools(counts) { $0.excludesReady }
        }
    }
}

/// The columns of a count's line.
enum CountLineColumn: Int32, WrittenColumn {
    case item, location, bucket, countedAt, source, event, count, isStated, quantity, variance, suspectVariance, packed,
        recordedAt

    static let key: [CountLineColumn] = [.item, .location, .bucket, .countedAt, .source, .event]

    var name: String { definition.name }
    var type: PQType { definition.type }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .item: ("item_id", .int8Array)
        case .location: ("location_id", .int4Array)
        case .bucket: ("bucket", .int2Array)
        case .countedAt: ("counted_at", .timestamptzArray)
        case .source: ("source", .textArray)
        case .event: ("event_id", .textArray)
        case .count: ("count_id", .byteaArray)
        case .isStated: ("is_stated", .boolArray)
        case .quantity: ("quantity", .int8Array)
        case .variance: ("variance", .int8Array)
        case .suspectVariance: ("suspect_variance", .int8Array)
        case .packed: ("packed_units", .int8Array)
        case .recordedAt: ("recorded_at", .timestamptzArray)
        }
    }

    func write(_ lines: [(key: CountLineKey, value: CountLineChange)], to writer: inout ParameterWriter) {
        switch self {
        case .item: writer.int8s(lines) { $0.key.balance.item.rawValue }
        case .location: writer.int4s(lines) { $0.key.balance.location.rawValue }
        case .bucket: writer.int2s(lines) { $0.key.counted.rawValue }
        case .countedAt: writer.timestamptzs(lines) { $0.key.position.at.microseconds }
        case .source: writer.texts(lines) { $0.key.position.source.text }
        case .event: writer.texts(lines) { $0.key.position.event.text }
        case .count: writer.byteas(lines) { $0.value.id.bytes }
        case .isStated: writer.bools(lines) { $0.value.isStated }
        case .quantity: writer.int8s(lines) { $0.value.quantity }
        case .variance: writer.int8s(lines) { $0.value.variance }
        case .suspectVariance: writer.int8s(lines) { $0.value.suspectVariance }
        case .packed: writer.int8s(lines) { $0.value.packed }
        case .recordedAt: writer.timestamptzs(lines) { $0.value.recordedAt?.microseconds }
        }
    }
}

/// What a batch reads of the counts around an instant, of balance `asked`.
enum CountMarkColumn: Int32, ColumnTable {
    case item, location, bucket, countedAt, source, event, count, quantity, variance, suspectVariance, packed
    case excludesReady

    /// Of count line `c`, where nobody asks what its count left out.
    static let ofLine = ofLine(excludesReady: "false")

    /// Of count line `c`.
    /// - Parameter excludesReady: whether its count left out what was packed, an expression.
    static func ofLine(excludesReady: String) -> String {
        selectList { column in
            switch column {
            case .item: "asked.item_id"
            case .location: "asked.location_id"
            case .bucket: "c.bucket"
            case .countedAt: "c.counted_at"
            case .source: "c.source"
            case .event: "c.event_id"
            case .count: "c.count_id"
            case .quantity: "c.quantity"
            case .variance: "c.variance"
            case .suspectVariance: "c.suspect_variance"
            case .packed: "c.packed_units"
            case .excludesReady: excludesReady
            }
        }
    }

    /// Of complete count `c` of source `s`, which says 0 of what it does not list.
    static let ofCompleteCount = selectList { column in
        switch column {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .bucket: "1::int2"
        case .countedAt: "c.counted_at"
        case .source: "s.id"
        case .event: "c.event_id"
        case .count: "c.count_id"
        case .quantity, .variance, .suspectVariance, .packed: "0"
        case .excludesReady: "c.excludes_ready"
        }
    }
}

extension CountMark {
    /// A row of `countsAround`.
    static func read(_ row: Row) -> (BalanceKey, CountedBucket, CountMark) {
        let row = ColumnReader<CountMarkColumn>(row)
        guard let id = CountID(row.bytea(.count)) else { preconditionFailure("a stored count id has 16 bytes") }
        let position = CountPosition(
            at: row.requiredTimestamp(.countedAt), source: SourceID(stored: row.text(.source)),
            event: EventID(stored: row.text(.event)))
        var mark = CountMark(
            position: position, id: id, quantity: row.int8(.quantity), variance: row.int8(.variance),
            suspectVariance: row.int8(.suspectVariance))
        mark.packed = row.int8(.packed)
        mark.excludesReady = row.bool(.excludesReady)
        return (row.balanceKey(.item, .location), CountedBucket(stored: row.int2(.bucket)), mark)
    }
}
