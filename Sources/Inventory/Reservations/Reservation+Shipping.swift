/// How a reservation ships, as it is stored: never searched, and always read as a whole.
extension Reservation {
    private static var encodingVersion: UInt8 { 1 }

    /// Nil where nothing of it ships.
    package var shippingBytes: [UInt8]? {
        guard sourcing != nil || !shipments.isEmpty else { return nil }
        return CanonicalWriter.bytes { writer in
            writer.integer(Self.encodingVersion)
            writer.text(sourcing?.objective.rawValue)
            writer.optionalInteger(sourcing?.locationsMax.map(Int64.init))
            writer.text(sourcing?.group?.text)
            writer.integer(sourcing?.minimumLeft ?? 0)
            writer.integer(Int64(shipments.count))
            for shipment in shipments {
                writer.text(shipment.location.text)
                writer.integer(shipment.number.rawValue)
                writer.integer(shipment.day)
                writer.integer(shipment.units)
                writer.optionalInteger(shipment.expiresAt?.microseconds)
                writer.optionalInteger(shipment.distanceMetres)
                writer.optionalInteger(shipment.cost?.amount)
                writer.text(shipment.cost?.currency)
            }
        }
    }

    /// - Returns: false when the bytes were not made by `shippingBytes`.
    package mutating func setShipping(_ bytes: [UInt8]) -> Bool {
        var reader = CanonicalReader(bytes)
        guard reader.integer(UInt8.self) == Self.encodingVersion, case .some(let objective) = reader.text(),
            case .some(let locationsMax) = reader.optionalInteger(), case .some(let group) = reader.text(),
            let minimumLeft = reader.integer(Int64.self), let count = reader.integer(Int64.self)
        else { return false }
        sourcing = objective.flatMap(SourcingObjective.init).map {
            SourcingTerms(
                objective: $0, locationsMax: locationsMax.map(Int.init), group: group.map(GroupID.init(stored:)),
                minimumLeft: minimumLeft)
        }
        shipments = []
        for _ in 0..<count {
            guard case .some(.some(let location)) = reader.text(), let number = reader.integer(Int32.self),
                let day = reader.integer(Int64.self), let units = reader.integer(Int64.self),
                case .some(let expiresAt) = reader.optionalInteger(),
                case .some(let metres) = reader.optionalInteger(), case .some(let amount) = reader.optionalInteger(),
                case .some(let currency) = reader.text()
            else { return false }
            let cost = amount.flatMap { amount in currency.flatMap { Money(amount: amount, currency: $0) } }
            shipments.append(
                Shipment(
                    location: LocationID(stored: location), number: LocationNumber(number), day: day, units: units,
                    expiresAt: expiresAt.map(Timestamp.init(microseconds:)), distanceMetres: metres, cost: cost))
        }
        return reader.isAtEnd
    }
}
