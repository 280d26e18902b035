/// Units of one line of a transfer that somebody says were shipped or received.
package struct TransferStep: Sendable, Hashable {
    package let transfer: TransferID
    package let line: LineID
    /// Units of the line's item; of a kit, kits.
    package let quantity: Quantity
    /// What one unit is: the item itself, or a kit's parts as they were when the transfer was made.
    package let parts: [Item.Component]
    /// Nil: from a supplier.
    package let from: LocationID?
    package let to: LocationID
    /// What keeps the units for the transfer, where it reserved them.
    package let reservation: ReservationID?
    /// Of a ship: when it is to arrive now; nil where nothing was said.
    package var expectedAt: Timestamp?

    package init(
        transfer: TransferID, line: LineID, quantity: Quantity, parts: [Item.Component], from: LocationID?,
        to: LocationID, reservation: ReservationID?
    ) {
        self.transfer = transfer
        self.line = line
        self.quantity = quantity
        self.parts = parts
        self.from = from
        self.to = to
        self.reservation = reservation
    }

    /// Of its parts where it goes, and where the fact says that it happened.
    func names(at place: LocationReference, source: SourceNumber) -> [Name] {
        let places = place == .id(to) ? [place] : [place, .id(to)]
        return parts.flatMap { part in
            let name = Name(item: .sku(part.sku), location: to)
            return places.map { name.at($0, source: source) }
        }
    }

    func write(to writer: inout CanonicalWriter) {
        writer.text(transfer.description)
        writer.text(line.text)
        writer.integer(quantity.units)
        writer.integer(Int64(parts.count))
        for part in parts {
            writer.text(part.sku.text)
            writer.integer(part.quantity)
        }
        writer.text(from?.text)
        writer.text(to.text)
        writer.text(reservation?.description)
        writer.optionalInteger(expectedAt?.microseconds)
    }

    /// - Returns: nil for bytes that `write` did not write.
    init?(from reader: inout CanonicalReader) {
        guard case .some(.some(let transfer)) = reader.text(), let transfer = TransferID(text: transfer),
            case .some(.some(let line)) = reader.text(),
            let quantity = reader.integer(Int64.self).flatMap(Quantity.init(units:)),
            let count = reader.integer(Int64.self), (1...Int64(Item.componentsMax)).contains(count)
        else { return nil }
        var parts: [Item.Component] = []
        for _ in 0..<count {
            guard case .some(.some(let sku)) = reader.text(), let units = reader.integer(Int64.self) else { return nil }
            parts.append(Item.Component(sku: SKU(stored: sku), quantity: units))
        }
        guard case .some(let from) = reader.text(), case .some(.some(let to)) = reader.text(),
            case .some(let reservation) = reader.text(), case .some(let expectedAt) = reader.optionalInteger()
        else { return nil }
        self.init(
            transfer: transfer, line: LineID(stored: line), quantity: quantity, parts: parts,
            from: from.map(LocationID.init(stored:)), to: LocationID(stored: to),
            reservation: reservation.flatMap(ReservationID.init(text:)))
        self.expectedAt = expectedAt.map(Timestamp.init(microseconds:))
    }
}
