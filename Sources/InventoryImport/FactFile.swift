import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// The records of a file of facts, or of book figures.
final class FactFile: ImportRecords {
    /// Bytes of records that are in memory together, and the last one's.
    private static let sliceBytesMax = 2 << 20

    private let opened: OpenFile
    private var reader: RecordReader
    private let kind: ImportKind
    private let source: SourceID?
    private let codeSystem: CodeSystem?
    private let names: RecordNames
    /// What figures are of that name no instant.
    private let arrivedAt: Timestamp?
    /// Rows that cannot be read, once the whole file was passed over; of kinds whose rows add up.
    private(set) var unread: [UnreadRow] = []
    /// More than that are remembered of no file.
    private static let unreadMax = 1_000_000
    private var isLooking = true

    init(_ opened: OpenFile) throws(ImportError) {
        self.opened = opened
        reader = try opened.reader()
        let file = opened.file
        kind = file.order.kind
        source = file.order.source
        codeSystem = file.order.codeSystem
        arrivedAt = file.receipt?.reading
        names = RecordNames(file)
        if source == nil, !reader.mapping.has("source") {
            throw .mapping("\(kind.rawValue) need a source: a field of the mapping, or the import's own")
        }
    }

    func rewind() throws(ImportProblem) {
        isLooking = false
        do throws(ImportError) { reader = try opened.reader() } catch { throw ImportProblem(error) }
    }

    func pass(_ limit: Int) throws(ImportProblem) -> Int? {
        if kind.addsUp, isLooking { return try readThrough(limit) }
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

    /// Rows of one item add up, so one that cannot be read takes the others with it. Which those are has to be known before
    /// the first is applied.
    private func readThrough(_ limit: Int) throws(ImportProblem) -> Int? {
        guard let read = try slice(limit) else { return nil }
        let records = read.compactMap(\.mapped)
        for (record, isSound) in zip(records, areSound(records)) where !isSound {
            guard let row = unreadRow(record) else { continue }
            guard unread.count < Self.unreadMax else {
                throw ImportProblem(
                    code: "tooManyRows",
                    detail: "more than \(Self.unreadMax) rows cannot be read; mend the file, or its mapping, first")
            }
            unread.append(row)
        }
        return read.count
    }

    private func areSound(_ records: [MappedRecord]) -> [Bool] {
        if kind.isCounts { return lines(of: records).map { if case .fact? = $0?.content { true } else { false } } }
        return records.map { if case .figure = figure(.record($0)).content { true } else { false } }
    }

    /// Whatever a row says of which item it is of, although it cannot be read; nil where that is too little.
    private func unreadRow(_ record: MappedRecord) -> UnreadRow? {
        // One with an event id of its own adds up with nothing.
        guard record.needsEventID else { return nil }
        func text(_ field: String) -> String { (record.values[field] ?? "").trimmedBlanks }
        let named = text("source")
        let system = (try? CodeSystem(text("codeSystem"))) ?? codeSystem
        let items =
            [(try? SKU(naming: text("sku"))).map(ItemReference.sku)]
            + [(try? Code(text("code"))).map { .code(system: system, $0) }]
        let places =
            [(try? LocationID(naming: text("location"))).map(LocationReference.id)]
            + [(try? Code(text("locationCode"))).map { .code(system: system, $0) }]
        guard let source = named.isEmpty ? source : try? SourceID(named) else { return nil }
        let stated = text("asOf")
        let isRefused = record.refusals["asOf"] != nil
        return UnreadRow(
            line: Int64(record.line), source: source, items: items.compactMap(\.self),
            places: places.compactMap(\.self),
            asOf: stated.isEmpty ? arrivedAt : isRefused ? nil : Timestamp(rfc3339: stated))
    }

    func next(_ limit: Int) throws(ImportProblem) -> [ImportRecord]? {
        guard let read = try slice(limit) else { return nil }
        return kind.isFacts ? facts(read) : read.map(figure)
    }

    /// - Returns: nil at the end.
    private func slice(_ limit: Int) throws(ImportProblem) -> [ReadRecord]? {
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
        return isAtEnd && read.isEmpty ? nil : read
    }

    // MARK: - Facts

    private func facts(_ read: [ReadRecord]) -> [ImportRecord] {
        var lines = lines(of: read.compactMap(\.mapped)).makeIterator()
        return read.map { entry in
            guard let record = entry.mapped else { return entry.leftOut }
            guard let next = lines.next(), let line = next else {
                return record.rejected("malformedRecord", "the record is nested too deeply, or has too many values")
            }
            guard kind.isCounts, record.needsEventID else { return fact(record, line) }
            return fact(record, names.line(line, of: record), eventAt: names.eventByID(of: record))
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
            } else if kind.isCounts {
                writer.snapshotLine(record, eventID: names.event(of: record).text)
            } else {
                writer.movementLine(record)
            }
        }
        return writer.bytes
    }

    private func fact(
        _ record: MappedRecord, _ line: SubmittedLine, eventAt: (@Sendable (LocationID) -> EventID)? = nil
    ) -> ImportRecord {
        let text = record.json.map { $0.text(of: "source") } ?? record.values["source"] ?? ""
        do throws(IdentifierError) {
            let source = text.isEmpty && self.source != nil ? self.source : try SourceID(text)
            guard let source, source != .holdfast else {
                return record.rejected("badSource", "'holdfast' is the service's own name")
            }
            return ImportRecord(
                line: Int64(record.line), content: .fact(source, line), notes: record.notes, fields: record.raw,
                eventAt: eventAt, explain: record.explained)
        } catch {
            return record.rejected("badSource", record.explained("/source", "\(error)"))
        }
    }

    // MARK: - Book figures

    private func figure(_ entry: ReadRecord) -> ImportRecord {
        guard let record = entry.mapped else { return entry.leftOut }
        let given = record.with("source", source?.text).with("codeSystem", codeSystem?.text)
        switch given.read({ RecordBody(figure: $0, asOf: arrivedAt) }, { $0.object($1, of: kind) }) {
        case .malformed(let problem): return record.rejected("malformedRecord", problem)
        case .value(let figure):
            return ImportRecord(
                line: Int64(record.line), content: .figure(figure), notes: record.notes, fields: record.raw,
                explain: record.explained)
        }
    }

    func event(of place: FigurePlace) -> EventID { names.event(of: place) }

    /// What facts name is resolved when they are judged.
    var unknownCodes: [ItemReference] { [] }
    func know(_ skus: [ItemReference: SKU]) {}
}

extension JSONValue {
    fileprivate func text(of name: String) -> String {
        members?.first { $0.name.string == name }?.value.string ?? ""
    }
}
