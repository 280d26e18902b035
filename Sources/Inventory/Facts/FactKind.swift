/// The type of a ledger line. Raw values are stored and part of the hash chain.
package enum FactKind: Int16, Sendable, Hashable, CaseIterable {
    case opening = 1
    case receipt = 2
    case sale = 3
    case `return` = 4
    case adjustment = 5
    case stateChange = 6
    case count = 7
    /// Written by Holdfast beside a fact that a count had already seen: equal, opposite and in that count's name.
    case variance = 8
    // What promises do; these leave units where they are, but for a release that waits for its shelf.
    case hold = 9
    case confirm = 10
    case extend = 11
    case release = 12
    /// Holds whose time ran out are free again.
    case expiry = 13
    /// A promise went to another location: away from one, and to the other.
    case move = 14
    // What transfers do.
    case ship = 15
    case receive = 16
    /// What was on its way when a transfer was closed, and is not.
    case transferClose = 17
    case vendorReturn = 18
    /// A transfer in one step: away from one location, and to the other.
    case transfer = 19

    /// The types that a source may send as movements.
    package static let reported: [FactKind] = [
        .opening, .receipt, .sale, .return, .adjustment, .stateChange, .count, .vendorReturn, .transfer,
    ]

    package var name: String {
        switch self {
        case .opening: "opening"
        case .receipt: "receipt"
        case .sale: "sale"
        case .return: "return"
        case .adjustment: "adjustment"
        case .stateChange: "stateChange"
        case .count: "count"
        case .variance: "variance"
        case .hold: "hold"
        case .confirm: "confirm"
        case .extend: "extend"
        case .release: "release"
        case .expiry: "expiry"
        case .move: "move"
        case .ship: "ship"
        case .receive: "receive"
        case .transferClose: "close"
        case .vendorReturn: "vendorReturn"
        case .transfer: "transfer"
        }
    }

    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    package init?(reportedName name: String) {
        guard let kind = Self.reported.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}
