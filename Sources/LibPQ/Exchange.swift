/// Statements that travel to the server together and are answered together: one round trip.
///
/// They run in order; when one fails, PostgreSQL skips the rest.
package struct Exchange {
    struct Entry {
        let statement: Statement
        let slots: Range<Int>
    }

    /// Bounds the memory of both sides. The largest exchange of this program has under ten.
    package static let statementsMax = 64

    private(set) var entries: [Entry] = []
    private(set) var writer = ParameterWriter()

    package init() {}

    /// Where in the results a statement's rows are, as often as it was added.
    package func positions(of statement: Statement) -> [Int] {
        entries.indices.filter { entries[$0].statement == statement }
    }

    /// - Returns: the position of this statement's rows in the results.
    @discardableResult
    package mutating func add(
        _ statement: Statement, _ write: (inout ParameterWriter) -> Void = { _ in }
    ) -> Int {
        precondition(entries.count < Self.statementsMax, "an exchange holds \(Self.statementsMax) statements")
        let first = writer.slots.count
        write(&writer)
        let slots = first..<writer.slots.count
        precondition(
            writer.slots[slots].map(\.type) == statement.parameters,
            "statement \(statement.name) takes \(statement.parameters)")
        entries.append(Entry(statement: statement, slots: slots))
        return entries.count - 1
    }
}
