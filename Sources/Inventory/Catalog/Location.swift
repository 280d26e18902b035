/// A store, warehouse or other node that holds stock.
package struct Location: Sendable, Hashable {
    package var id: LocationID
    package var name: String
    package var kind: Kind = .store
    package var status: LocationStatus = .active
    package var mode: LocationMode = .live
    package var capabilities: Set<LocationCapability> = [.pickup, .shipFrom]
    package var coordinates: Coordinates?
    /// An IANA name, such as `Europe/Berlin`.
    package var timeZone: String = "UTC"
    /// Nil: always open.
    package var openingHours: OpeningHours?
    /// From promise to ready, 0 or more.
    package var leadTimeMinutes: Int64?
    /// Shipments on one local day; nil: without limit.
    package var dailyCapacity: Int64?
    /// Lower comes first; nil comes last.
    package var priority: Int64?
    package var costPerShipment: Money?
    package var costPerKm: Money?
    /// Hours that goods are kept for pickup once they should be ready, 1 or more; nil: without end.
    package var pickupWindowHours: Int64?
    package var latePickup: LocationTerms.LatePolicy = .exception
    /// Open seconds without a word after which it counts as silent, within `Silence.limitSecondsAllowed`; nil: the service's
    /// default.
    package var silenceLimitSeconds: Int64?
    /// While it is silent, units are held back for what it may have sold since it was heard.
    package var lagBuffer = false

    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case store, warehouse, other
    }

    package init(id: LocationID, name: String) {
        self.id = id
        self.name = name
    }
}

package enum LocationStatus: String, Sendable, Hashable, CaseIterable {
    case active, paused, closed
}

package enum LocationMode: String, Sendable, Hashable, CaseIterable {
    case live, shadow
}

package enum LocationCapability: String, Sendable, Hashable, CaseIterable {
    case pickup, shipFrom
}

/// How a shopper would get the goods; each needs a capability of the location.
package enum FulfilmentMethod: String, Sendable, Hashable, CaseIterable {
    case pickup, ship

    package var capability: LocationCapability {
        switch self {
        case .pickup: .pickup
        case .ship: .shipFrom
        }
    }
}

/// A point on Earth in degrees, WGS 84.
package struct Coordinates: Sendable, Hashable {
    package let latitude: Double
    package let longitude: Double

    /// - Returns: nil unless latitude is in -90...90 and longitude in -180...180.
    package init?(latitude: Double, longitude: Double) {
        guard (-90.0...90).contains(latitude), (-180.0...180).contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// An amount in the currency's minor unit (cents), with its ISO 4217 code.
package struct Money: Sendable, Hashable {
    package let amount: Int64
    package let currency: String

    /// - Returns: nil when the amount is negative or the currency is not three capital letters.
    package init?(amount: Int64, currency: String) {
        guard amount >= 0, currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            return nil
        }
        self.amount = amount
        self.currency = currency
    }
}

/// When a location is open, by day of the week in its own time zone.
package struct OpeningHours: Sendable, Hashable {
    package enum Weekday: String, Sendable, Hashable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday
    }

    /// Minutes after local midnight. `closes` is up to 1,440 and greater than `opens`; hours past midnight
    /// belong to the next day.
    package struct Period: Sendable, Hashable {
        package let opensMinute: Int
        package let closesMinute: Int

        package init?(opensMinute: Int, closesMinute: Int) {
            guard opensMinute >= 0, opensMinute < closesMinute, closesMinute <= 1_440 else { return nil }
            self.opensMinute = opensMinute
            self.closesMinute = closesMinute
        }
    }

    /// A missing day is closed; one that is given without a period is left out.
    package var week: [Weekday: [Period]]
    /// Days that differ from the week; an empty list is closed.
    package var exceptions: [CivilDate: [Period]]

    package init(week: [Weekday: [Period]], exceptions: [CivilDate: [Period]] = [:]) {
        self.week = week.filter { !$0.value.isEmpty }
        self.exceptions = exceptions
    }

    package static let periodsPerDayMax = 8
    package static let exceptionsMax = 400
}

/// A named set of locations; may be the network of a channel.
package struct LocationGroup: Sendable, Hashable {
    package var id: GroupID
    package var name: String
    package var channel: Channel?
    /// In the order given, which sourcing by priority follows.
    package var locations: [LocationID]

    package init(id: GroupID, name: String, channel: Channel? = nil, locations: [LocationID] = []) {
        self.id = id
        self.name = name
        self.channel = channel
        self.locations = locations
    }

    package static let locationsMax = 10_000
}

/// A system that reports facts.
package struct Source: Sendable, Hashable {
    package var id: SourceID
    package var name: String?
    /// The code system of this source's codes where a line names none.
    package var codeSystem: CodeSystem?
    /// Where it reports from; empty: anywhere.
    package var locations: [LocationID]
    package var authority: Authority
    /// How its scales print values into barcodes; empty: as most scales do.
    package var labels: [LabelRule]

    /// Whether this source's own figures may correct ours when the two are reconciled.
    package enum Authority: String, Sendable, Hashable, CaseIterable {
        case advisory, authoritative
    }

    package init(
        id: SourceID, name: String? = nil, codeSystem: CodeSystem? = nil, locations: [LocationID] = [],
        authority: Authority = .advisory, labels: [LabelRule] = []
    ) {
        self.id = id
        self.name = name
        self.codeSystem = codeSystem
        self.locations = locations
        self.authority = authority
        self.labels = labels
    }

    package static let locationsMax = 10_000
}

/// Another system's code for a location.
package struct LocationAlias: Sendable, Hashable {
    package var codeSystem: CodeSystem
    /// As its system compares it.
    package var code: Code
    package var location: LocationID

    package init(codeSystem: CodeSystem, code: Code, location: LocationID) {
        self.codeSystem = codeSystem
        self.code = code.canonical(in: codeSystem)
        self.location = location
    }
}
