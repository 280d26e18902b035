import Inventory
import InventoryService
import InventoryWire

/// Event ids for the records of a snapshot file that have none. All records for one location and instant are one count of
/// their source, so that rows of one item add up, as lines of a count do that is sent as a body; and counts of one instant
/// stand in the order in which their files were received first, so that a mended file wins and the same file again is known.
struct RecordNames: Sendable {
    private let prefix: String
    private let reading: [UInt8]
    /// The file's arrival: its figures are of then where a record says no instant.
    private let arrivedAt: Timestamp?

    /// Hexadecimal digits of what an id is told apart by, besides instants.
    private static let digits = 12

    init(_ file: ImportFile) {
        reading = file.reading.bytes
        arrivedAt = file.receipt?.reading
        let instants = [file.receipt?.content, file.receipt?.reading].map { $0.map(Self.sortable) ?? "-" }
        prefix = "\(file.order.kind)/\(instants.joined(separator: "/"))/\(Self.short(file.reading))"
    }

    /// Of the count that the record is a line of: its kind; when its content, and this reading of it, were received first;
    /// how it is read, which its mapping and source are part of; and what the count is of.
    func event(of record: MappedRecord) -> EventID { event(of: record.values) }

    /// - Returns: what it would be of the same record with the id of its place; nil unless the file names places both ways.
    func eventByID(of record: MappedRecord) -> (@Sendable (LocationID) -> EventID)? {
        var values = record.values
        guard let code = values["locationCode"], !code.isEmpty, values["location"] == "" else { return nil }
        values["locationCode"] = ""
        values["codeSystem"] = ""
        return { [values] location in
            var values = values
            values["location"] = location.text
            return event(of: values)
        }
    }

    private func event(of values: [String: String]) -> EventID {
        var target = reading
        let codes = values["locationCode"].map { _ in ["codeSystem", "locationCode"] } ?? []
        for field in ["source", "location", "asOf"] + codes {
            var text = values[field] ?? ""
            // It is of an item's code then, and says nothing of the place.
            if field == "codeSystem", values["locationCode"] == "" { text = "" }
            // One instant is one, with whatever offset it is written.
            if field == "asOf", let instant = Timestamp(rfc3339: text) { text = instant.description }
            target += Array("\(text.utf8.count):\(text)".utf8)
        }
        return EventID(stored: "\(prefix)/\(Self.short(sha256(target)))")
    }

    /// Of book figures that are compared together.
    func event(of place: FigurePlace) -> EventID {
        var target = reading
        for text in [place.source.text, place.location.text, "\(place.asOf.microseconds)"] {
            target += Array("\(text.utf8.count):\(text)".utf8)
        }
        return EventID(stored: "\(prefix)/\(Self.short(sha256(target)))")
    }

    /// The record's line as one of its count.
    /// - Parameter line: as it was read, under the id of the count.
    func line(_ line: SubmittedLine, of record: MappedRecord) -> SubmittedLine {
        var line = line
        line.arrivedAt = arrivedAt
        line.record = identity(of: record)
        switch line.content {
        case .fact(var fact, _):
            fact.eventID = fact.eventID.record(record.number)
            line.content = .fact(fact, fact.fingerprint(sha256))
        // Of parked lines only, which are of no file.
        case .impossible: break
        case .malformed(let problem, let event):
            // Each is kept by itself.
            line.content = .malformed(problem, eventID: event.map { "\($0)/\(record.number)" })
        }
        return line
    }

    /// - Returns: nil for JSON lines, and for a record that does not say what it is about: each of those is kept by itself.
    private func identity(of record: MappedRecord) -> FileRecordIdentity? {
        let values = record.values
        func says(_ field: String) -> Bool { !(values[field] ?? "").isEmpty }
        guard record.json == nil, says("location") || says("locationCode"), says("sku") || says("code") else {
            return nil
        }
        // What the names mean is looked up when the record is applied.
        let named = FileRecordIdentity.mark(FileRecordIdentity.subjectFields, of: values)
        let bucket = values["bucket"] ?? ""
        return FileRecordIdentity(
            subject: named, named: named,
            content: FileRecordIdentity.mark(values.keys.filter { !Self.instants.contains($0) }, of: values),
            receivedAt: arrivedAt, number: record.number, bucket: bucket == Bucket.onHand.name ? "" : bucket)
    }

    /// What a record says of time is another in every file.
    private static let instants: Set<String> = ["asOf", "countedAt", "occurredAt", "eventId"]

    private static func short(_ digest: Digest) -> String { String(digest.withBytes { $0.hexadecimal }.prefix(digits)) }

    /// All of one length, so that the order of texts is that of instants.
    private static func sortable(_ instant: Timestamp) -> String {
        let text = instant.description.dropLast()
        let parts = text.split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return "\(parts[0]).\(fraction)\(String(repeating: "0", count: 6 - fraction.utf8.count))Z"
    }
}

extension MappedRecord {
    var needsEventID: Bool { (values["eventId"] ?? "").isEmpty }
}
