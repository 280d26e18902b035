/// A text with columns in it, such as `{basket_id}/{product_id|upper}`; `{@line}` is the record's number.
struct Template: Sendable {
    private enum Part: Sendable {
        case text(String)
        case column(Int, [Filter])
        case number
    }

    /// What becomes of a column's value.
    enum Filter: String, Sendable, CaseIterable {
        case upper, lower, trim
        /// Without its sign, wherever that stands.
        case absolute
        /// Opening hours of OpenStreetMap as ours; empty, with a note, for what is more than it reads.
        case osmHours
    }

    private let parts: [Part]

    /// - Throws: `.missingColumn` for a column that the file does not have, `.mapping` for what cannot be meant.
    init(_ text: String, columns: FileColumns) throws(ImportError) {
        parts = try Self.pieces(text).map { (piece) throws(ImportError) in
            switch piece {
            case .text(let fixed): return .text(fixed)
            case .number: return .number
            case .column(let name, let filters):
                return .column(try columns.place(of: name), filters)
            }
        }
    }

    /// The column that it is nothing but; nil for one with a text around it, or with several columns.
    var onlyColumn: Int? {
        if parts.count == 1, case .column(let column, _) = parts[0] { column } else { nil }
    }

    enum Piece {
        case text(String)
        case column(String, [Filter])
        case number
    }

    /// - Throws: `.mapping`
    static func pieces(_ text: String) throws(ImportError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { throw .mapping("'\(text)' has an open brace") }
            let words = rest[rest.index(after: open)..<close].split(separator: "|", omittingEmptySubsequences: false)
            var filters: [Filter] = []
            for word in words.dropFirst() {
                guard let filter = Filter(rawValue: String(word)) else {
                    let known = Filter.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .mapping("'\(word)' in '\(text)' is no filter; there are \(known)")
                }
                filters.append(filter)
            }
            let name = String(words.first ?? "").trimmedBlanks
            pieces.append(name == "@line" ? .number : .column(name, filters))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// Bytes of a filled text: a short template can name a long column many times.
    static let filledBytesMax = 64 << 10

    /// - Parameter notes: gets what a filter could not read.
    /// - Returns: nil for more than `filledBytesMax`.
    func fill(_ record: [String], number: Int, notes: inout [String]) -> String? {
        var filled = ""
        for part in parts {
            let text = fill(part, record, number, &notes)
            guard filled.utf8.count + text.utf8.count <= Self.filledBytesMax else { return nil }
            if parts.count == 1 { return text }
            filled += text
        }
        return filled
    }

    /// Whether every column in it holds something other than spaces.
    func isFilled(_ record: [String]) -> Bool {
        parts.allSatisfy {
            if case .column(let column, _) = $0 { !record[column].trimmedBlanks.isEmpty } else { true }
        }
    }

    private func fill(_ part: Part, _ record: [String], _ number: Int, _ notes: inout [String]) -> String {
        switch part {
        case .text(let fixed): fixed
        case .number: String(number)
        case .column(let column, let filters):
            filters.isEmpty ? record[column] : filters.reduce(record[column]) { $1.apply($0, &notes) }
        }
    }
}

extension Template.Filter {
    fileprivate func apply(_ value: String, _ notes: inout [String]) -> String {
        switch self {
        case .upper: return value.uppercased()
        case .lower: return value.lowercased()
        case .trim: return value.trimmedBlanks
        case .absolute: return Self.withoutSign(value)
        case .osmHours:
            if value.isEmpty { return "" }
            if let hours = OSMHours.json(value) { return hours }
            notes.append("the opening hours '\(value)' are more than can be read; left open at all times")
            return ""
        }
    }
    /// Wherever the sign stands: of what is no number, the number's reader says so.
    private static func withoutSign(_ value: String) -> String {
        var rest = value.trimmedBlanks.unicodeScalars[...]
        if let first = rest.first, first == "+" || NumberFormat.isMinus(first) {
            rest.removeFirst()
        } else if let last = rest.last, NumberFormat.isMinus(last) {
            rest.removeLast()
        } else if rest.first == "(", rest.last == ")", rest.count > 2 {
            rest = rest.dropFirst().dropLast()
        }
        return String(rest)
    }
}
