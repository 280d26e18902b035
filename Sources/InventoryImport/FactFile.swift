import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// The records of one file.
final class FileRecords: ImportRecords {
    /// Names that are remembered, so that each is put once; behind them, repeats are put again.
    private static let seenMax = 1_000_000
    /// Bytes of records that are in memory together, and the last one's.
    private static let sliceBytesMax = 2 << 20

    private let reader: RecordReader
    private let kind: ImportKind
    private let source: SourceID?
    private let codeSystem: CodeSystem?
    private let names: RecordNames
    private var seen: Set<String> = []

    init(_ reader: RecordReader, _ file: ImportFile) throws(ImportError) {
        self.reader = reader
        kind = file.order.kind
        source = file.order.source
        codeSystem = file.order.codeSystem
        names = RecordNames(file)
        guard reader.mapping.kind == .init(kind) else {
            throw .mapping("it is for \(reader.mapping.kind.rawValue), not for \(kind.rawValue)")
        }
        if kind.isFacts, source == nil, !reader.mapping.has("source") {
            throw .mapping("\(kind.rawValue) need a source: a field of the mapping, or the import's own")
        }
        if kind == .aliases, codeSystem == nil, !reader.mapping.has("codeSystem") {
            throw .mapping("aliases need a codeSystem: a field of the mapping, or the import's own")
        }
    }

    func pass(_ limit: Int) throws(ImportProblem) -> Int? {
        // Names that were put before must be remembered.
        if !kind.isFacts { return try next(limit)?.count }
        let start = reader.bytesDone
        var count = 0
        do throws(ImportError) {
            while count < limit, reader.bytesDone - start < Self.sliceBytesMax {
                switch try reader.pass() {
                case .record: count += 1
                case .unfinished: return count
                case .end: return count == 0 ? nil : count
                }
            }
            return count
        } catch {
            throw ImportProblem(error)
        }
    }

    func next(_ limit: Int) throws(ImportProblem) -> [ImportRecord]? {
        var read: [ReadRecord] = []
        var bytes = 0
        let start = reader.bytesDone
        var isAtEnd = false
        do throws(ImportError) {
            reading: while read.count < limit, bytes < Self.sliceBytesMax, reader.bytesDone - start < Self.sliceBytesMax
            {
                switch try reader.next() {
                case nil:
                    isAtEnd = true
                    break reading
                case .unfinished: break reading
                case let record?:
                    bytes += record.bytes
                    read.append(record)
                }
            }
        } catch {
            throw ImportProblem(error)
        }
        if isAtEnd, read.isEmpty { return nil }
        return kind.isFacts ? facts(read) : read.map(master)
    }

    // MARK: - Facts

    private func facts(_ read: [ReadRecord]) -> [ImportRecord] {
        var lines = lines(of: read.compactMap(\.mapped)).makeIterator()
        return read.map { entry in
            guard let record = entry.mapped else { return entry.leftOut }
            guard let next = lines.next(), let line = next else {
                return record.rejected("malformedRecord", "the record is nested too deeply, or has too many values")
            }
            guard kind == .snapshots, record.needsEventID else { return fact(record, line) }
            return fact(record, names.line(line, of: record))
        }
    }

    /// All lines of a slice are one JSON array, so that there is one document and not hundreds. Each may be sound where
    /// all together are not: an array is one level deeper, and values add up. Then each is read alone.
    /// - Returns: one for each record; nil where a record cannot be read even so.
    private func lines(of records: [MappedRecord]) -> [SubmittedLine?] {
        let lines = SubmittedLine.lines(of: array(of: records[...]), codeSystem: codeSystem) {
            records[$0].explained($1.pointer, $1.detail)
        }
        if lines.count == records.count { return lines }
        return records.indices.map { index in
            let alone = SubmittedLine.lines(of: array(of: records[index...index]), codeSystem: codeSystem) {
                records[index].explained($1.pointer, $1.detail)
            }
            return alone.count == 1 ? alone[0] : nil
        }
    }

    private func array(of records: ArraySlice<MappedRecord>) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: records.count * 200)
        writer.array(records) { writer, record in
            if let json = record.json {
                writer.raw(String(decoding: json.raw, as: UTF8.self))
            } else if kind == .snapshots {
                writer.snapshotLine(record, eventID: names.event(of: record).text)
            } else {
                writer.movementLine(record)
            }
        }
        return writer.bytes
    }

    private func fact(_ record: MappedRecord, _ line: SubmittedLine) -> ImportRecord {
        let text = record.json.map { $0.text(of: "source") } ?? record.values["source"] ?? ""
        do throws(IdentifierError) {
            let source = text.isEmpty && self.source != nil ? self.source : try SourceID(text)
            guard let source, source != .holdfast else {
                return record.rejected("badSource", "'holdfast' is the service's own name")
            }
            return ImportRecord(
                line: Int64(record.line), content: .fact(source, line), notes: record.notes, fields: record.raw,
                explain: record.explained)
        } catch {
            return record.rejected("badSource", record.explained("/source", "\(error)"))
        }
    }

    // MARK: - Master data

    private func master(_ entry: ReadRecord) -> ImportRecord {
        guard let record = entry.mapped else { return entry.leftOut }
        let content: ImportRecord.Content
        let key: String
        switch kind {
        case .items:
            guard case .value(let body) = read(record, RecordBody.init(item:), { $0.itemObject($1) }, &problem) else {
                return record.rejected("malformedRecord", problem)
            }
            (content, key) = (.item(body.item, parts: body.parts), body.item.sku.text)
        case .locations:
            guard
                case .value(let location) = read(
                    record, RecordBody.init(location:), { $0.locationObject($1) }, &problem)
            else {
                return record.rejected("malformedRecord", problem)
            }
            (content, key) = (.location(location), location.id.text)
        default:
            let record = record.with("codeSystem", codeSystem?.text)
            guard case .value(let alias) = read(record, RecordBody.init(alias:), { $0.aliasObject($1) }, &problem)
            else {
                return record.rejected("malformedRecord", problem)
            }
            (content, key) = (.alias(alias), "\(alias.codeSystem)\n\(alias.code)")
        }
        guard seen.count >= Self.seenMax || seen.insert(key).inserted else {
            return ImportRecord(
                line: Int64(record.line), content: .skipped(because: "named by an earlier record of the file"),
                fields: [])
        }
        return ImportRecord(
            line: Int64(record.line), content: content, notes: record.notes, fields: record.raw,
            explain: record.explained)
    }

    /// What was wrong with the record that was read last.
    private var problem = ""

    private func read<Value>(
        _ record: MappedRecord, _ body: ([UInt8]) -> RecordBody<Value>,
        _ write: (inout JSONWriter, MappedRecord) -> Void, _ problem: inout String
    ) -> RecordBody<Value> {
        var bytes: [UInt8]
        if let json = record.json {
            bytes = Array(json.raw)
        } else {
            var writer = JSONWriter()
            write(&writer, record)
            bytes = writer.bytes
        }
        let read = body(bytes)
        if case .malformed(let problems) = read {
            problem = problems.map { record.explained($0.pointer, $0.detail) }.joined(separator: "; ")
        }
        return read
    }
}

extension ReadRecord {
    fileprivate var mapped: MappedRecord? {
        if case .record(let record) = self { record } else { nil }
    }

    /// The record's and its values': these may be many times longer.
    fileprivate var bytes: Int {
        guard let mapped else { return 0 }
        return mapped.raw.reduce(0) { $0 + $1.utf8.count } + mapped.values.reduce(0) { $0 + $1.value.utf8.count }
    }

    /// One that is no record to be applied.
    fileprivate var leftOut: ImportRecord {
        switch self {
        case .record(let record): record.rejected("malformedRecord", "")
        case .unfinished: ImportRecord(line: 0, content: .skipped(because: "nothing was read"), fields: [])
        case .skipped(let line, let reason):
            ImportRecord(line: Int64(line), content: .skipped(because: reason), fields: [])
        case .damaged(let line, let problem, let raw):
            ImportRecord(
                line: Int64(line), content: .rejected(code: problem.code, detail: problem.detail, eventID: nil),
                fields: [raw])
        }
    }
}

extension MappedRecord {
    fileprivate func rejected(_ code: String, _ detail: String) -> ImportRecord {
        ImportRecord(
            line: Int64(line), content: .rejected(code: code, detail: detail, eventID: values["eventId"]), fields: raw)
    }

    /// With a value where it has none.
    fileprivate func with(_ name: String, _ value: String?) -> MappedRecord {
        guard let value, values[name, default: ""].isEmpty, json == nil else { return self }
        var record = self
        record.values[name] = value
        return record
    }
}

extension JSONValue {
    fileprivate func text(of name: String) -> String {
        members?.first { $0.name.string == name }?.value.string ?? ""
    }
}
