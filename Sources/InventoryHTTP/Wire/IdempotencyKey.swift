import Hummingbird
import Inventory
import InventoryService
import StrictJSON

extension Request {
    /// The request's key with the fingerprint of its method, path and body.
    /// - Parameter isRequired: whether sending it twice without one could do it twice.
    func idempotencyKey(for body: JSONValue, isRequired: Bool) throws -> RequestKey? {
        let name = "Idempotency-Key"
        guard let text = headers.first(where: { $0.name.canonicalName == "idempotency-key" })?.value else {
            guard isRequired else { return nil }
            throw Problem.invalid(
                parameter: name,
                "is required here: choose a unique key, and send the same key when you repeat the request")
        }
        let key: RequestKeyText
        do {
            key = try RequestKeyText(text)
        } catch {
            throw Problem.invalid(parameter: name, "\(error)")
        }
        var bytes = Array("\(method.rawValue) \(uri.path)\n".utf8)
        bytes.append(contentsOf: body.raw)
        return RequestKey(text: key, fingerprint: Fingerprint(sha256(bytes)))
    }
}

extension Request {
    /// The request's key with the fingerprint of its method, path, parameters and content; nil where it has none.
    /// - Parameter digest: of the content.
    func idempotencyKey(of digest: [UInt8]) throws -> RequestKey? {
        guard let text = headers.first(where: { $0.name.canonicalName == "idempotency-key" })?.value else { return nil }
        let key: RequestKeyText
        do {
            key = try RequestKeyText(text)
        } catch {
            throw Problem.invalid(parameter: "Idempotency-Key", "\(error)")
        }
        let bytes = Array("\(method.rawValue) \(uri.path)?\(uri.query ?? "")\n".utf8) + digest
        return RequestKey(text: key, fingerprint: Fingerprint(sha256(bytes)))
    }
}
