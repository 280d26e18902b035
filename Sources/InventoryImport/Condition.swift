import Yams

/// What a column must hold, for a case to be taken or a record to be left out.
struct Condition: Sendable {
    enum Test: Sendable {
        case equals(Set<String>)
        case startsWith([String])
        /// As numbers; what is none is neither below nor above.
        case below(Double)
        case above(Double)
        /// A regular expression for the whole value.
        case matches(String)
        case notMatches(String)
        case empty(Bool)
    }

    let column: String
    let test: Test

    /// `{Column: text}`, `{Column: [texts]}` or `{Column: {test: …}}`, all of which must hold.
    static func all(_ node: Node?) throws(ImportError) -> [Condition] {
        guard let node else { return [] }
        guard let map = node.mapping else { throw .mapping("when must map columns to what they hold") }
        var conditions: [Condition] = []
        for (key, value) in map {
            guard let column = key.string?.trimmedBlanks else {
                throw .mapping("when must map columns to what they hold")
            }
            if let tests = value.mapping {
                conditions += try of(column, tests, besides: [])
            } else {
                conditions.append(Condition(column: column, test: .equals(Set(value.texts))))
            }
        }
        return conditions
    }

    /// The tests of one column.
    static func of(
        _ column: String, _ tests: Node.Mapping, besides others: Set<String>
    ) throws(ImportError) -> [Condition] {
        var conditions: [Condition] = []
        for (key, value) in tests {
            guard let name = key.string, !others.contains(name) else { continue }
            conditions.append(Condition(column: column, test: try test(name, value, of: column)))
        }
        return conditions
    }

    private static func test(_ name: String, _ value: Node, of column: String) throws(ImportError) -> Test {
        func number() throws(ImportError) -> Double {
            guard let number = value.string.flatMap(Double.init), number.isFinite else {
                throw .mapping("\(name) of '\(column)' must be a number")
            }
            return number
        }
        switch name {
        case "equals": return .equals(Set(value.texts))
        case "startsWith": return .startsWith(value.texts)
        case "below": return .below(try number())
        case "above": return .above(try number())
        case "matches": return .matches(try pattern(value, of: column))
        case "notMatches": return .notMatches(try pattern(value, of: column))
        case "empty":
            guard let flag = value.bool else { throw .mapping("empty of '\(column)' must be true or false") }
            return .empty(flag)
        default:
            throw .mapping(
                "'\(name)' of '\(column)' is not known; there are equals, startsWith, below, above, matches, notMatches, empty"
            )
        }
    }

    private static func pattern(_ node: Node, of column: String) throws(ImportError) -> String {
        guard let text = node.string, Pattern(text) != nil else {
            throw .mapping(
                "the pattern of '\(column)' is no regular expression of up to \(Pattern.lengthMax) characters")
        }
        return text
    }
}

/// A condition for one file, whose columns are known.
struct ColumnTest {
    private let column: Int
    private let test: Condition.Test
    private let pattern: Pattern?
    private let numbers: NumberFormat

    init(_ condition: Condition, columns: FileColumns, numbers: NumberFormat) throws(ImportError) {
        column = try columns.place(of: condition.column)
        self.numbers = numbers
        test = condition.test
        switch condition.test {
        case .matches(let text), .notMatches(let text): pattern = Pattern(text)
        default: pattern = nil
        }
    }

    /// A value that its pattern cannot be held against in time.
    struct TooDear: Error {
        let column: Int
    }

    func holds(_ record: [String]) throws(TooDear) -> Bool {
        let value = record[column]
        switch test {
        case .equals(let texts): return texts.contains(value) || texts.contains(value.trimmedBlanks)
        case .startsWith(let texts): return texts.contains { value.hasPrefix($0) }
        case .below(let bound): return number(value).map { $0 < bound } ?? false
        case .above(let bound): return number(value).map { $0 > bound } ?? false
        case .matches: return try matches(value)
        case .notMatches: return try !matches(value)
        case .empty(let flag): return value.trimmedBlanks.isEmpty == flag
        }
    }

    /// As the mapping says that numbers are written; else as programs write them.
    private func number(_ value: String) -> Double? {
        if let number = try? numbers.decimal(value) { return number.double }
        return numbers.decimal == nil && numbers.grouping == nil ? Double(value) : nil
    }

    private func matches(_ value: String) throws(TooDear) -> Bool {
        switch pattern?.match(value) {
        case .yes: return true
        case .tooDear: throw TooDear(column: column)
        case .no, nil: return false
        }
    }
}
