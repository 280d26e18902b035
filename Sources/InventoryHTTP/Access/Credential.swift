import Hummingbird
import Inventory
import InventoryService
import InventoryWire

/// What a request shows to say who sends it. A token or a key comes before a certificate: who sends one means it.
enum Credential: Sendable {
    case bearer(String)
    /// The SHA-256 of a client certificate.
    case certificate(Digest)

    init(_ request: Request, _ context: AppContext) throws(AccessDenial) {
        if let bearer = try request.bearer {
            self = .bearer(bearer)
        } else if let shown = context.clientCertificate, let digest = try? Digest(certificate: shown.fingerprint) {
            self = .certificate(digest)
        } else {
            throw .missing
        }
    }
}

extension Authenticator {
    func rememberedCaller(_ credential: Credential) -> Caller? {
        switch credential {
        case .bearer(let text): known(bearer: text).flatMap { rememberedCaller($0) }
        case .certificate(let digest): rememberedCaller(certificate: digest)
        }
    }

    func caller(_ credential: Credential) async throws(AccessDenial) -> Caller {
        switch credential {
        case .bearer(let text): try await caller(bearer: text)
        case .certificate(let digest): try await caller(certificate: digest)
        }
    }
}

extension Request {
    /// What stands behind `Bearer` in `Authorization` (RFC 6750, section 2.1); nil where there is no such header.
    fileprivate var bearer: String? {
        get throws(AccessDenial) {
            let sent = headers[values: .authorization]
            guard let text = sent.first else { return nil }
            guard sent.count == 1 else { throw .malformed("Authorization is sent more than once") }
            let scheme = text.prefix { $0 != " " }
            guard scheme.lowercased() == "bearer" else {
                throw .malformed("Authorization has another scheme than Bearer")
            }
            let token = text.dropFirst(scheme.count).drop { $0 == " " }
            guard !token.isEmpty else { throw .malformed("Authorization: Bearer has no token behind it") }
            return String(token)
        }
    }
}
