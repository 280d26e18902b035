import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// The records of a file of things that have names. What names one thing twice is known after a look at the whole of the
/// file: rows that say the same are one, those that do not are a conflict, and none of them is applied.
final class MasterFile: ImportRecords {
    /// Names that are remembered; what comes behind so many is put as it stands.
    private static let namesMax = 1_000_000
    /// Rows that are one thing with others, and so are all in memory.
    private static let joinedRowsMax = 200_000
    /// Bytes of records that are in memory together, and the last one's.
    private static let sliceBytesMax = 2 << 20

    private let opened: OpenFile
    private var reader: RecordReader
    private let kind: ImportKind
    private var names = NamedRecords(namesMax: namesMax)
    /// Things made of several rows, once all are read; nil before.
    private var joined: JoinedRecords.Taken?
    private var joining: JoinedRecords
    /// What codes of items mean that rules are about.
    private var skus: [ItemReference: SKU] = [:]
    /// Rows passed over last, whose codes may have to be known first.
    private var held: [MasterRow] = []

    init(_ opened: OpenFile) throws(ImportError) {
        self.opened = opened
        reader = try opened.reader()
        kind = opened.kind
        joining = JoinedRecords(rowsMax: Self.joinedRowsMax)
        if kind == .aliases || kind == .locationAliases, opened.file.order.codeSystem == nil,
            !reader.mapping.has("codeSystem")
        {
            throw .mapping("\(kind.rawValue) need a codeSystem: a field of the mapping, or the import's own")
        }
    }

    /// Nothing here is of an instant.
    func event(of place: FigurePlace) -> EventID { EventID(stored: "\(kind.rawValue)/\(place.location)") }

    /// Nothing here adds up.
    var unread: [UnreadRow] { [] }

    var unknownCodes: [ItemReference] {
        let room = max(0, Self.namesMax - skus.count)
        return Array(Set(held.compactMap(\.codeOfRule)).filter { skus[$0] == nil }.prefix(room))
    }

    func know(_ skus: [ItemReference: SKU]) {
        self.skus.merge(skus) { _, new in new }
        settle()
    }

    private func settle() {
        for row in held { _ = named(row.knowing(skus)) }
        held = []
    }

    func rewind() throws(ImportProblem) {
        settle()
        names.endLook()
        if joined != nil {
            joined?.rewind()
            return
        }
        do throws(ImportError) { reader = try opened.reader() } catch { throw ImportProblem(error) }
    }

    func pass(_ limit: Int) throws(ImportProblem) -> Int? {
        if kind.isRule {
            settle()
            guard let rows = try read(limit) else { return nil }
            held = rows.map { MasterRow($0, kind, opened) }
            return rows.count
        }
        return try next(limit).map { $0.reduce(0) { $0 + $1.rows } }
    }

    func next(_ limit: Int) throws(ImportProblem) -> [ImportRecord]? {
        guard kind.joinsRows else { return try read(limit)?.map { named(MasterRow($0, kind, opened).knowing(skus)) } }
        if joined == nil {
            // None, although there are more: all rows have to be there first.
            guard let rows = try read(limit) else {
                joined = joining.taken()
                return []
            }
            for row in rows { try joining.add(MasterRow(row, kind, opened)) }
            return []
        }
        return joined?.next(limit)
    }

    private func read(_ limit: Int) throws(ImportProblem) -> [ReadRecord]? {
        var read: [ReadRecord] = []
        var bytes = 0
        let start = reader.bytesDone
        do throws(ImportError) {
            while read.count < limit, bytes < Self.sliceBytesMax, reader.bytesDone - start < Self.sliceBytesMax {
                guard let record = try reader.next() else { return read.isEmpty ? nil : read }
                if case .unfinished = record { return read }
                bytes += record.bytes
                read.append(record)
            }
            return read
        } catch {
            throw ImportProblem(error)
        }
    }

    /// As it is to be applied, by what the look at the whole file has found.
    private func named(_ row: MasterRow) -> ImportRecord {
        guard case .thing(let content, let key, let digest) = row.reading else { return row.record }
        let line = Int64(row.line)
        switch names.standing(of: key, saying: digest, at: line, isFirstEnough: reader.mapping.repeated == .first) {
        case .alone: return row.record(content)
        case .repeats(let first):
            return ImportRecord(
                line: line, content: .skipped(because: "named by an earlier record of the file"), fields: [],
                explain: { "\($0) \($1), as in line \(first)" })
        case .conflict(let lines):
            return row.record(.conflict(Self.words(lines, key)))
        }
    }

    static func words(_ lines: [Int64], _ key: String) -> String {
        let places = lines.map(String.init).joined(separator: ", ")
        return "lines \(places) say different things of '\(key.replacing("\n", with: " "))': none of them was applied; "
            + "mend the file, or write repeated: first in the mapping"
    }
}

/// A row of such a file: what it is of, by which name, and a measure of what it says.
struct MasterRow {
    enum Reading {
        case thing(ImportRecord.Content, key: String, digest: Int)
        /// Nothing that is applied. Its name is known where that much can be read.
        case leftOut(ImportRecord, key: String?)
    }

    let line: Int
    private(set) var reading: Reading
    private let mapped: MappedRecord?

    init(_ entry: ReadRecord, _ kind: ImportKind, _ opened: OpenFile) {
        guard let mapped = entry.mapped else {
            let record = entry.leftOut
            (line, reading, self.mapped) = (Int(record.line), .leftOut(record, key: nil), nil)
            return
        }
        (line, self.mapped) = (mapped.line, mapped)
        var given = mapped
        // A source's code system is a property of it, and not that of a code in its row.
        if kind != .sources, kind.fieldNames.contains("codeSystem") {
            given = given.with("codeSystem", opened.file.order.codeSystem?.text)
        }
        let name = given.values[kind == .transfers ? "reference" : "id"] ?? ""
        let named = name.isEmpty ? nil : name
        if let (field, trouble) = given.namePlaces(of: kind, by: opened.file) {
            let detail = mapped.explained("/\(field)", trouble)
            reading = .leftOut(mapped.rejected("unknownLocationCode", detail), key: named)
            return
        }
        if let json = given.json {
            do throws(JSONLineNames.Refusal) {
                given.json = try JSONLineNames(kind: kind, file: opened.file).completed(json)
            } catch {
                let detail = mapped.explained(error.pointer, error.why)
                reading = .leftOut(mapped.rejected("unknownLocationCode", detail), key: named)
                return
            }
        }
        switch Self.content(of: given, kind) {
        case .value((let content, let key)):
            var hasher = Hasher()
            content.hash(into: &hasher)
            reading = .thing(content, key: key, digest: hasher.finalize())
        case .malformed(let problem):
            reading = .leftOut(mapped.rejected("malformedRecord", problem), key: named)
        }
    }

    /// The same row, which says something else.
    func saying(_ content: ImportRecord.Content, key: String) -> MasterRow {
        var row = self
        var hasher = Hasher()
        content.hash(into: &hasher)
        row.reading = .thing(content, key: key, digest: hasher.finalize())
        return row
    }

    /// As a record of its own, applied as what it says.
    var record: ImportRecord {
        switch reading {
        case .thing(let content, _, _): record(content)
        case .leftOut(let record, _): record
        }
    }

    /// - Parameter elements: of what several rows are together.
    func record(
        _ content: ImportRecord.Content, rows: Int = 1, elements: [String: ImportRecord.Element] = [:]
    ) -> ImportRecord {
        guard let mapped else { return record }
        return ImportRecord(
            line: Int64(line), content: content, rows: rows, notes: mapped.notes,
            named: content.keepsUnnamed ? mapped.named : [], fields: mapped.raw, elements: elements,
            explain: mapped.explained)
    }

    private static func content(
        of record: MappedRecord, _ kind: ImportKind
    ) -> RecordReading<(ImportRecord.Content, key: String)> {
        func read<Value>(
            _ body: ([UInt8]) -> RecordBody<Value>, _ content: (Value) -> (ImportRecord.Content, key: String)
        ) -> RecordReading<(ImportRecord.Content, key: String)> {
            switch record.read(body, { $0.object($1, of: kind) }) {
            case .value(let value): .value(content(value))
            case .malformed(let problem): .malformed(problem)
            }
        }
        switch kind {
        case .items:
            return read(RecordBody<ItemBody>.init(item:)) { (.item($0.listed, parts: $0.parts), $0.item.sku.text) }
        case .locations: return read(RecordBody<Location>.init(location:)) { (.location($0), $0.id.text) }
        case .aliases:
            return read(RecordBody<Alias>.init(alias:)) { (.alias($0), "\($0.codeSystem)\n\($0.code)") }
        case .locationAliases:
            return read(RecordBody<LocationAlias>.init(locationAlias:)) {
                (.locationAlias($0), "\($0.codeSystem)\n\($0.code)")
            }
        case .locationGroups: return read(RecordBody<LocationGroup>.init(group:)) { (.locationGroup($0), $0.id.text) }
        case .sources: return read(RecordBody<Source>.init(source:)) { (.source($0), $0.id.text) }
        case .expectedSupply:
            return read(RecordBody<SupplyBody>.init(supply:)) {
                (.supply($0.supply, of: $0.item), $0.supply.id.text)
            }
        case .transfers:
            return read(RecordBody<NewTransfer>.init(transfer:)) { (.transfer($0), $0.reference?.text ?? "") }
        case .safetyStockRules, .thresholds, .ringFences, .saleRestrictions:
            guard let rule = kind.stockRule else { preconditionFailure("a rule is of some kind") }
            return read({ RecordBody<StockRuleBody>(rule: $0, rule) }) {
                (.stockRule($0.rule, about: $0.item), $0.rule.id.text)
            }
        case .counts, .snapshots, .bookFigures, .movements:
            preconditionFailure("facts and figures have no names")
        }
    }
}

extension MappedRecord {
    /// Puts ids where it has codes of locations: things with names are kept by ids.
    /// - Returns: the field of a code that cannot be used, and why.
    fileprivate mutating func namePlaces(of kind: ImportKind, by file: ImportFile) -> (field: String, why: String)? {
        for field in kind.placeFields {
            guard let code = values.removeValue(forKey: "\(field)Code"), !code.isEmpty else { continue }
            guard values[field, default: ""].isEmpty else {
                return ("\(field)Code", "and \(field) are both given; give one of them")
            }
            guard let system = values["codeSystem"].flatMap({ $0.isEmpty ? nil : $0 }) ?? file.order.codeSystem?.text
            else { return ("\(field)Code", "is of no code system: name it in the mapping, or beside the file") }
            guard let place = file.location(system, code) else {
                return (
                    "\(field)Code", "is mapped to no location in code system '\(system)'; add a location alias first"
                )
            }
            values[field] = place.text
        }
        // Beside what no code is left of, it says nothing.
        if values["code", default: ""].isEmpty, kind != .aliases, kind != .locationAliases, kind != .sources {
            values["codeSystem"] = nil
        }
        return nil
    }
}

extension ImportRecord.Content {
    /// What it says of the thing that it names.
    fileprivate func hash(into hasher: inout Hasher) {
        switch self {
        case .item(let item, let parts):
            hasher.combine(item)
            hasher.combine(parts)
        case .location(let location): hasher.combine(location)
        case .alias(let alias): hasher.combine(alias)
        case .locationAlias(let alias): hasher.combine(alias)
        case .locationGroup(let group): hasher.combine(group)
        case .source(let source): hasher.combine(source)
        case .stockRule(let rule, let item):
            hasher.combine(rule)
            hasher.combine(item)
        case .supply(let supply, let item):
            hasher.combine(supply)
            hasher.combine(item)
        case .transfer, .fact, .figure, .skipped, .rejected, .conflict: break
        }
    }
}
