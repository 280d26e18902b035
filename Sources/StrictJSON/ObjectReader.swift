/// Something wrong with a value, and where.
package struct JSONProblem: Sendable, Hashable {
    /// RFC 6901, from the document's root.
    package let pointer: String
    package let detail: String

    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

/// Collects what is wrong, so that one answer can name every offender.
package final class ProblemCollector {
    /// Bounds an answer to a body that is wrong all over.
    package static let problemsMax = 50

    package private(set) var problems: [JSONProblem] = []

    package init() {}

    package var isEmpty: Bool { problems.isEmpty }

    package func report(_ pointer: String, _ detail: String) {
        if problems.count < Self.problemsMax { problems.append(JSONProblem(pointer: pointer, detail: detail)) }
    }
}

/// Reads an object member by member, reports what is wrong with each, and knows what it was not asked for.
///
/// A member that is null counts as absent. Every reading method returns nil for an absent member and for a
/// bad one; only the bad one, and an absent one that is required, is reported.
package struct ObjectReader {
    package let pointer: String
    package let problems: ProblemCollector
    private let members: [(name: JSONValue, value: JSONValue)]
    private var isAsked: [Bool]

    /// - Returns: nil, with a report, when the value is no object or has a member twice.
    package init?(_ value: JSONValue, at pointer: String = "", _ problems: ProblemCollector) {
        guard let members = value.members else {
            problems.report(pointer, "must be an object, not \(value.typeName)")
            return nil
        }
        self.pointer = pointer
        self.problems = problems
        self.members = members
        isAsked = Array(repeating: false, count: members.count)
        guard !hasDuplicates() else { return nil }
    }

    /// The value of a member that is there and not null.
    package mutating func value(_ name: StaticString, isRequired: Bool = false) -> JSONValue? {
        for index in members.indices where members[index].name.says(name) {
            isAsked[index] = true
            if members[index].value.isNull { break }
            return members[index].value
        }
        if isRequired { report(name, "is required") }
        return nil
    }

    /// The member is there, and is null: where that says something else than its absence.
    package mutating func isNull(_ name: StaticString) -> Bool {
        for index in members.indices where members[index].name.says(name) {
            isAsked[index] = true
            return members[index].value.isNull
        }
        return false
    }

    package mutating func string(_ name: StaticString, isRequired: Bool = false) -> String? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let string = value.string else { return wrongType(name, "a string", value) }
        return string
    }

    package mutating func boolean(_ name: StaticString) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let boolean = value.boolean else { return wrongType(name, "true or false", value) }
        return boolean
    }

    package mutating func integer(
        _ name: StaticString, in range: ClosedRange<Int64>, isRequired: Bool = false
    ) -> Int64? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let integer = value.integer, range.contains(integer) else {
            report(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return integer
    }

    package mutating func number(
        _ name: StaticString, in range: ClosedRange<Double>, isRequired: Bool = false
    ) -> Double? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let number = value.number, range.contains(number) else {
            report(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// - Returns: the elements; an absent array is nil, an empty one is empty.
    package mutating func array(
        _ name: StaticString, count range: ClosedRange<Int>, isRequired: Bool = false
    ) -> [JSONValue]? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let elements = value.elements else { return wrongType(name, "an array", value) }
        guard range.contains(elements.count) else {
            let allowed =
                range.upperBound == .max
                ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            report(name, "must have \(allowed) elements, not \(elements.count)")
            return nil
        }
        return elements
    }

    package mutating func object(_ name: StaticString, isRequired: Bool = false) -> ObjectReader? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        return ObjectReader(value, at: "\(pointer)/\(name)", problems)
    }

    /// A string that must parse; the error's text is the report.
    package mutating func parsed<T, Failure: Error & CustomStringConvertible>(
        _ name: StaticString, isRequired: Bool = false, _ parse: (String) throws(Failure) -> T
    ) -> T? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        do {
            return try parse(text)
        } catch {
            report(name, error.description)
            return nil
        }
    }

    /// A string that must be one of an enumeration's.
    package mutating func choice<T: RawRepresentable<String> & CaseIterable>(
        _ name: StaticString, _: T.Type = T.self, isRequired: Bool = false
    ) -> T? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        guard let choice = T(rawValue: text) else {
            report(name, "must be one of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return choice
    }

    package func report(_ name: StaticString, _ detail: String) {
        problems.report("\(pointer)/\(name)", detail)
    }

    /// Takes a member that means nothing here, if it says no more than its absence does: null, or its default. Clients
    /// that are generated from a contract send both. With any other value it stays unknown.
    package mutating func passOver(_ name: StaticString, _ isDefault: (JSONValue) -> Bool = { _ in false }) {
        for index in members.indices where !isAsked[index] && members[index].name.says(name) {
            isAsked[index] = members[index].value.isNull || isDefault(members[index].value)
        }
    }

    /// The names of members that nobody asked for, in order.
    package var unknownNames: [String] {
        members.indices.filter { !isAsked[$0] }.compactMap { members[$0].name.string }
    }

    /// Reports every member that nobody asked for. Call when all known ones were read.
    package func refuseUnknown() {
        for name in unknownNames {
            problems.report("\(pointer)/\(escapedForPointer(name))", "is not a known field")
        }
    }

    private func wrongType<T>(_ name: StaticString, _ wanted: String, _ value: JSONValue) -> T? {
        report(name, "must be \(wanted), not \(value.typeName)")
        return nil
    }

    private func hasDuplicates() -> Bool {
        guard members.count > Self.pairsMax else { return hasEqualPair() }
        var seen: Set<String> = []
        var found = false
        for (name, _) in members {
            let text = name.string ?? ""
            if !seen.insert(text).inserted {
                problems.report("\(pointer)/\(escapedForPointer(text))", "duplicate member")
                found = true
            }
        }
        return found
    }

    /// Members up to which names are compared each with each, which needs no memory.
    private static let pairsMax = 24

    private func hasEqualPair() -> Bool {
        var found = false
        for index in members.indices.dropFirst() {
            let name = members[index].name
            guard members[..<index].contains(where: { $0.name.saysTheSame(as: name) }) else { continue }
            problems.report("\(pointer)/\(escapedForPointer(name.string ?? ""))", "duplicate member")
            found = true
        }
        return found
    }
}
