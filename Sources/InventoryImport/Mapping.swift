import Foundation
import Yams

/// Says how a file's columns become items, locations or movements: a small YAML file. `docs/imports.md` has them all.
package struct Mapping: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case items, locations, movements
    }

    package let kind: Kind
    let fields: [String: [String]]
    let skips: [Skip]
    let timeFormat: String?
    let timeZone: String
    /// Files that the mapping names are looked for beside the data first.
    let folder: String

    /// Leaves records out, and says why, so that they are counted and not lost from sight.
    struct Skip: Sendable {
        let column: String
        let because: String
        let equals: Set<String>
        let listedIn: Listing?
    }

    /// Values of one column of another file, of the records where other columns hold what is asked.
    struct Listing: Sendable {
        /// Names of it: the first that is there is read.
        let files: [String]
        let column: String
        /// Any of these is enough: a column that contains any of its texts.
        let whereContains: [String: [String]]
    }

    private static let knownFields: [Kind: Set<String>] = [
        .items: ["sku", "name", "unit", "status"],
        .locations: ["id", "name", "kind"],
        .movements: [
            "source", "type", "eventId", "sku", "code", "codeSystem", "location", "quantity", "delta", "reason",
            "occurredAt", "reference",
        ],
    ]
    private static let requiredFields: [Kind: Set<String>] = [
        .items: ["sku", "name"], .locations: ["id", "name"],
        .movements: ["source", "type", "eventId", "location"],
    ]

    /// - Throws: `.unreadable` or `.mapping` with what is wrong in the file.
    package init(path: String) throws(ImportError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .unreadable(file: path, why: error.localizedDescription)
        }
        try self.init(yaml: text, folder: URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
    }

    init(yaml: String, folder: String) throws(ImportError) {
        let node: Node?
        do {
            node = try compose(yaml: yaml)
        } catch {
            throw .mapping("it is not YAML")
        }
        guard let root = node?.mapping else { throw .mapping("it must be a map of settings") }
        guard let name = root["kind"]?.string, let kind = Kind(rawValue: name) else {
            throw .mapping("kind must be one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        for key in root.keys.compactMap(\.string) where !["kind", "fields", "skip", "time"].contains(key) {
            throw .mapping("'\(key)' is not known; there are kind, fields, skip and time")
        }
        self.kind = kind
        self.folder = folder
        fields = try Self.fields(root["fields"], of: kind)
        skips = try Self.skips(root["skip"])
        timeFormat = root["time"]?.mapping?["format"]?.string
        timeZone = root["time"]?.mapping?["zone"]?.string ?? "UTC"
        guard TimeZone(identifier: timeZone) != nil else { throw .mapping("time zone '\(timeZone)' is not known") }
    }

    private static func fields(_ node: Node?, of kind: Kind) throws(ImportError) -> [String: [String]] {
        var fields: [String: [String]] = [:]
        for (key, value) in node?.mapping ?? [:] {
            guard let name = key.string, knownFields[kind]?.contains(name) == true else {
                throw .mapping("'\(key.string ?? "?")' is not a field of \(kind.rawValue)")
            }
            let templates = value.sequence.map { $0.compactMap(\.string) } ?? value.string.map { [$0] } ?? []
            guard !templates.isEmpty else { throw .mapping("field '\(name)' must be a text, or a list of texts") }
            fields[name] = templates
        }
        for name in (requiredFields[kind] ?? []).sorted() where fields[name] == nil {
            throw .mapping("\(kind.rawValue) need the field '\(name)'")
        }
        return fields
    }

    private static func listing(_ node: Node?) throws(ImportError) -> Listing? {
        guard let node else { return nil }
        return try Listing(node)
    }

    private static func skips(_ node: Node?) throws(ImportError) -> [Skip] {
        var skips: [Skip] = []
        for entry in node?.sequence ?? [] {
            guard let map = entry.mapping, let column = map["column"]?.string, let because = map["because"]?.string
            else {
                throw .mapping("every entry of skip needs column and because")
            }
            let equals = map["equals"].map { $0.sequence.map { $0.compactMap(\.string) } ?? [$0.string ?? ""] } ?? []
            let listing = try listing(map["listedIn"])
            guard !equals.isEmpty || listing != nil else {
                throw .mapping("the skip of column '\(column)' needs equals or listedIn")
            }
            skips.append(Skip(column: column, because: because, equals: Set(equals), listedIn: listing))
        }
        return skips
    }
}

extension Mapping.Listing {
    fileprivate init(_ node: Node) throws(ImportError) {
        guard let map = node.mapping, let file = map["file"], let column = map["column"]?.string else {
            throw .mapping("listedIn needs file and column")
        }
        let files = file.sequence.map { $0.compactMap(\.string) } ?? file.string.map { [$0] } ?? []
        var contains: [String: [String]] = [:]
        for (key, value) in map["whereContains"]?.mapping ?? [:] {
            guard let name = key.string else { throw .mapping("whereContains must map columns to texts") }
            contains[name] = value.sequence.map { $0.compactMap(\.string) } ?? value.string.map { [$0] } ?? []
        }
        self.init(files: files, column: column, whereContains: contains)
    }
}
