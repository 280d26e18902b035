/// What an event of the feed says has happened. Raw values are the `type` of CloudEvents, as the contract has them.
package enum EventType: String, Sendable, Hashable, CaseIterable {
    /// A ledger line was written.
    case movementRecorded = "inventory.movement.recorded"
    /// What can be sold of an item at a location, or another figure of the balance, is another now: by a movement, a
    /// rule, a status, the end of a hold or a location's silence.
    case availabilityChanged = "inventory.availability.changed"
    /// An item went into another band: at a location, or over a network.
    case bandChanged = "inventory.band.changed"

    case reservationCreated = "reservation.created"
    case reservationConfirmed = "reservation.confirmed"
    case reservationReady = "reservation.ready"
    case reservationExtended = "reservation.extended"
    case reservationMoved = "reservation.moved"
    case reservationChanged = "reservation.changed"
    case reservationArrived = "reservation.arrived"
    case reservationFulfilled = "reservation.fulfilled"
    case reservationReleased = "reservation.released"
    case reservationExpired = "reservation.expired"
    case reservationNotFound = "reservation.notFound"
    case reservationAtRisk = "reservation.atRisk"
    case reservationCovered = "reservation.covered"

    case transferCreated = "transfer.created"
    case transferShipped = "transfer.shipped"
    case transferReceived = "transfer.received"
    case transferClosed = "transfer.closed"
    case transferCancelled = "transfer.cancelled"

    case countRecorded = "count.recorded"

    case exceptionOpened = "exception.opened"
    case exceptionAssigned = "exception.assigned"
    case exceptionResolved = "exception.resolved"

    case locationSilent = "location.silent"
    case locationHeard = "location.heard"

    /// Dated supply was announced, changed, received or withdrawn.
    case supplyChanged = "supply.changed"
    /// The proof found something that is not as it should be.
    case proofFailed = "proof.failed"

    /// Whether the `data` is a ledger line, a count or an exception: what a source reported, or what came of it.
    package var isOfSource: Bool {
        switch self {
        case .movementRecorded, .countRecorded, .exceptionOpened, .exceptionAssigned, .exceptionResolved: true
        default: false
        }
    }

    /// Whether the `data` is a reservation.
    package var isOfReservation: Bool { rawValue.hasPrefix("reservation.") }
}
