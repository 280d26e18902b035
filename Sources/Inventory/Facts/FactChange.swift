/// What happened to the units of one line.
package enum FactChange: Sendable, Hashable {
    case opening(Bucket, Quantity)
    case receipt(Bucket, Quantity)
    case sale(Bucket, Quantity)
    case `return`(Disposition, Quantity)
    case adjustment(Bucket, Delta, Reason)
    /// `from` and `to` differ.
    case stateChange(from: Bucket, to: Bucket, Quantity)
    /// Somebody looked, at `occurredAt`.
    case count(CountStatement)
    /// Goods go back to who sold them to us.
    case vendorReturn(Bucket, Quantity)
    /// Units went to another location, and are there: told once, by a shop that only reports that it happened.
    case transfer(Bucket, Quantity, to: LocationReference)
    /// Units of a transfer left, or set out from a supplier.
    indirect case ship(TransferStep)
    /// Units of a transfer came, into a bucket.
    indirect case receive(TransferStep, Bucket)

    package var kind: FactKind {
        switch self {
        case .opening: .opening
        case .receipt: .receipt
        case .sale: .sale
        case .return: .return
        case .adjustment: .adjustment
        case .stateChange: .stateChange
        case .count: .count
        case .vendorReturn: .vendorReturn
        case .transfer: .transfer
        case .ship: .ship
        case .receive: .receive
        }
    }

    /// Where the units of a transfer in one step are now; nil for everything else.
    package var destination: LocationReference? {
        if case .transfer(_, _, let to) = self { to } else { nil }
    }

    /// Whether it touches balances of more than one location.
    package var isOfSeveralPlaces: Bool {
        switch self {
        case .transfer, .ship, .receive: true
        default: false
        }
    }

    /// Which transfer it is about; nil for everything else.
    package var step: TransferStep? {
        switch self {
        case .ship(let step), .receive(let step, _): step
        default: nil
        }
    }
}

/// What a count says of one item.
package struct CountStatement: Sendable, Hashable {
    package let bucket: CountedBucket
    package let quantity: CountedQuantity
    /// The counter left out what was packed and waiting; those units are to be added.
    package let excludesReady: Bool

    package init(bucket: CountedBucket = .onHand, quantity: CountedQuantity, excludesReady: Bool = false) {
        self.bucket = bucket
        self.quantity = quantity
        self.excludesReady = excludesReady
    }
}
