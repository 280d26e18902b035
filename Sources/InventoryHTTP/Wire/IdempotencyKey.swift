import Hummingbird
import Inventory
import InventoryService
import StrictJSON

extension Request {
    /// The request's key with the fingerprint of its method, path and body as JSON: neither white space, nor the order of
    /// members, nor how a number is written makes it another.
    /// - Parameters:
    ///   - isRequired: whether sending it twice without one could do it twice.
    ///   - client: whose key it is.
    func idempotencyKey(for body: JSONValue, isRequired: Bool, of client: ClientID?) throws -> RequestKey? {
        let name = "Idempotency-Key"
        guard let text = headers.first(where: { $0.name.canonicalName == "idempotency-key" })?.value else {
            guard isRequired else { return nil }
            throw Problem.invalid(
                parameter: name,
                "is required here: choose a unique key, and send the same key when you repeat the request")
        }
        let key = try RequestKeyText(sent: text, by: client)
        var bytes = Array("\(method.rawValue) \(uri.path)\n".utf8)
        bytes.append(contentsOf: body.canonicalText.utf8)
        return RequestKey(text: key, fingerprint: Fingerprint(sha256(bytes)))
    }
}

extension Request {
    /// The request's key with the fingerprint of its method, path, parameters and content; nil where it has none.
    /// - Parameters:
    ///   - digest: of the content.
    ///   - client: whose key it is.
    func idempotencyKey(ofContent digest: [UInt8], of client: ClientID?) throws -> RequestKey? {
        guard let text = headers.first(where: { $0.name.canonicalName == "idempotency-key" })?.value else { return nil }
        let key = try RequestKeyText(sent: text, by: client)
        let bytes = Array("\(method.rawValue) \(uri.path)?\(uri.query ?? "")\n".utf8) + digest
        return RequestKey(text: key, fingerprint: Fingerprint(sha256(bytes)))
    }
}

extension RequestKeyText {
    /// As it is kept: each client has keys of its own, with its name before a line break, which no key may hold.
    fileprivate init(sent text: String, by client: ClientID?) throws {
        let key: RequestKeyText
        do {
            key = try RequestKeyText(text)
        } catch {
            throw Problem.invalid(parameter: "Idempotency-Key", "\(error)")
        }
        self = client.map { RequestKeyText(stored: "\($0)\n\(key)") } ?? key
    }
}
