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

    /// The two characters that group codes of one kind.
    package var classCode: String { String(code.prefix(2)) }

    package static let readOnlyTransaction = SQLState("25006")
    package static let lockNotAvailable = SQLState("55P03")
    package static let uniqueViolation = SQLState("23505")
    package static let internalError = SQLState("XX000")
}
