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

    static func locationAlias(_ system: CodeSystem, _ code: Code) -> Change {
        Change(.locationAlias, ChangeKey.text(system.text, code.text))
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
    /// A location that fell silent, by its id.
    case silence = 11
    /// By id. What happened to it has a kind of its own below, by which the feed knows its event; this is all else.
    case reservation = 12
    case transfer = 13
    /// Work on a count that is not yet recorded.
    case count = 14
    /// Something to count, by sku and location.
    case countTask = 15
    case reconciliation = 16
    case apiKey = 17
    /// By code system and code.
    case locationAlias = 18
    /// What a marketplace fetches, by its name.
    case feed = 19

    case reservationCreated = 20
    case reservationConfirmed = 21
    case reservationReady = 22
    case reservationExtended = 23
    case reservationMoved = 24
    case reservationArrived = 25
    case reservationFulfilled = 26
    case reservationReleased = 27
    case reservationExpired = 28
    case reservationNotFound = 29
    case transferCreated = 30
    case transferShipped = 31
    case transferReceived = 32
    case transferClosed = 33
    case transferCancelled = 34
    /// All of its lines are in the ledger.
    case countRecorded = 35
    /// By sku, location and what is wrong.
    case proofFailed = 36
    /// A location that was silent and was heard again, by its id.
    case heard = 37

    /// By id.
    case webhook = 41
    /// Where an item lies, by sku and location.
    case itemBin = 42
}

extension ChangeKind {
    /// The event that it is; nil where the feed has none for it, or several that the thing itself tells apart.
    var event: EventType? {
        switch self {
        case .item, .alias, .locationAlias, .location, .locationGroup, .source, .stockRule, .reconciliationRule,
            .importMapping,
            .exception, .transfer, .count, .countTask, .reconciliation, .apiKey, .feed, .webhook, .itemBin:
            nil
        case .expectedSupply: .supplyChanged
        case .silence: .locationSilent
        case .heard: .locationHeard
        case .reservation: .reservationChanged
        case .reservationCreated: .reservationCreated
        case .reservationConfirmed: .reservationConfirmed
        case .reservationReady: .reservationReady
        case .reservationExtended: .reservationExtended
        case .reservationMoved: .reservationMoved
        case .reservationArrived: .reservationArrived
        case .reservationFulfilled: .reservationFulfilled
        case .reservationReleased: .reservationReleased
        case .reservationExpired: .reservationExpired
        case .reservationNotFound: .reservationNotFound
        case .transferCreated: .transferCreated
        case .transferShipped: .transferShipped
        case .transferReceived: .transferReceived
        case .transferClosed: .transferClosed
        case .transferCancelled: .transferCancelled
        case .countRecorded: .countRecorded
        case .proofFailed: .proofFailed
        }
    }

    /// The kind that says that an event happened; nil where the feed finds that out by itself.
    init?(_ event: EventType) {
        guard let kind = Self.allCases.first(where: { $0.event == event }) else { return nil }
        self = kind
    }
}

/// Keys of several parts: with a line break between, which no part may hold.
enum ChangeKey {
    static func text(_ parts: String...) -> String { parts.joined(separator: "\n") }

    /// - Parameter parts: SQL expressions of text.
    static func sql(_ parts: String...) -> String { parts.joined(separator: " || chr(10) || ") }
}
