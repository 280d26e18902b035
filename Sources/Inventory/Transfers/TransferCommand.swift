/// A new transfer, as asked for.
package struct NewTransfer: Sendable {
    package struct Line: Sendable, Hashable {
        package var id: LineID
        package var item: ItemReference
        package var quantity: Quantity
        /// Where it stands in the request, for problems.
        package var pointer: String

        package init(id: LineID, item: ItemReference, quantity: Quantity, pointer: String) {
            self.id = id
            self.item = item
            self.quantity = quantity
            self.pointer = pointer
        }
    }

    package var reference: Reference?
    /// Nil: from a supplier.
    package var from: LocationID?
    /// Differs from `from`.
    package var to: LocationID
    /// The units are kept for it at `from`, which is given then.
    package var reserves: Bool
    package var expectedAt: Timestamp?
    package var lines: [Line]

    package init(
        reference: Reference?, from: LocationID?, to: LocationID, reserves: Bool, expectedAt: Timestamp?, lines: [Line]
    ) {
        self.reference = reference
        self.from = from
        self.to = to
        self.reserves = reserves
        self.expectedAt = expectedAt
        self.lines = lines
    }
}

/// What somebody wants of a transfer. What happened to it comes as facts.
package enum TransferAction: Sendable {
    case create(NewTransfer)
    /// Nothing more is awaited.
    case close(Reason, occurredAt: Timestamp?)
    case cancel
    /// It is to come at another time.
    case expect(Timestamp)

    package var isNew: Bool {
        if case .create = self { true } else { false }
    }
}

/// One request about one transfer.
package struct TransferCommand: Sendable {
    /// Of a new one, its id to be.
    package var id: TransferID
    /// Of what keeps its units; of a new one, the id to be.
    package var reservation: ReservationID?
    package var key: RequestKey?
    package var action: TransferAction
    /// Every balance that it may touch: its items at both ends.
    package var names: [Name]
    /// Who sends it, and the number of its name.
    package var caller = Caller.anybody
    package var actor: ActorNumber?

    package init(
        id: TransferID, reservation: ReservationID?, key: RequestKey?, action: TransferAction, names: [Name]
    ) {
        self.id = id
        self.reservation = reservation
        self.key = key
        self.action = action
        self.names = names
    }

    /// Locations whose terms it asks for.
    package var places: [LocationID] {
        if case .create(let new) = action, new.reserves { new.from.map { [$0] } ?? [] } else { [] }
    }

    /// Ledger lines that it becomes, at most.
    package var batchPositions: Int { names.count + 1 }
}

/// A "no" to a request about a transfer: the same kinds as of reservations.
package typealias TransferRefusal = ReservationRefusal

/// The transfer as it is after the request.
package struct TransferAnswer: Sendable, Hashable {
    package var transfer: Transfer
    /// When this was so.
    package var asOf: Timestamp
    /// The request was answered before.
    package var isReplay = false

    package init(transfer: Transfer, asOf: Timestamp, isReplay: Bool = false) {
        self.transfer = transfer
        self.asOf = asOf
        self.isReplay = isReplay
    }
}

package typealias TransferOutcome = Result<TransferAnswer, TransferRefusal>
