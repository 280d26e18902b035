/// Which item a line means: the canonical sku, or another system's code for it.
package enum ItemReference: Sendable, Hashable {
    case sku(SKU)
    /// A nil system means the code system of the line's source.
    case code(system: CodeSystem?, Code)
}

/// Which location a line means: its id, or another system's code for it.
package enum LocationReference: Sendable, Hashable, CustomStringConvertible {
    case id(LocationID)
    /// A nil system means the code system of the line's source.
    case code(system: CodeSystem?, Code)

    /// Nil for a code.
    package var id: LocationID? {
        if case .id(let id) = self { id } else { nil }
    }

    /// Of a code that names one; nil for an id.
    package var codeSystem: CodeSystem? {
        if case .code(let system, _) = self { system } else { nil }
    }

    /// By which it is looked up: the id, or the code as its system compares it.
    package var name: String {
        switch self {
        case .id(let id): id.text
        case .code(let system, let code): code.canonical(in: system).text
        }
    }

    /// The same with the system of its code spelt out.
    func resolved(in system: CodeSystem?) -> LocationReference {
        if case .code(nil, let code) = self { .code(system: system, code) } else { self }
    }

    /// What a line waits for that names it; nil for a code without a system.
    var missingThing: MissingThing? {
        switch self {
        case .id(let id): .location(id)
        case .code(let system?, let code): .locationCode(system, code)
        case .code(nil, _): nil
        }
    }

    package var description: String {
        switch self {
        case .id(let id): id.text
        case .code(_, let code): code.text
        }
    }
}

/// Where returned goods go.
package enum Disposition: String, Sendable, Hashable, CaseIterable {
    case sellable, inspection, damaged

    package var bucket: Bucket {
        switch self {
        case .sellable: .onHand
        case .inspection: .inspection
        case .damaged: .damaged
        }
    }
}

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

/// Which reservation, and which line of it, a till says that it sold or took back for.
package struct PromiseReference: Sendable, Hashable {
    package let reservation: Reference
    package let line: LineID?

    package init(reservation: Reference, line: LineID?) {
        self.reservation = reservation
        self.line = line
    }
}

/// One thing that has happened, as its source reported it: well formed, not yet judged.
package struct FactLine: Sendable, Hashable {
    package var eventID: EventID
    package var item: ItemReference
    package var place: LocationReference
    package var change: FactChange
    /// Nil: at its arrival.
    package var occurredAt: Timestamp?
    package var reference: Reference?
    /// Compared with the balance's version before the request. Only on adjustments and state changes.
    package var expectedVersion: Int64?
    /// A free JSON object, kept as text.
    package var attributes: String?
    /// Of a sale: the promise that it keeps; of a return: the one whose goods come back. Whatever the till wrote, which need
    /// not name anything.
    package var soldFor: PromiseReference?
    /// Of a receipt: the expected supply that has come. Whatever the sender wrote.
    package var expectedSupply: Reference?

    package init(
        eventID: EventID, item: ItemReference, place: LocationReference, change: FactChange,
        occurredAt: Timestamp? = nil, reference: Reference? = nil, expectedVersion: Int64? = nil,
        attributes: String? = nil, soldFor: PromiseReference? = nil, expectedSupply: Reference? = nil
    ) {
        self.eventID = eventID
        self.item = item
        self.place = place
        self.change = change
        self.occurredAt = occurredAt
        self.reference = reference
        self.expectedVersion = expectedVersion
        self.attributes = attributes
        self.soldFor = soldFor
        self.expectedSupply = expectedSupply
    }

    package init(
        eventID: EventID, item: ItemReference, location: LocationID, change: FactChange,
        occurredAt: Timestamp? = nil, reference: Reference? = nil, expectedVersion: Int64? = nil,
        attributes: String? = nil, soldFor: PromiseReference? = nil, expectedSupply: Reference? = nil
    ) {
        self.init(
            eventID: eventID, item: item, place: .id(location), change: change, occurredAt: occurredAt,
            reference: reference, expectedVersion: expectedVersion, attributes: attributes, soldFor: soldFor,
            expectedSupply: expectedSupply)
    }

    /// The names of all balances that it may touch. Of a transfer, its parts at both ends.
    package func names(from source: SourceNumber) -> [Name] {
        let here = Name(self, source: source)
        if let destination = change.destination { return [here, here.at(destination, source: source)] }
        guard let step = change.step else { return [here] }
        return step.names(at: place, source: source)
    }

    /// The line with the system of its codes spelt out, so that it means the same whatever its source is set to later.
    package func resolved(in system: CodeSystem?) -> FactLine {
        var resolved = self
        if case .code(nil, let code) = item { resolved.item = .code(system: system, code) }
        resolved.place = place.resolved(in: system)
        if case .transfer(let bucket, let quantity, let to) = change {
            resolved.change = .transfer(bucket, quantity, to: to.resolved(in: system))
        }
        return resolved
    }

    /// Whether it has a code that means nothing unless its source has a code system.
    var needsCodeSystem: Bool {
        if case .code(nil, _) = item { return true }
        return [place, change.destination].contains { if case .code(nil, _)? = $0 { true } else { false } }
    }

    /// What the line names, as a line that waits would miss it. A code without a system names none here: such a
    /// line is never parked before its source has one. Of a transfer nothing but where it came can be unknown.
    package var namedThings: [MissingThing] {
        let places = [place, change.destination].compactMap { $0?.missingThing }
        return switch item {
        case .sku(let sku): [.sku(sku)] + places
        case .code(let system?, let code): [.code(system, code)] + places
        case .code(nil, _): places
        }
    }

    /// What the fingerprint of this line is computed from: the known fields as sent.
    package func fingerprint(_ hash: Hash) -> Fingerprint {
        Fingerprint(hash(canonicalBytes))
    }
}

extension ItemReference {
    /// The field that names it, and what is wrong with it where nobody knows it.
    package var describedAsUnknown: (field: String, text: String) {
        switch self {
        case .sku(let sku): ("sku", "no item '\(sku)' is known")
        case .code(_, let code): ("code", "code '\(code)' is not mapped to an item")
        }
    }
}
