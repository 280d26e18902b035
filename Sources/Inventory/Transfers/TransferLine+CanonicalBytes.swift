/// The lines of a transfer as they are stored: never searched, and always read as a whole.
extension [TransferLine] {
    private static var encodingVersion: UInt8 { 1 }

    package var canonicalBytes: [UInt8] {
        CanonicalWriter.bytes { writer in
            writer.integer(Self.encodingVersion)
            writer.integer(Int64(count))
            for line in self {
                writer.text(line.id.text)
                writer.text(line.sku.text)
                writer.integer(line.quantity)
                writer.integer(line.shipped)
                writer.integer(line.received)
                writer.integer(line.receivedUnsellable)
                writer.integer(line.receivedElsewhere)
                writer.integer(line.settled)
                writer.integer(Int64(line.parts.count))
                for part in line.parts {
                    writer.text(part.sku.text)
                    writer.integer(part.item.rawValue)
                    writer.integer(part.quantity)
                }
            }
        }
    }

    /// - Returns: nil when the bytes were not made by `canonicalBytes`.
    package init?(canonicalBytes bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard reader.integer(UInt8.self) == Self.encodingVersion, let count = reader.integer(Int64.self) else {
            return nil
        }
        self = []
        for _ in 0..<count {
            guard let line = TransferLine(from: &reader) else { return nil }
            append(line)
        }
        guard reader.isAtEnd else { return nil }
    }
}

extension TransferLine {
    fileprivate init?(from reader: inout CanonicalReader) {
        guard case .some(.some(let id)) = reader.text(), case .some(.some(let sku)) = reader.text(),
            let quantity = reader.integer(Int64.self), let shipped = reader.integer(Int64.self),
            let received = reader.integer(Int64.self), let unsellable = reader.integer(Int64.self),
            let elsewhere = reader.integer(Int64.self), let settled = reader.integer(Int64.self),
            let count = reader.integer(Int64.self)
        else { return nil }
        var parts: [Part] = []
        for _ in 0..<count {
            guard case .some(.some(let sku)) = reader.text(), let item = reader.integer(Int64.self),
                let quantity = reader.integer(Int64.self)
            else { return nil }
            parts.append(Part(sku: SKU(stored: sku), item: ItemNumber(item), quantity: quantity))
        }
        self.init(id: LineID(stored: id), sku: SKU(stored: sku), quantity: quantity, parts: parts)
        self.shipped = shipped
        self.received = received
        receivedUnsellable = unsellable
        receivedElsewhere = elsewhere
        self.settled = settled
    }
}
