/// A constant SQL text, prepared once per connection under `name`.
///
/// The text never contains a value: values travel as parameters, in PostgreSQL's binary format.
package struct Statement: Sendable, Hashable {
    /// Unique in the program; it is what logs, errors and plan tests say.
    package let name: String
    package let sql: String
    package let parameters: [PQType]

    package init(_ name: String, _ parameters: [PQType] = [], sql: String) {
        self.name = name
        self.parameters = parameters
        self.sql = sql
    }

    package static func == (left: Statement, right: Statement) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Statement {
    /// Read committed is spelt out, so that no role or database setting can change what locking means.
    package static let begin = Statement("begin", sql: "begin isolation level read committed")
    package static let commit = Statement("commit", sql: "commit")
    package static let rollback = Statement("rollback", sql: "rollback")
}
