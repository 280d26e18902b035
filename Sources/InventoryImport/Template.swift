/// A text with columns in it, such as `{basket_id}/{product_id}`.
struct Template: Sendable {
    private enum Part: Sendable {
        case text(String)
        case column(Int)
    }

    private let parts: [Part]

    /// - Throws: `.missingColumn` for a column that the file does not have, `.mapping` for an unclosed brace.
    init(_ text: String, columns: [String]) throws(ImportError) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { throw .mapping("'\(text)' has an open brace") }
            let name = String(rest[rest.index(after: open)..<close])
            guard let column = columns.firstIndex(of: name) else { throw .missingColumn(name, has: columns) }
            parts.append(.column(column))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    func fill(_ record: [String]) -> String {
        if parts.count == 1, case .column(let column) = parts[0] { return record[column] }
        return parts.reduce(into: "") { text, part in
            switch part {
            case .text(let fixed): text += fixed
            case .column(let column): text += record[column]
            }
        }
    }

    /// Whether every column in it holds something.
    func isFilled(_ record: [String]) -> Bool {
        parts.allSatisfy {
            if case .column(let column) = $0 { !record[column].isEmpty } else { true }
        }
    }
}
