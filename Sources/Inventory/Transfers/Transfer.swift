/// Where a transfer stands, from what happened to it.
package enum TransferState: String, Sendable, Hashable, CaseIterable {
    /// Nothing has moved.
    case draft
    /// Something has, and not all that was asked for or shipped has come.
    case shipped
    /// All of it has come.
    case received
    /// Nothing more is awaited: what had not come went to variance.
    case closed
    /// Given up before anything moved.
    case cancelled
}

/// What goes from one location, or a supplier, to another. What was shipped and has not come is in transit at the
/// destination; both are facts, in whatever order they are heard.
package struct Transfer: Sendable, Hashable {
    package var id: TransferID
    package var reference: Reference?
    /// Nil: from a supplier.
    package var from: LocationID?
    package var to: LocationID
    /// Of `to`.
    package var toNumber: LocationNumber
    /// What keeps its units at `from` until they are shipped; nil where nothing was reserved.
    package var reservation: ReservationID?
    package var expectedAt: Timestamp?
    /// What was said first: a date that slipped shows.
    package var firstExpectedAt: Timestamp?
    package var lines: [TransferLine]
    package var createdAt: Timestamp
    /// When its last units left, and came, as their facts say.
    package var shippedAt: Timestamp?
    package var receivedAt: Timestamp?
    package var closedAt: Timestamp?
    package var closeReason: Reason?
    package var cancelledAt: Timestamp?
    /// Rises by one with every change of it.
    package var version: Int64 = 0

    package init(
        id: TransferID, reference: Reference?, from: LocationID?, to: LocationID, toNumber: LocationNumber,
        reservation: ReservationID?, expectedAt: Timestamp?, lines: [TransferLine], createdAt: Timestamp
    ) {
        self.id = id
        self.reference = reference
        self.from = from
        self.to = to
        self.toNumber = toNumber
        self.reservation = reservation
        self.expectedAt = expectedAt
        firstExpectedAt = expectedAt
        self.lines = lines
        self.createdAt = createdAt
    }

    package static let linesMax = 200

    package var hasMoved: Bool { lines.contains { $0.shipped > 0 || $0.received > 0 } }

    package var state: TransferState {
        if closedAt != nil { return .closed }
        // Goods that moved all the same have moved.
        guard hasMoved else { return cancelledAt == nil ? .draft : .cancelled }
        return lines.allSatisfy { $0.received >= max($0.shipped, $0.quantity) } ? .received : .shipped
    }

    /// By item, base units that were shipped and have not come, 1 or more.
    package var inbound: [ItemNumber: Int64] {
        var units: [ItemNumber: Int64] = [:]
        for line in lines where line.outstanding > 0 {
            for part in line.parts { units[part.item, default: 0] += line.outstanding * part.quantity }
        }
        return units
    }
}

/// Units of one item that a transfer is about.
package struct TransferLine: Sendable, Hashable {
    /// What one unit is made of.
    package struct Part: Sendable, Hashable {
        package var sku: SKU
        package var item: ItemNumber
        /// Base units in one unit of the line.
        package var quantity: Int64

        package init(sku: SKU, item: ItemNumber, quantity: Int64) {
            self.sku = sku
            self.item = item
            self.quantity = quantity
        }
    }

    package var id: LineID
    package var sku: SKU
    /// Asked for; units of the item, or kits. 1 or more.
    package var quantity: Int64
    /// The item itself, or a kit's parts as they were when the transfer was made.
    package var parts: [Part]
    /// Said to have left, and to have come: anywhere, in any state.
    package var shipped: Int64 = 0
    package var received: Int64 = 0
    /// Of those received: not for sale, and elsewhere than where they should have gone.
    package var receivedUnsellable: Int64 = 0
    package var receivedElsewhere: Int64 = 0
    /// Shipped less received, as far as it went to variance when the transfer was closed, or later.
    package var settled: Int64 = 0

    package init(id: LineID, sku: SKU, quantity: Int64, parts: [Part]) {
        self.id = id
        self.sku = sku
        self.quantity = quantity
        self.parts = parts
    }

    package var isKit: Bool { parts.count != 1 || parts[0].sku != sku }

    /// Units in transit on its account. Below zero while their receipt is known and their ship is not.
    package var outstanding: Int64 { shipped - received - settled }
}
