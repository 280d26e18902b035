import Foundation
package import InventoryService
import InventoryWire
import Yams

/// Says how a file's columns become items, locations, aliases or facts: a small YAML file. `docs/imports.md` has it all.
package struct Mapping: Sendable {
    package typealias Kind = ImportKind
    package typealias Format = ImportFormat

    package let kind: Kind
    /// Nil: told by the content.
    let format: Format?
    let encoding: TextEncoding
    let delimiter: UInt8
    /// What a record can become; the first whose conditions hold.
    let cases: [Case]
    let skips: [Skip]
    /// By field, what stands for an empty cell.
    let defaults: [String: String]
    /// By field, what the file's texts stand for.
    let values: [String: [String: String]]
    let timeFormat: String?
    let timeZone: String
    /// Of records that name one thing and say different things of it.
    let repeated: Repeated
    /// Files that the mapping names are looked for beside the data first; nil where none may be read.
    let folder: String?

    enum Repeated: String, Sendable, CaseIterable {
        /// None is applied, and the report names them.
        case conflict
        /// The first counts, and the others are left out.
        case first
    }

    struct Case: Sendable {
        /// All of them hold; empty: always.
        let conditions: [Condition]
        /// By field; of several texts the first whose columns hold something.
        let fields: [String: [String]]
        /// How the numbers of these fields, and of all conditions, are written.
        let numbers: NumberFormat
    }

    /// Leaves records out, and says why, so that they are counted and not lost from sight.
    struct Skip: Sendable {
        let conditions: [Condition]
        let numbers: NumberFormat
        let listing: (column: String, Listing)?
        let because: String
    }

    /// Values of one column of another file, of the records where other columns hold what is asked.
    struct Listing: Sendable {
        /// Names of it: the first that is there is read.
        let files: [String]
        let column: String
        /// Any of these is enough: a column that contains any of its texts.
        let whereContains: [String: [String]]
    }

    /// Cases, entries of skip, and conditions of each, at most.
    private static let entriesMax = 100

    /// - Throws: `.unreadable` or `.mapping` with what is wrong in the file.
    package init(path: String) throws(ImportError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .unreadable(file: path, why: FileTrouble.words(error, reading: path))
        }
        try self.init(
            yaml: text, folder: URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
    }

    /// - Parameter folder: where files that it names may be; nil where it may name none.
    /// - Throws: `.mapping` with what is wrong in it.
    package init(yaml: String, folder: String?) throws(ImportError) {
        guard let root = try MappingText.root(yaml)?.mapping else { throw .mapping("it must be a map of settings") }
        guard let name = root["kind"]?.string, let kind = Kind(rawValue: name) else {
            throw .mapping("kind must be one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let known = [
            "kind", "format", "encoding", "delimiter", "fields", "cases", "skip", "time", "numbers", "defaults",
            "values", "repeated",
        ]
        for key in root.keys.compactMap(\.string) where !known.contains(key) {
            throw .mapping("'\(key)' is not known; there are \(known.joined(separator: ", "))")
        }
        self.kind = kind
        self.folder = folder
        format = try Self.choice(root["format"], "format")
        encoding = try Self.choice(root["encoding"], "encoding") ?? .utf8
        if format == .ndjson, encoding != .utf8 { throw .mapping("NDJSON is UTF-8; leave encoding out") }
        delimiter = try Self.delimiter(root["delimiter"])
        let numbers = try Self.numbers(root["numbers"])
        cases = try Self.cases(root["cases"], common: Self.fields(root["fields"], of: kind), numbers, of: kind)
        skips = try Self.skips(root["skip"], numbers)
        defaults = try Self.defaults(root["defaults"], of: kind)
        values = try Self.values(root["values"], of: kind)
        repeated = try Self.choice(root["repeated"], "repeated") ?? .conflict
        if root["repeated"] != nil, !kind.isMaster {
            throw .mapping("repeated is for things that have names; records of \(kind.rawValue) add up")
        }
        if folder == nil, skips.contains(where: { $0.listing != nil }) {
            throw .mapping("listedIn reads another file, which only holdfast import can; leave it out here")
        }
        timeFormat = root["time"]?.mapping?["format"]?.string
        timeZone = root["time"]?.mapping?["zone"]?.string ?? "UTC"
        guard TimeZoneNames.isKnown(timeZone) else { throw .mapping("time zone '\(timeZone)' is not known") }
        guard columns.count <= Self.columnsMax else { throw .mapping("it names more than \(Self.columnsMax) columns") }
    }

    /// The fields by their own names, those that a file has.
    init(fieldsOf kind: Kind, columns: [String], format: Format) throws(ImportError) {
        let fields = kind.fieldNames.intersection(columns)
        if format == .csv {
            if let name = kind.missing(in: fields) { throw .missingColumn(name, has: columns.filter { !$0.isEmpty }) }
            // In facts, what is not known is passed over: a till's upgrade must not stop its sales.
            if kind.isMaster,
                let unknown = columns.first(where: { !$0.isEmpty && !fields.contains($0) })
            {
                throw .unknownColumn(unknown, kind: kind.rawValue)
            }
        }
        self.kind = kind
        self.format = format
        encoding = .utf8
        delimiter = UInt8(ascii: ",")
        cases = [
            Case(
                conditions: [], fields: Dictionary(uniqueKeysWithValues: fields.map { ($0, ["{\($0)}"]) }),
                numbers: NumberFormat())
        ]
        skips = []
        defaults = [:]
        values = [:]
        repeated = .conflict
        timeFormat = nil
        timeZone = "UTC"
        folder = nil
    }

    /// Every column that it names, in no order.
    var columns: Set<String> {
        var columns: Set<String> = []
        for entry in cases {
            for text in entry.fields.values.joined() {
                for case .column(let name, _) in (try? Template.pieces(text)) ?? [] { columns.insert(name) }
            }
            columns.formUnion(entry.conditions.map(\.column))
        }
        for skip in skips {
            columns.formUnion(skip.conditions.map(\.column))
            if let listing = skip.listing { columns.insert(listing.column) }
        }
        return columns
    }

    private static let columnsMax = 1_000

    func has(_ field: String) -> Bool { cases.allSatisfy { $0.fields[field] != nil } }
}

extension Mapping {
    private static func choice<T: RawRepresentable<String> & CaseIterable>(
        _ node: Node?, _ name: String
    ) throws(ImportError) -> T? {
        guard let node else { return nil }
        guard let choice = node.string.flatMap({ T(rawValue: $0.lowercased()) }) else {
            throw .mapping("\(name) must be one of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    private static func delimiter(_ node: Node?) throws(ImportError) -> UInt8 {
        switch node?.string {
        case nil where node == nil, ",": UInt8(ascii: ",")
        case ";": UInt8(ascii: ";")
        case "|": UInt8(ascii: "|")
        case "\t", "tab": 0x09
        default: throw .mapping("delimiter must be ',', ';', '|' or tab")
        }
    }

    private static func fields(_ node: Node?, of kind: Kind) throws(ImportError) -> [String: [String]] {
        var fields: [String: [String]] = [:]
        for (key, value) in node?.mapping ?? [:] {
            guard let name = key.string, kind.fieldNames.contains(name) else {
                throw .mapping("'\(key.string ?? "?")' is not a field of \(kind.rawValue)")
            }
            let texts = value.texts
            guard !texts.isEmpty else { throw .mapping("field '\(name)' must be a text, or a list of texts") }
            for text in texts { _ = try Template.pieces(text) }
            fields[name] = texts
        }
        return fields
    }

    private static func cases(
        _ node: Node?, common: [String: [String]], _ numbers: NumberFormat, of kind: Kind
    ) throws(ImportError) -> [Case] {
        var cases: [Case] = []
        let entries = node?.sequence.map(Array.init) ?? []
        if node != nil, entries.isEmpty { throw .mapping("cases must be a list") }
        guard entries.count <= entriesMax else { throw .mapping("there may be \(entriesMax) cases") }
        for (index, entry) in entries.enumerated() {
            guard let map = entry.mapping, map["fields"]?.mapping != nil else {
                throw .mapping("every entry of cases needs fields")
            }
            for key in map.keys.compactMap(\.string) where !["when", "fields", "numbers"].contains(key) {
                throw .mapping("'\(key)' is not known in cases; there are when, fields and numbers")
            }
            let conditions = try Condition.all(map["when"])
            if conditions.isEmpty, index < entries.count - 1 {
                throw .mapping("only the last of the cases may be without when: those behind it would never be taken")
            }
            cases.append(
                Case(
                    conditions: conditions, fields: common.merging(try fields(map["fields"], of: kind)) { $1 },
                    numbers: try Self.numbers(map["numbers"], over: numbers)))
        }
        if cases.isEmpty { cases = [Case(conditions: [], fields: common, numbers: numbers)] }
        for entry in cases {
            if let name = kind.missing(in: Set(entry.fields.keys)) {
                throw .mapping("\(kind.rawValue) need the field '\(name)'")
            }
        }
        return cases
    }

    private static func skips(_ node: Node?, _ numbers: NumberFormat) throws(ImportError) -> [Skip] {
        let entries = node?.sequence.map(Array.init) ?? []
        guard entries.count <= entriesMax else { throw .mapping("skip may have \(entriesMax) entries") }
        var skips: [Skip] = []
        for entry in entries {
            guard let map = entry.mapping, let because = map["because"]?.string, !because.isEmpty else {
                throw .mapping("every entry of skip needs because, and column or when")
            }
            var conditions = try Condition.all(map["when"])
            var listing: (column: String, Listing)?
            if let column = map["column"]?.string?.trimmedBlanks {
                conditions += try Condition.of(column, map, besides: ["column", "because", "listedIn", "when"])
                if let node = map["listedIn"] { listing = (column, try Listing(node)) }
            }
            guard !conditions.isEmpty || listing != nil else {
                throw .mapping("the entry of skip because '\(because)' names no column")
            }
            skips.append(Skip(conditions: conditions, numbers: numbers, listing: listing, because: because))
        }
        return skips
    }
}

extension Mapping.Listing {
    fileprivate init(_ node: Node) throws(ImportError) {
        guard let map = node.mapping, let file = map["file"], let column = map["column"]?.string else {
            throw .mapping("listedIn needs file and column")
        }
        var contains: [String: [String]] = [:]
        for (key, value) in map["whereContains"]?.mapping ?? [:] {
            guard let name = key.string else { throw .mapping("whereContains must map columns to texts") }
            contains[name] = value.texts
        }
        self.init(files: file.texts, column: column, whereContains: contains)
    }
}

extension Node {
    /// A text, or those of a list.
    var texts: [String] { sequence.map { $0.compactMap(\.string) } ?? string.map { [$0] } ?? [] }
}
