/// The lines of a reservation as they are stored: never searched, and always read as a whole.
extension [ReservationLine] {
    private static var encodingVersion: UInt8 { 1 }

    package var canonicalBytes: [UInt8] {
        var writer = CanonicalWriter()
        writer.integer(Self.encodingVersion)
        writer.integer(Int64(count))
        for line in self {
            writer.text(line.id.text)
            writer.text(line.sku.text)
            writer.text(line.location.text)
            writer.text(line.method.rawValue)
            writer.integer(line.requested)
        }
        return writer.bytes
    }

    /// - Returns: nil when the bytes were not made by `canonicalBytes`.
    package init?(canonicalBytes bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard reader.integer(UInt8.self) == Self.encodingVersion, let count = reader.integer(Int64.self) else {
            return nil
        }
        self = []
        for _ in 0..<count {
            guard case .some(.some(let id)) = reader.text(), case .some(.some(let sku)) = reader.text(),
                case .some(.some(let location)) = reader.text(), case .some(.some(let method)) = reader.text(),
                let method = FulfilmentMethod(rawValue: method), let requested = reader.integer(Int64.self)
            else { return nil }
            append(
                ReservationLine(
                    id: LineID(stored: id), sku: SKU(stored: sku), location: LocationID(stored: location),
                    method: method, requested: requested))
        }
        guard reader.isAtEnd else { return nil }
    }
}
