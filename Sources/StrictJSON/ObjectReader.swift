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
    private let document: JSONDocument
    private var members: ObjectMembers

    /// - Parameter passesFaults: what is wrong with values in it is found when those are read.
    /// - Returns: nil, with a report, when the value is no object, cannot be read or has a member twice.
    package init?(
        _ value: JSONValue, at pointer: String = "", _ problems: ProblemCollector, passesFaults: Bool = false
    ) {
        guard value.isObject else {
            problems.report(pointer, "must be an object, not \(value.typeName)")
            return nil
        }
        if !passesFaults, let fault = value.fault {
            problems.report(pointer, "cannot be read: \(fault) of the body")
            return nil
        }
        self.pointer = pointer
        self.problems = problems
        document = value.document
        members = ObjectMembers(of: value.index, in: document)
        guard !members.mayRepeatNames || !hasDuplicates() else { return nil }
    }

    /// The value of a member that is there and not null.
    package mutating func value(_ name: StaticString, isRequired: Bool = false) -> JSONValue? {
        index(name, isRequired: isRequired).map { JSONValue(document: document, index: $0) }
    }

    /// Whether a member is there and not null.
    package mutating func has(_ name: StaticString) -> Bool { index(name) != nil }

    /// The node of a member that is there and not null.
    @inline(__always)
    private mutating func index(_ name: StaticString, isRequired: Bool = false) -> Int? {
        if let index = members.take(name, in: document), document.nodes[index].kind != .null { return index }
        if isRequired { report(name, "is required") }
        return nil
    }

    /// Every member was asked for, so nothing that is optional is there any more.
    package var isExhausted: Bool { members.isAllTaken }

    /// The member is there, and is null: where that says something else than its absence.
    package mutating func isNull(_ name: StaticString) -> Bool {
        members.take(name, in: document).map { document.nodes[$0].kind == .null } ?? false
    }

    package mutating func string(_ name: StaticString, isRequired: Bool = false) -> String? {
        guard let index = index(name, isRequired: isRequired) else { return nil }
        guard let string = document.string(at: index) else { return wrongType(name, "a string", index) }
        return string
    }

    /// Hands on the text of a string in UTF-8, for what is read from it without being kept as one.
    /// - Returns: false where there is none.
    package mutating func withUTF8(
        _ name: StaticString, isRequired: Bool = false, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        guard let index = index(name, isRequired: isRequired) else { return false }
        if document.withUTF8(at: index, body) { return true }
        report(name, "must be a string, not \(JSONValue(document: document, index: index).typeName)")
        return false
    }

    package mutating func boolean(_ name: StaticString) -> Bool? {
        guard let index = index(name) else { return nil }
        let value = JSONValue(document: document, index: index)
        guard let boolean = value.boolean else { return wrongType(name, "true or false", index) }
        return boolean
    }

    package mutating func integer(
        _ name: StaticString, in range: ClosedRange<Int64>, isRequired: Bool = false
    ) -> Int64? {
        guard let index = index(name, isRequired: isRequired) else { return nil }
        guard let integer = document.integer(at: index), range.contains(integer) else {
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
        guard let elements = value.elements else { return wrongType(name, "an array", value.index) }
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
        guard let member = members.find(name, in: document), !members.isTaken(member.position) else { return }
        let value = JSONValue(document: document, index: member.value)
        if value.isNull || isDefault(value) { members.take(member.position) }
    }

    /// The names of members that nobody asked for, in order.
    package var unknownNames: [String] {
        if members.isAllTaken { return [] }
        return members.all(in: document).filter { !members.isTaken($0.position) }
            .compactMap { document.string(at: $0.name) }
    }

    /// Reports every member that nobody asked for. Call when all known ones were read.
    package func refuseUnknown() {
        for name in unknownNames {
            problems.report("\(pointer)/\(escapedForPointer(name))", "is not a known field")
        }
    }

    private func wrongType<T>(_ name: StaticString, _ wanted: String, _ index: Int) -> T? {
        report(name, "must be \(wanted), not \(JSONValue(document: document, index: index).typeName)")
        return nil
    }

    private func hasDuplicates() -> Bool {
        var seen: Set<[UInt8]> = []
        var found = false
        for member in members.all(in: document) {
            let name = document.utf8(at: member.name)
            if !seen.insert(name).inserted {
                let text = String(decoding: name, as: UTF8.self)
                problems.report("\(pointer)/\(escapedForPointer(text))", "duplicate member")
                found = true
            }
        }
        return found
    }
}
