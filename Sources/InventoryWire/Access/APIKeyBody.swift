package import Inventory
package import InventoryService
package import StrictJSON

extension NewAPIKey {
    package init?(from reader: inout ObjectReader) {
        let client = reader.identifier("client", KeyClientKind.self, isRequired: true).map { ClientID(stored: $0.text) }
        let name = reader.label("name") ?? ""
        let roles: [Role] = reader.choices("roles")
        let scopes: [Scope] = reader.choices("scopes")
        let locations = reader.isBound("locations")
        let sources = reader.isBound("sources")
        let bound = AccessBinding(
            locations: locations
                ? Set(reader.identifiers("locations", countMax: AccessBinding.valuesMax, LocationKind.self)) : nil,
            sources: sources
                ? Set(reader.identifiers("sources", countMax: AccessBinding.valuesMax, SourceKind.self)) : nil)
        let certificate = reader.parsed("certificate") { text throws(InvalidFingerprint) in
            try Digest(certificate: text)
        }
        let expiresAt = reader.timestamp("expiresAt")
        guard let client else { return nil }
        // Names that there are not were reported as such.
        if roles.isEmpty, scopes.isEmpty, reader.isEmptyList("roles"), reader.isEmptyList("scopes") {
            reader.report("roles", "or scopes must name at least one; a key that may do nothing is of no use")
            return nil
        }
        self.init(
            client: client, name: name, grant: AccessGrant(roles: roles, scopes: Scopes(scopes), binding: bound),
            certificate: certificate, expiresAt: expiresAt)
        requiresLocations = true
    }
}

/// A text that is no certificate's fingerprint.
package struct InvalidFingerprint: Error, CustomStringConvertible {
    package var description: String { "must be the SHA-256 of a certificate: 64 hexadecimal digits" }
}

extension Digest {
    /// A certificate's SHA-256 as `openssl x509 -fingerprint -sha256` or `sha256sum` write it: 64 hexadecimal digits, with or
    /// without colons.
    package init(certificate text: String) throws(InvalidFingerprint) {
        let values = text.filter { $0 != ":" }.map(\.hexDigitValue)
        guard values.count == 64, !values.contains(nil) else { throw InvalidFingerprint() }
        let digits = values.compactMap { $0.map(UInt8.init) }
        guard let digest = Digest(stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }) else {
            throw InvalidFingerprint()
        }
        self = digest
    }
}

extension ObjectReader {
    /// An array of distinct words of a list; absent is empty.
    fileprivate mutating func choices<T: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: StaticString
    ) -> [T] {
        var found: [T] = []
        for (index, element) in (array(name, count: 0...T.allCases.count) ?? []).enumerated() {
            guard let choice = element.string.flatMap(T.init(rawValue:)) else {
                problems.report(
                    "\(pointer)/\(name)/\(index)",
                    "must be one of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
                continue
            }
            if found.contains(choice) { problems.report("\(pointer)/\(name)/\(index)", "duplicate value") }
            found.append(choice)
        }
        return found
    }

    fileprivate mutating func isEmptyList(_ name: StaticString) -> Bool { value(name)?.elements?.isEmpty ?? true }

    /// An empty list binds to nothing at all; only null, or to leave it out, means everything.
    fileprivate mutating func isBound(_ name: StaticString) -> Bool { value(name) != nil }
}
