/// What somebody wants of a reservation.
package enum ReservationAction: Sendable {
    case create(NewReservation)
    case confirm(AllocationSelection, acceptAtRisk: Bool, ReservationAmendment = ReservationAmendment())
    /// What is said about it, in any state; only of one of these versions, where some are named.
    case amend(ReservationAmendment, onlyVersions: Set<Int64>? = nil)
    /// To a time in whole seconds.
    case extend(Timestamp)
    case ready(AllocationSelection, occurredAt: Timestamp? = nil)
    case fulfil(AllocationSelection, occurredAt: Timestamp?)
    case release(AllocationSelection, reason: Reason?, restock: Restock, occurredAt: Timestamp?)
    /// What was released and waits in inspection is back on its shelf.
    case restock(AllocationSelection, occurredAt: Timestamp?)
    case move(AllocationSelection, to: LocationID)
    case replaceLines([WantedLine])
    case arrive(place: String?, note: String?)
    case claim(by: String, seconds: Int64)
    case notFound(AllocationSelection, wholeBalance: Bool, occurredAt: Timestamp?)
    /// Time has done it already; now it is written down.
    case expire
}

extension ReservationAction {
    /// It changes only what is said about the reservation.
    var isAmendment: Bool { if case .amend = self { true } else { false } }

    /// Whether it moves units, and when what it says happened, where it tells; nil where that is no matter to counts.
    var moment: (isMovement: Bool, occurredAt: Timestamp?)? {
        switch self {
        case .fulfil(_, let occurredAt), .release(_, _, .pending, let occurredAt), .restock(_, let occurredAt),
            .notFound(_, _, let occurredAt):
            (true, occurredAt)
        case .ready(_, let occurredAt), .release(_, _, .immediate, let occurredAt): (false, occurredAt)
        case .move: (false, nil)
        default: nil
        }
    }
}

/// Where released units go.
package enum Restock: String, Sendable, Hashable, CaseIterable {
    /// Back on sale at once.
    case immediate
    /// On sale once somebody says that they are back on the shelf.
    case pending
}

/// A line as asked for.
package struct WantedLine: Sendable, Hashable {
    package var id: LineID
    package var item: ItemReference
    /// Nil where the service chooses.
    package var location: LocationID?
    package var method: FulfilmentMethod
    package var quantity: Quantity
    /// Where it stands in the request, for problems.
    package var pointer: String
    /// Where its location was said.
    package var locationPointer: String

    package init(
        id: LineID, item: ItemReference, location: LocationID?, method: FulfilmentMethod, quantity: Quantity,
        pointer: String, locationPointer: String
    ) {
        self.id = id
        self.item = item
        self.location = location
        self.method = method
        self.quantity = quantity
        self.pointer = pointer
        self.locationPointer = locationPointer
    }

    /// Of its balance; nil where the service chooses one.
    package var name: Name? { location.map { Name(item: item, location: $0) } }
}

package struct NewReservation: Sendable {
    package var reference: Reference?
    package var owner: Owner?
    package var channel: Channel?
    package var method: FulfilmentMethod
    /// Nil where the service chooses, and then `sourcing` says how.
    package var location: LocationID?
    /// Nil: at once confirmed.
    package var holdSeconds: Int64?
    package var allowsPartial: Bool
    package var replaces: ReservationID?
    package var lines: [WantedLine]
    package var pickupBy: Timestamp?
    package var shipTo: Coordinates?
    /// Nil where locations are named.
    package var sourcing: SourcingTerms?
    package var attributes: OrderAttributes

    package init(
        reference: Reference?, owner: Owner?, channel: Channel?, method: FulfilmentMethod, location: LocationID?,
        holdSeconds: Int64?, allowsPartial: Bool, replaces: ReservationID?, lines: [WantedLine],
        pickupBy: Timestamp?, shipTo: Coordinates?, sourcing: SourcingTerms? = nil,
        attributes: OrderAttributes = OrderAttributes()
    ) {
        self.reference = reference
        self.owner = owner
        self.channel = channel
        self.method = method
        self.location = location
        self.holdSeconds = holdSeconds
        self.allowsPartial = allowsPartial
        self.replaces = replaces
        self.lines = lines
        self.pickupBy = pickupBy
        self.shipTo = shipTo
        self.sourcing = sourcing
        self.attributes = attributes
    }
}

/// How much one owner may keep from the others.
package struct HoldLimits: Sendable, Hashable {
    /// Units held unconfirmed by one owner of one item, everywhere together.
    package var unitsPerOwnerAndItem: Int64 = 100_000
    /// Open holds of one owner.
    package var holdsPerOwner: Int64 = 10_000
    /// How often a hold may be put off.
    package var renewals: Int16 = 100
    /// From now to the end of a hold.
    package var holdSeconds: Int64 = 86_400
    /// Of a hold that asks for none.
    package var holdSecondsDefault: Int64 = 900

    package init() {}
}

/// One request about one reservation.
package struct ReservationCommand: Sendable {
    /// Of a new one, its id to be.
    package var id: ReservationID
    package var key: RequestKey?
    package var action: ReservationAction
    package var limits: HoldLimits
    /// Every balance that it may touch: they are locked before it is decided.
    package var names: [Name]
    /// Who will hold more by it, where it may be so; what he holds is read then.
    package var holder: Owner?
    /// Who sends it, and the number of its name.
    package var caller = Caller.anybody
    package var actor: ActorNumber?
    /// Codes for a pickup, drawn at random beforehand, and the one that it had before its hold ended: the first that no
    /// other open order has is taken.
    package var pickupCodes: [String]
    /// Something of it ships: then the days of its places are read, on which shipments count.
    package var ships = false
    /// Locations that may ship; `names` holds what they may ship.
    package var sites: [SourcingSite] = []
    /// The group that a sourced reservation is bound to, where the action is about one that is there.
    package var sourcingGroup: GroupID?
    /// There is no better choice of sites: what they cannot ship is refused. Otherwise it is planned again.
    package var isFinal = true
    /// Units that the sites were chosen for.
    package var expectsUnits: Int64 = 0

    package init(
        id: ReservationID, key: RequestKey?, action: ReservationAction, limits: HoldLimits, names: [Name],
        holder: Owner? = nil, pickupCodes: [String] = []
    ) {
        self.id = id
        self.key = key
        self.action = action
        self.limits = limits
        self.names = names
        self.holder = holder
        self.pickupCodes = pickupCodes
    }

    /// Reservations that it reads, besides those that its key leads to.
    package var reservations: [ReservationID] {
        if case .create(let new) = action { return new.replaces.map { [$0] } ?? [] }
        return [id]
    }

    /// Locations whose terms it asks for.
    package var places: [LocationID] {
        let own: [LocationID?] =
            switch action {
            case .create(let new): new.lines.map(\.location) + [new.location]
            case .replaceLines(let lines): lines.map(\.location)
            case .move(_, let location): [location]
            case .confirm, .extend: names.map(\.place.id)
            default: []
            }
        return own.compactMap { $0 } + sites.map(\.location)
    }

    /// The group that it may ship from; its locations are read.
    package var group: GroupID? {
        switch action {
        case .create(let new): new.sourcing?.group
        default: sourcingGroup
        }
    }

    /// Ledger lines that it becomes, at most.
    package var batchPositions: Int {
        names.count + 1
    }
}

/// A "no" to a request, for a person and for a program. Cases are in precedence order.
package enum ReservationRefusal: Error, Sendable, Hashable {
    /// The key was sent before, for something else.
    case keyReused
    /// No such reservation.
    case notFound
    /// Its version is another than those that were named.
    case preconditionFailed(current: Int64)
    /// A name in the body means nothing.
    case unknownReference(pointer: String, String)
    case invalid(pointer: String, String)
    case illegalTransition(String)
    case notOpen(String)
    case locationUnavailable(LocationID, pointer: String, String)
    /// The rule, where in the body it was asked for, and what to do.
    case saleRestricted(StockRuleID, pointer: String, String)
    case limitExceeded(String)
    case insufficient([ShortLine])
    /// The reservation went elsewhere meanwhile, and not all that it needs was locked: ask again.
    case outdated
}

/// A line that asks for more than there is, or an item of which several lines do together.
package struct ShortLine: Sendable, Hashable {
    /// A line that takes units of the item, by itself or as a part of a kit.
    package struct Asker: Sendable, Hashable {
        package let id: LineID
        package let sku: SKU
        /// Of the item, or kits.
        package let requested: Int64

        package init(id: LineID, sku: SKU, requested: Int64) {
            self.id = id
            self.sku = sku
            self.requested = requested
        }
    }

    package let id: LineID
    package let sku: SKU
    /// Nil where the service was to choose.
    package let location: LocationID?
    package let requested: Int64
    package let available: Int64
    /// Its sale is stopped, or that of a part of the kit that it asks for: more supply would not help.
    package let isSaleStopped: Bool
    /// The sale restriction that keeps it from being sold so at all locations that could give it; nil where it is merely
    /// short.
    package let restriction: StockRuleID?
    /// Of an item that lines of different goods take units of, such as a kit and its own part: all of them. The line is their
    /// sum then, and `id` the first of theirs. Else empty.
    package var askers: [Asker] = []

    package init(
        id: LineID, sku: SKU, location: LocationID?, requested: Int64, available: Int64, isSaleStopped: Bool = false,
        restriction: StockRuleID? = nil
    ) {
        self.id = id
        self.sku = sku
        self.location = location
        self.requested = requested
        self.available = available
        self.isSaleStopped = isSaleStopped
        self.restriction = restriction
    }
}

/// The reservation as it is after the request.
package struct ReservationAnswer: Sendable, Hashable {
    package var reservation: Reservation
    /// Of its allocations, by number; none is 0.
    package var uncovered: [Int16: Int64]
    /// When this was so.
    package var asOf: Timestamp
    /// The request was answered before.
    package var isReplay: Bool
    /// How its locations were chosen, in the answer of the request that chose them.
    package var sourcing: SourcingReport?

    package init(reservation: Reservation, uncovered: [Int16: Int64], asOf: Timestamp, isReplay: Bool = false) {
        self.reservation = reservation
        self.uncovered = uncovered
        self.asOf = asOf
        self.isReplay = isReplay
    }
}

package typealias ReservationOutcome = Result<ReservationAnswer, ReservationRefusal>
