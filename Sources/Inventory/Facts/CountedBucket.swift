/// What a count can state. Raw values are those of the buckets, and are stored.
package enum CountedBucket: Int16, Sendable, Hashable, CaseIterable {
    case onHand = 1
    case damaged = 2
    case inspection = 3

    package var bucket: Bucket {
        switch self {
        case .onHand: .onHand
        case .damaged: .damaged
        case .inspection: .inspection
        }
    }

    package var name: String { bucket.name }

    /// A count of the sellable units has also looked for those that somebody did not find.
    package var seesSuspect: Bool { self == .onHand }

    package init?(name: String) {
        guard let counted = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = counted
    }
}

extension Bucket {
    /// The counts that settle how much is in the bucket; nil for goods on their way, which nobody can count here.
    package var settledBy: CountedBucket? {
        switch self {
        case .onHand, .suspect: .onHand
        case .damaged: .damaged
        case .inspection: .inspection
        case .inTransit: nil
        }
    }
}

/// The instants of the last counts that a balance has seen.
package struct CountedInstants: Sendable, Hashable {
    package var onHand: Timestamp?
    package var damaged: Timestamp?
    package var inspection: Timestamp?

    package init(onHand: Timestamp? = nil, damaged: Timestamp? = nil, inspection: Timestamp? = nil) {
        self.onHand = onHand
        self.damaged = damaged
        self.inspection = inspection
    }

    package subscript(counted: CountedBucket) -> Timestamp? {
        get {
            switch counted {
            case .onHand: onHand
            case .damaged: damaged
            case .inspection: inspection
            }
        }
        set {
            switch counted {
            case .onHand: onHand = newValue
            case .damaged: damaged = newValue
            case .inspection: inspection = newValue
            }
        }
    }

    package mutating func rise(_ counted: CountedBucket, to instant: Timestamp) {
        self[counted] = max(self[counted] ?? instant, instant)
    }
}
