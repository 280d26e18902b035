/// Says what an id that is derived from an event is of.
package protocol DerivedIDKind: Sendable {
    /// Part of what is hashed, so that ids of different kinds differ.
    static var name: String { get }
}

/// Names a thing for ever, in every process and every order of arrival: derived from whose it is and the event id under
/// which it was sent. 16 bytes.
package struct DerivedID<Kind: DerivedIDKind>: Sendable, Hashable, CustomStringConvertible {
    private let value: Fingerprint

    package init(source: SourceID, event: EventID, _ hash: Hash) {
        let digest = CanonicalWriter.withBytes { writer in
            writer.text(Kind.name)
            writer.text(source.text)
            writer.text(event.text)
        } _: {
            hash($0)
        }
        value = Fingerprint(digest)
    }

    /// - Returns: nil unless there are 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 16, let value = Fingerprint(bytes) else { return nil }
        self.value = value
    }

    /// - Returns: nil unless the text is 32 lower-case hexadecimal digits.
    package init?(text: String) {
        guard let value = Fingerprint(hexadecimal: text) else { return nil }
        self.value = value
    }

    package var bytes: [UInt8] { value.bytes }
    package var description: String { bytes.withUnsafeBytes { $0.hexadecimal } }
}
