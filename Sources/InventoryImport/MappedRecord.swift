package import StrictJSON

/// A record by the names that its mapping gives, ready to be parsed.
package struct MappedRecord: Sendable {
    package let line: Int
    /// 1 for the first record of the file, the header not counted.
    package let number: Int
    package var values: [String: String]
    /// The record as it stands in the file, for whoever has to repair it.
    package let raw: [String]
    /// A JSON line that needs no mapping.
    package var json: JSONValue?
    /// What a filter could not read.
    package var notes: [String] = []
    /// By field, why its text cannot be read; the text stands in `values` as the file has it.
    package var refusals: [String: String] = [:]
    /// Where the values come from; nil where they are the API's own JSON.
    var origin: Origin?

    struct Origin: Sendable {
        let fields: FieldOrigins
        /// The record's columns.
        let cells: [String]
    }

    /// Bytes of a value that a report quotes.
    private static let shownMax = 50

    /// The field in the file's words: its column and what stands there.
    /// - Returns: nil where the file's words are the API's.
    func words(for field: String) -> String? {
        guard let origin else { return nil }
        let found = origin.fields.column(of: field, in: origin.cells)
        let value = found.map { origin.cells[$0.place] } ?? values[field] ?? ""
        let scalars = value.unicodeScalars
        let shown = String(String.UnicodeScalarView(scalars.prefix(Self.shownMax)))
        let quoted = "'\(shown)'" + (scalars.count > Self.shownMax ? " and more" : "")
        guard let found else { return "field '\(field)', value \(quoted)" }
        let name = found.name == field ? "column '\(field)'" : "column '\(found.name)' (\(field))"
        return "\(name), value \(quoted)"
    }

    /// What is wrong with a field, for whoever has only the file and the mapping before them.
    /// - Parameters:
    ///   - pointer: as the API has it, such as `/quantity`.
    ///   - detail: said of the field by the API.
    func explained(_ pointer: String, _ detail: String) -> String {
        guard let field = Self.field(at: pointer, of: origin), let words = words(for: field) else {
            return "\(pointer) \(detail)"
        }
        if let refusal = refusals[field] { return "\(words): \(refusal)" }
        // It speaks of the field and another, and begins behind the field's name.
        if detail.hasPrefix("and ") { return "\(words): \(field) \(detail)" }
        return "\(words): \(detail)"
    }

    /// The field of a file that a pointer into the API's JSON means.
    private static func field(at pointer: String, of origin: Origin?) -> String? {
        guard let origin else { return nil }
        let parts = pointer.split(separator: "/")
        let name: Substring =
            switch parts.first {
            case "coordinates" where parts.count > 1, "scope" where parts.count > 1: parts[1]
            case "lines" where parts.count > 2: parts[2]
            case "locations": "location"
            case let first: first ?? ""
            }
        let field = name == "countedAt" && origin.fields.has("asOf") ? "asOf" : String(name)
        return field.isEmpty ? nil : field
    }
}

/// Which columns give which field, of one case of a mapping.
final class FieldOrigins: Sendable {
    private let columns: [String]
    private let templates: [String: [Template]]

    init(_ columns: FileColumns, _ templates: [String: [Template]]) {
        self.columns = columns.names
        self.templates = templates
    }

    func has(_ field: String) -> Bool { templates[field] != nil }

    /// - Returns: nil where no column, or more than one, gives it.
    func column(of field: String, in cells: [String]) -> (place: Int, name: String)? {
        guard let alternatives = templates[field] else { return nil }
        let chosen = alternatives.first { $0.isFilled(cells) } ?? alternatives[alternatives.count - 1]
        return chosen.onlyColumn.map { ($0, columns[$0]) }
    }
}
