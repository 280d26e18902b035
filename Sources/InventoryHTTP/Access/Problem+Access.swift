import Inventory
import InventoryService

extension Problem {
    init(_ denial: AccessDenial) {
        switch denial {
        case .missing:
            self.init(.unauthenticated, "send a token or an API key as 'Authorization: Bearer …'")
            challenge = nil
        case .malformed(let why):
            self.init(.unauthenticated, "\(why); send one 'Authorization: Bearer …'")
            challenge = "invalid_request"
        case .invalid(let why):
            self.init(.unauthenticated, why)
            challenge = "invalid_token"
        case .unavailable(let why):
            self.init(.overloaded, "\(why), so nobody can tell who is calling; send the same request again")
        }
    }

    /// - Parameter scopes: what it needs, any of them.
    init(needing scopes: Scopes) {
        let needed = scopes.list.map(\.rawValue).joined(separator: " or ")
        self.init(.forbidden, "this needs the scope \(needed), which the token or key does not have")
        self.scopes = scopes
    }

    /// Something of a location or a source that the client is not bound to, named in the body.
    static func notBound(pointers: [String], to what: String) -> Problem {
        let detail = "this client is bound to other \(what)"
        return Problem(
            .forbidden, words(detail, at: pointers.first ?? ""),
            errors: pointers.map { .init(pointer: $0, detail: detail) })
    }

    /// The same of a parameter, or of one that is missing.
    static func notBound(parameter: String, to what: String) -> Problem {
        let detail = "this client is bound to some \(what); name one of them"
        return Problem(
            .forbidden, "\(parameter): \(detail)", errors: [.init(parameter: parameter, detail: detail)])
    }
}
