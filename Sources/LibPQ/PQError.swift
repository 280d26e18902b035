/// Everything that can go wrong between a caller and PostgreSQL, by what the caller may do next.
///
/// No case carries a value of a row or of a parameter: PostgreSQL repeats values in its message and
/// detail texts, so those are left where they are and only names (statement, constraint) pass.
package enum PQError: Error, Sendable, Hashable {
    /// Nothing was sent. Trying again later is safe.
    case unavailable(UnavailableReason)
    /// The server refused a statement and rolled its transaction back.
    case server(ServerError)
    /// The connection ended, or the deadline passed, after work that could commit had been sent.
    /// Whether it did is unknown: only repeating idempotent work can tell.
    case outcomeUnknown
    /// The connection ended, or the deadline passed, and nothing of this work can have committed.
    case interrupted
    /// The server answered something that this client does not understand. The connection is closed.
    case protocolViolation(String)

    package enum UnavailableReason: String, Sendable, Hashable {
        case notConnected, queueFull, deadlineExceeded, shutDown
    }
}

/// What PostgreSQL said about a refused statement, without any value.
package struct ServerError: Error, Sendable, Hashable {
    package let state: SQLState
    package let statement: String
    package let table: String?
    package let constraint: String?
    /// The server's own words, where they cannot hold a value: of a refused script, such as a migration.
    package internal(set) var said: String?

    package init(state: SQLState, statement: String, table: String? = nil, constraint: String? = nil) {
        self.state = state
        self.statement = statement
        self.table = table
        self.constraint = constraint
    }
}

extension PQError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let reason): "database unavailable (\(reason.rawValue)); nothing was sent"
        case .server(let error):
            "statement \(error.statement) refused: SQLSTATE \(error.state)"
                + (error.constraint.map { ", constraint \($0)" } ?? "")
        case .outcomeUnknown: "connection lost while a commit was under way; its outcome is unknown"
        case .interrupted: "connection lost or deadline passed; nothing was committed"
        case .protocolViolation(let what): "unexpected answer from the server: \(what)"
        }
    }
}
