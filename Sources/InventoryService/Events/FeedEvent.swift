package import Inventory

/// One event of the feed, with what it is about as the API shows it.
///
/// What happened is fixed: movements, figures of availability and bands are those of the event. Reservations, transfers,
/// counts, exceptions and supply are shown as they are when the event is read, so never older than it.
package struct FeedEvent: Sendable {
    package let cursor: EventCursor
    package let type: EventType
    /// When it was committed, by the database's clock.
    package let time: Timestamp
    package let data: EventData

    /// Which service events come from: the attribute `source`.
    package static let source = "urn:holdfast"

    package init(cursor: EventCursor, type: EventType, time: Timestamp, data: EventData) {
        self.cursor = cursor
        self.type = type
        self.time = time
        self.data = data
    }
}

/// The object that an event is about.
package enum EventData: Sendable {
    case movement(LedgerEntry)
    case availability(BalanceView)
    case band(BandChange)
    case reservation(ReservationAnswer)
    case transfer(TransferAnswer)
    case count(CountRecorded)
    case exception(ExceptionRecord)
    case silence(location: LocationID, silentSince: Timestamp?)
    /// Nil where it was withdrawn.
    case supply(id: SupplyID, Stored<ExpectedSupply>?)
    case proof(sku: SKU, location: LocationID, defect: String)
    /// What it was about is no longer there, or has no name any more.
    case gone(id: String)
}

/// An item's change of band. No figure is in it: storefronts may see it.
package struct BandChange: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        case location(LocationID)
        /// The network of a group.
        case group(GroupID)
        /// All eligible locations.
        case network
    }

    package var sku: SKU
    package var place: Place
    /// Whose network it is; nil where the group names none.
    package var channel: Channel?
    package var band: Band
    /// What was told before.
    package var previousBand: Band
    /// Of the balance; nil for a network and a kit.
    package var version: Int64?

    package init(sku: SKU, place: Place, channel: Channel?, band: Band, previousBand: Band, version: Int64?) {
        self.sku = sku
        self.place = place
        self.channel = channel
        self.band = band
        self.previousBand = previousBand
        self.version = version
    }
}

/// A count, once all of its lines are in the ledger.
package struct CountRecorded: Sendable, Hashable {
    package var id: CountID
    package var source: SourceID
    package var eventID: String
    package var location: LocationID
    package var countedAt: Timestamp
    package var isComplete: Bool
    package var lines: Int64

    package init(
        id: CountID, source: SourceID, eventID: String, location: LocationID, countedAt: Timestamp, isComplete: Bool,
        lines: Int64
    ) {
        self.id = id
        self.source = source
        self.eventID = eventID
        self.location = location
        self.countedAt = countedAt
        self.isComplete = isComplete
        self.lines = lines
    }
}

/// What filters look at: which items, places and channel an event is about.
package struct EventSubject: Sendable, Hashable {
    package var skus: Set<SKU> = []
    package var locations: Set<LocationID> = []
    /// Of a network's band.
    package var group: GroupID?
    package var isNetwork = false
    package var channel: Channel?
    /// Who sent it; nil for what nobody sends, and `.some(nil)` for what has none though others of its type do.
    package var source: SourceID??

    package init() {}
}

extension FeedEvent {
    package var subject: EventSubject {
        var subject = EventSubject()
        switch data {
        case .movement(let entry):
            subject.skus = [entry.sku]
            subject.locations = [entry.location]
            subject.source = entry.source
        case .availability(let view):
            subject.skus = [view.sku]
            subject.locations = [view.location]
        case .band(let change):
            subject.skus = [change.sku]
            subject.channel = change.channel
            switch change.place {
            case .location(let location): subject.locations = [location]
            case .group(let group): (subject.group, subject.isNetwork) = (group, true)
            case .network: subject.isNetwork = true
            }
        case .reservation(let answer):
            let reservation = answer.reservation
            subject.skus = Set(reservation.lines.map(\.sku) + reservation.allocations.map(\.sku))
            subject.locations = Set(
                [reservation.location] + reservation.lines.map(\.location) + reservation.allocations.map(\.location))
            subject.channel = reservation.channel
        case .transfer(let answer):
            let transfer = answer.transfer
            subject.skus = Set(transfer.lines.map(\.sku))
            subject.locations = Set([transfer.to] + (transfer.from.map { [$0] } ?? []))
        case .count(let count):
            subject.locations = [count.location]
            subject.source = count.source
        case .exception(let exception):
            if let sku = exception.sku { subject.skus = [sku] }
            if let location = exception.location { subject.locations = [location] }
            subject.source = .some(exception.source)
        case .silence(let location, _): subject.locations = [location]
        case .supply(_, let stored):
            if let supply = stored?.value {
                subject.skus = [supply.sku]
                subject.locations = [supply.location]
            }
        case .proof(let sku, let location, _):
            subject.skus = [sku]
            subject.locations = [location]
        case .gone: break
        }
        return subject
    }
}
