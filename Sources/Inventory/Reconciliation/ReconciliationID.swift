/// Names a reconciliation for ever, in every process: derived from whose figures they are and their event id.
package struct ReconciliationID: Sendable, Hashable, CustomStringConvertible {
    private let value: Fingerprint

    package init(source: SourceID, event: EventID, _ hash: Hash) {
        var writer = CanonicalWriter()
        writer.text("reconciliation")
        writer.text(source.text)
        writer.text(event.text)
        value = Fingerprint(hash(writer.finish()))
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

    /// The event id of the ledger line that corrects one of its lines: the same whoever writes it, so that it counts once.
    package func correction(ofLine line: Int) -> EventID { EventID(stored: "reconciliation-\(self)-\(line)") }
}
