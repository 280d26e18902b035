package import Inventory

/// Another system's figures as it sent them.
package struct PostedReconciliation: Sendable {
    package struct Line: Sendable, Hashable {
        package let item: ItemReference
        package let location: LocationReference
        /// Sellable units, or codes of so many units each; below zero where their books are.
        package let quantity: Int64

        package init(item: ItemReference, location: LocationReference, quantity: Int64) {
            self.item = item
            self.location = location
            self.quantity = quantity
        }
    }

    package let source: SourceID
    package let event: EventID
    package let asOf: Timestamp
    /// What is not listed was 0 at this location; nil where only what is listed is compared.
    package let completeAt: LocationID?
    /// How far from `asOf` their books may be: 0 to `inFlightSecondsMax`.
    package let inFlightSeconds: Int64
    /// Small variances are to be corrected, where the source has the authority.
    package let corrects: Bool
    /// In the order sent.
    package let lines: [Line]
    /// Of everything in it that has a meaning.
    package let fingerprint: Fingerprint

    package static let inFlightSecondsMax: Int64 = 86_400
    package static let inFlightSecondsDefault: Int64 = 300

    package init(
        source: SourceID, event: EventID, asOf: Timestamp, completeAt: LocationID?, inFlightSeconds: Int64,
        corrects: Bool, lines: [Line]
    ) {
        self.source = source
        self.event = event
        self.asOf = asOf
        self.completeAt = completeAt
        self.inFlightSeconds = inFlightSeconds
        self.corrects = corrects
        self.lines = lines
        fingerprint = Self.fingerprint(asOf, completeAt, inFlightSeconds, corrects, lines)
    }

    private static func fingerprint(
        _ asOf: Timestamp, _ completeAt: LocationID?, _ inFlightSeconds: Int64, _ corrects: Bool, _ lines: [Line]
    ) -> Fingerprint {
        var content = CanonicalText("\(asOf.microseconds) \(completeAt != nil) \(inFlightSeconds) \(corrects)")
        content.add(completeAt?.text)
        for line in lines {
            switch line.item {
            case .sku(let sku): content.add(sku.text)
            case .code(let system, let code):
                content.add(nil)
                content.add(system?.text)
                content.add(code.text)
            }
            switch line.location {
            case .id(let id): content.add(id.text)
            case .code(let system, let code):
                content.add(nil)
                content.add(system?.text)
                content.add(code.text)
            }
            content.add("\(line.quantity)")
        }
        return Fingerprint(sha256(content.bytes))
    }
}

/// Texts behind their lengths, so that different contents never give the same bytes.
private struct CanonicalText {
    private(set) var bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func add(_ text: String?) {
        bytes += Array("|\(text?.utf8.count ?? -1):".utf8)
        if let text { bytes += Array(text.utf8) }
    }
}
