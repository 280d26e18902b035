package import Inventory
package import StrictJSON

/// How a location looks in JSON: what a body sets, and the same in answers.
extension Location {
    package init?(from reader: inout ObjectReader, id: LocationID) {
        let name = reader.label("name", isRequired: true)
        self.init(id: id, name: name ?? "")
        kind = reader.choice("kind") ?? kind
        status = reader.choice("status") ?? status
        mode = reader.choice("mode") ?? mode
        readCapabilities(from: &reader)
        coordinates = Coordinates(from: &reader)
        readTimeZone(from: &reader)
        openingHours = OpeningHours(from: &reader)
        leadTimeMinutes = reader.integer("leadTimeMinutes", in: 0...525_600)
        dailyCapacity = reader.integer("dailyCapacity", in: 0...1_000_000)
        priority = reader.integer("priority", in: 0...1_000_000)
        costPerShipment = Money(from: &reader, "costPerShipment")
        costPerKm = Money(from: &reader, "costPerKm")
        pickupWindowHours = reader.integer("pickupWindowHours", in: 1...8_760)
        latePickup = reader.choice("latePickup") ?? latePickup
        silenceLimitSeconds = reader.integer("silenceLimitSeconds", in: Silence.limitSecondsAllowed)
        lagBuffer = reader.boolean("lagBuffer") ?? lagBuffer
        if name == nil { return nil }
    }

    private mutating func readCapabilities(from reader: inout ObjectReader) {
        guard let elements = reader.array("capabilities", count: 0...LocationCapability.allCases.count) else { return }
        capabilities = []
        for (index, element) in elements.enumerated() {
            guard let capability = element.string.flatMap(LocationCapability.init(rawValue:)) else {
                reader.problems.report("\(reader.pointer)/capabilities/\(index)", "must be pickup or shipFrom")
                continue
            }
            if !capabilities.insert(capability).inserted {
                reader.problems.report("\(reader.pointer)/capabilities/\(index)", "duplicate value")
            }
        }
    }

    private mutating func readTimeZone(from reader: inout ObjectReader) {
        guard let name = reader.string("timeZone") else { return }
        guard TimeZoneNames.isKnown(name) else {
            return reader.report("timeZone", "must be an IANA time zone name such as Europe/Berlin")
        }
        timeZone = name
    }
}

extension JSONWriter {
    /// The members that a body sets.
    package mutating func fields(of location: Location) {
        field("name", location.name)
        field("kind", location.kind.rawValue)
        field("status", location.status.rawValue)
        field("mode", location.mode.rawValue)
        name("capabilities")
        array(LocationCapability.allCases.filter(location.capabilities.contains)) { $0.value($1.rawValue) }
        name("coordinates")
        optional(location.coordinates) { writer, coordinates in
            writer.object {
                $0.field("latitude", coordinates.latitude)
                $0.field("longitude", coordinates.longitude)
            }
        }
        field("timeZone", location.timeZone)
        name("openingHours")
        optional(location.openingHours) { $0.openingHours($1) }
        field("leadTimeMinutes", location.leadTimeMinutes)
        field("dailyCapacity", location.dailyCapacity)
        field("priority", location.priority)
        money("costPerShipment", location.costPerShipment)
        money("costPerKm", location.costPerKm)
        field("pickupWindowHours", location.pickupWindowHours)
        field("latePickup", location.latePickup.rawValue)
        field("silenceLimitSeconds", location.silenceLimitSeconds)
        field("lagBuffer", location.lagBuffer)
    }

    package mutating func money(_ name: StaticString, _ money: Money?) {
        self.name(name)
        optional(money) { writer, money in
            writer.object {
                $0.field("amount", money.amount)
                $0.field("currency", money.currency)
            }
        }
    }
}

extension Coordinates {
    fileprivate init?(from reader: inout ObjectReader) {
        guard var inner = reader.object("coordinates") else { return nil }
        let latitude = inner.number("latitude", in: -90...90, isRequired: true)
        let longitude = inner.number("longitude", in: -180...180, isRequired: true)
        inner.refuseUnknown()
        guard let latitude, let longitude else { return nil }
        self.init(latitude: latitude, longitude: longitude)
    }
}

extension Money {
    fileprivate init?(from reader: inout ObjectReader, _ name: StaticString) {
        guard var inner = reader.object(name) else { return nil }
        let amount = inner.integer("amount", in: 0...1_000_000_000, isRequired: true)
        let currency = inner.string("currency", isRequired: true)
        inner.refuseUnknown()
        guard let amount, let currency else { return nil }
        guard let money = Money(amount: amount, currency: currency) else {
            inner.report("currency", "must be an ISO 4217 code of three capital letters")
            return nil
        }
        self = money
    }
}
