import Inventory
import InventoryService

/// Rows of a file that are one thing together: members of a group or of a source, lines of a transfer.
struct JoinedRecords {
    fileprivate struct Thing {
        let first: MasterRow
        var content: ImportRecord.Content
        var rows = 1
        var lines: [Int64]
        /// The row of each element of its list, and the element's place in it.
        var elements: [(row: MasterRow, place: Int)]
        /// Why none of it is applied.
        var trouble: Trouble?
    }

    fileprivate enum Trouble {
        case conflict
        case unreadable(String)
    }

    /// Lines that a conflict names.
    private static let linesMax = 10

    private let rowsMax: Int
    private var rows = 0
    private var things: [Thing] = []
    private var places: [String: Int] = [:]
    private var others: [ImportRecord] = []

    init(rowsMax: Int) { self.rowsMax = rowsMax }

    mutating func add(_ row: MasterRow) throws(ImportProblem) {
        rows += 1
        guard rows <= rowsMax else {
            throw ImportProblem(
                code: "tooManyRows",
                detail:
                    "rows of such a file are one thing together, so it may have \(rowsMax) of them; send it in parts")
        }
        switch row.reading {
        case .leftOut(let record, let key):
            // Of what it is a row of, nothing is applied without it.
            if let key, let place = places[key] {
                things[place].trouble = things[place].trouble ?? .unreadable("line \(row.line) of it cannot be read")
            }
            others.append(record)
            if let key { unreadable[key] = row.line }
        case .thing(let content, let key, _):
            if let place = places[key] {
                join(content, of: row, to: place)
            } else {
                places[key] = things.count
                things.append(
                    Thing(
                        first: row, content: content, lines: [Int64(row.line)],
                        elements: (0..<content.elementCount).map { (row, $0) }))
                if let line = unreadable[key] {
                    things[things.count - 1].trouble = .unreadable("line \(line) of it cannot be read")
                }
            }
        }
    }

    /// Rows that cannot be read, by the name of what they are of.
    private var unreadable: [String: Int] = [:]

    private mutating func join(_ content: ImportRecord.Content, of row: MasterRow, to place: Int) {
        things[place].rows += 1
        things[place].elements += (0..<content.elementCount).map { (row, $0) }
        switch (things[place].content, content) {
        case (.locationGroup(var group), .locationGroup(let more))
        where group.name == more.name && group.channel == more.channel:
            group.locations += more.locations
            things[place].content = .locationGroup(group)
        case (.source(var source), .source(let more))
        where source.name == more.name && source.codeSystem == more.codeSystem && source.authority == more.authority:
            source.locations += more.locations
            things[place].content = .source(source)
        case (.transfer(var transfer), .transfer(let more)) where transfer.hasEnds(of: more):
            transfer.append(more.lines)
            things[place].content = .transfer(transfer)
        default:
            things[place].trouble = .conflict
            if things[place].lines.count < Self.linesMax { things[place].lines.append(Int64(row.line)) }
        }
    }

    /// All of them, in the order of their first rows.
    func taken() -> Taken {
        let made = things.map { thing -> ImportRecord in
            let key = thing.content.key
            return switch thing.trouble {
            case .conflict: thing.first.record(.conflict(MasterFile.words(thing.lines, key)), rows: thing.rows)
            case .unreadable(let why):
                thing.first.record(
                    .rejected(code: "incomplete", detail: "'\(key)' was left as it is: \(why)", eventID: nil),
                    rows: thing.rows)
            case nil:
                if let problem = thing.content.tooLarge {
                    thing.first.record(
                        .rejected(code: "malformedRecord", detail: problem, eventID: nil), rows: thing.rows)
                } else {
                    thing.whole
                }
            }
        }
        return Taken(records: (made + others).sorted { $0.line < $1.line })
    }

    struct Taken {
        fileprivate let records: [ImportRecord]
        private var place = 0

        fileprivate init(records: [ImportRecord]) { self.records = records }

        mutating func rewind() { place = 0 }

        /// - Returns: things of at most `limit` rows together, at least one; nil at the end.
        mutating func next(_ limit: Int) -> [ImportRecord]? {
            guard place < records.count else { return nil }
            var rows = 0
            let start = place
            while place < records.count, place == start || rows + records[place].rows <= limit {
                rows += records[place].rows
                place += 1
            }
            return Array(records[start..<place])
        }
    }
}

extension NewTransfer {
    fileprivate func hasEnds(of other: NewTransfer) -> Bool {
        from == other.from && to == other.to && reserves == other.reserves && expectedAt == other.expectedAt
    }

    /// Each row numbers its line 1.
    fileprivate mutating func append(_ more: [Line]) {
        for line in more {
            var line = line
            line.id = LineID(stored: "\(lines.count + 1)")
            line.pointer = "/lines/\(lines.count)"
            lines.append(line)
        }
    }
}

extension JoinedRecords.Thing {
    /// All of it, with the row of each element. A member that is named twice is one, of its first row.
    fileprivate var whole: ImportRecord {
        func members(_ locations: [LocationID]) -> ([LocationID], [(row: MasterRow, place: Int)]) {
            var seen: Set<LocationID> = []
            let kept = locations.indices.filter { seen.insert(locations[$0]).inserted }
            return (kept.map { locations[$0] }, kept.map { elements[$0] })
        }
        switch content {
        case .locationGroup(var group):
            let kept: [(row: MasterRow, place: Int)]
            (group.locations, kept) = members(group.locations)
            return record(.locationGroup(group), "locations", kept)
        case .source(var source):
            let kept: [(row: MasterRow, place: Int)]
            (source.locations, kept) = members(source.locations)
            return record(.source(source), "locations", kept)
        default: return record(content, "lines", elements)
        }
    }

    private func record(
        _ content: ImportRecord.Content, _ list: String, _ elements: [(row: MasterRow, place: Int)]
    ) -> ImportRecord {
        var found: [String: ImportRecord.Element] = [:]
        for (index, element) in elements.enumerated() {
            found["/\(list)/\(index)"] = .init(record: element.row.record, pointer: "/\(list)/\(element.place)")
        }
        return first.record(content, rows: rows, elements: found)
    }
}

extension ImportRecord.Content {
    /// Of the list that rows are joined into.
    fileprivate var elementCount: Int {
        switch self {
        case .locationGroup(let group): group.locations.count
        case .source(let source): source.locations.count
        case .transfer(let transfer): transfer.lines.count
        default: 0
        }
    }

    fileprivate var key: String {
        switch self {
        case .locationGroup(let group): group.id.text
        case .source(let source): source.id.text
        case .transfer(let transfer): transfer.reference?.text ?? ""
        default: ""
        }
    }

    fileprivate var tooLarge: String? {
        switch self {
        case .locationGroup(let group) where group.locations.count > LocationGroup.locationsMax:
            "a group has at most \(LocationGroup.locationsMax) locations"
        case .source(let source) where source.locations.count > Source.locationsMax:
            "a source has at most \(Source.locationsMax) locations"
        case .transfer(let transfer) where transfer.lines.count > Transfer.linesMax:
            "a transfer has at most \(Transfer.linesMax) lines; give its parts references of their own"
        default: nil
        }
    }
}
