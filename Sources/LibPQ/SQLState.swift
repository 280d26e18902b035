/// A five-character SQLSTATE, as PostgreSQL reports it.
///
/// Source: ISO/IEC 9075 and PostgreSQL's appendix A. The type is open on purpose: a code that has no
/// name here is still a code.
package struct SQLState: Sendable, Hashable, CustomStringConvertible {
    package let code: String

    package init(_ code: String) {
        self.code = code
    }

    package var description: String { code }

    package static let uniqueViolation = SQLState("23505")
    package static let checkViolation = SQLState("23514")
    package static let serializationFailure = SQLState("40001")
    package static let deadlockDetected = SQLState("40P01")
    package static let undefinedTable = SQLState("42P01")
    package static let lockNotAvailable = SQLState("55P03")
    package static let queryCanceled = SQLState("57014")
    package static let adminShutdown = SQLState("57P01")
    package static let crashShutdown = SQLState("57P02")
    package static let cannotConnectNow = SQLState("57P03")
    package static let idleInTransactionTimeout = SQLState("25P03")
    package static let tooManyConnections = SQLState("53300")
    package static let diskFull = SQLState("53100")

    /// The transaction was rolled back through no fault of its own, and the same work may pass when repeated.
    package var isWorthRepeating: Bool {
        switch self {
        case .serializationFailure, .deadlockDetected, .lockNotAvailable: true
        default: false
        }
    }

    /// The server is ending this connection; the statement that reported it was rolled back.
    package var endsConnection: Bool {
        switch self {
        case .adminShutdown, .crashShutdown, .cannotConnectNow, .idleInTransactionTimeout: true
        default: false
        }
    }
}
