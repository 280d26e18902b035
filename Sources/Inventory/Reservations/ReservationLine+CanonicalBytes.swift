/// The lines of a reservation as they are stored: never searched, and always read as a whole.
extension [ReservationLine] {
    /// The second has what kits were made of; reservations without kits keep to the first.
    private static var encodingVersions: ClosedRange<UInt8> { 1...2 }

    package var canonicalBytes: [UInt8] {
        let version: UInt8 = contains { !$0.components.isEmpty } ? 2 : 1
        return CanonicalWriter.bytes { writer in
            writer.integer(version)
            writer.integer(Int64(count))
            for line in self {
                writer.text(line.id.text)
                writer.text(line.sku.text)
                writer.text(line.location.text)
                writer.text(line.method.rawValue)
                writer.integer(line.requested)
                guard version > 1 else { continue }
                writer.integer(Int64(line.components.count))
                for component in line.components {
                    writer.text(component.sku.text)
                    writer.integer(component.quantity)
                }
            }
        }
    }

    /// - Returns: nil when the bytes were not made by `canonicalBytes`.
    package init?(canonicalBytes bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard let version = reader.integer(UInt8.self), Self.encodingVersions.contains(version),
            let count = reader.integer(Int64.self)
        else { return nil }
        self = []
        for _ in 0..<count {
            guard case .some(.some(let id)) = reader.text(), case .some(.some(let sku)) = reader.text(),
                case .some(.some(let location)) = reader.text(), case .some(.some(let method)) = reader.text(),
                let method = FulfilmentMethod(rawValue: method), let requested = reader.integer(Int64.self)
            else { return nil }
            var line = ReservationLine(
                id: LineID(stored: id), sku: SKU(stored: sku), location: LocationID(stored: location),
                method: method, requested: requested)
            if version > 1 {
                guard let parts = reader.integer(Int64.self) else { return nil }
                for _ in 0..<parts {
                    guard case .some(.some(let sku)) = reader.text(), let quantity = reader.integer(Int64.self) else {
                        return nil
                    }
                    line.components.append(.init(sku: SKU(stored: sku), quantity: quantity))
                }
            }
            append(line)
        }
        guard reader.isAtEnd else { return nil }
    }
}
