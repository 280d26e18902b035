import Inventory

/// What a transaction changed beside ledger lines. It names what may look different now and never leaves out what does:
/// who follows changes reads the thing itself.
struct Change: Sendable, Hashable {
    let kind: ChangeKind
    let key: String

    init(_ kind: ChangeKind, _ key: String) {
        self.kind = kind
        self.key = key
    }

    static func item(_ sku: SKU) -> Change { Change(.item, sku.text) }

    static func alias(_ system: CodeSystem, _ code: Code) -> Change {
        Change(.alias, ChangeKey.text(system.text, code.text))
    }

    /// - Parameter dedupeKey: what tells one open exception from another.
    static func exception(_ dedupeKey: String) -> Change { Change(.exception, dedupeKey) }
}

/// Kinds of things beside the ledger that change, and what names one. Raw values are stored.
enum ChangeKind: Int16, Sendable, Hashable, CaseIterable {
    /// By sku.
    case item = 1
    /// By code system and code.
    case alias = 2
    /// By id, as all below that say nothing else.
    case location = 3
    case locationGroup = 4
    case source = 5
    /// By kind and id.
    case stockRule = 6
    case expectedSupply = 7
    case reconciliationRule = 8
    case importMapping = 9
    /// By dedupe key.
    case exception = 10
    /// A location that fell silent or was heard again, by its id.
    case silence = 11
    case reservation = 12
    case transfer = 13
    case count = 14
    /// Something to count, by sku and location.
    case countTask = 15
    case reconciliation = 16
    case apiKey = 17
    case webhook = 41
}

/// Keys of several parts: with a line break between, which no part may hold.
enum ChangeKey {
    static func text(_ parts: String...) -> String { parts.joined(separator: "\n") }

    /// - Parameter parts: SQL expressions of text.
    static func sql(_ parts: String...) -> String { parts.joined(separator: " || chr(10) || ") }
}
