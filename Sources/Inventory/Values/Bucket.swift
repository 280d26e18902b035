/// Where units of an item are at a location. Raw values are stored and part of the hash chain.
package enum Bucket: Int16, Sendable, Hashable, CaseIterable {
    case onHand = 1
    case damaged = 2
    case inspection = 3
    case suspect = 4
    case inTransit = 5

    package var name: String {
        switch self {
        case .onHand: "onHand"
        case .damaged: "damaged"
        case .inspection: "inspection"
        case .suspect: "suspect"
        case .inTransit: "inTransit"
        }
    }

    /// The buckets that a fact line may name. `inTransit` moves only with transfers.
    package static let namedInFacts: [Bucket] = [.onHand, .damaged, .inspection, .suspect]

    package init?(factName name: String) {
        guard let bucket = Self.namedInFacts.first(where: { $0.name == name }) else { return nil }
        self = bucket
    }
}

/// The world outside the buckets, so that every line has two sides. Raw values are stored.
package enum OutsideAccount: Int16, Sendable, Hashable, CaseIterable {
    case supplier = 11
    case customer = 12
    case variance = 13
    case writeOff = 14
    case opening = 15
    /// Between two locations of a transfer, where it belongs to neither balance: what leaves one side for it comes to the
    /// other in the same transaction, so it is always empty.
    case transfer = 16

    package var name: String {
        switch self {
        case .supplier: "supplier"
        case .customer: "customer"
        case .variance: "variance"
        case .writeOff: "writeOff"
        case .opening: "opening"
        case .transfer: "transfer"
        }
    }
}

/// The other side of a ledger line: an outside account, or a sibling bucket of the same balance.
package enum CounterAccount: Sendable, Hashable {
    case outside(OutsideAccount)
    case sibling(Bucket)

    package var rawValue: Int16 {
        switch self {
        case .outside(let account): account.rawValue
        case .sibling(let bucket): bucket.rawValue
        }
    }

    package init?(rawValue: Int16) {
        if let account = OutsideAccount(rawValue: rawValue) {
            self = .outside(account)
        } else if let bucket = Bucket(rawValue: rawValue) {
            self = .sibling(bucket)
        } else {
            return nil
        }
    }

    package var name: String {
        switch self {
        case .outside(let account): account.name
        case .sibling(let bucket): bucket.name
        }
    }
}
