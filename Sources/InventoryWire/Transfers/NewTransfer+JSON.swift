package import Inventory
package import StrictJSON

extension NewTransfer {
    /// The body of `POST /v1/transfers`, a request: what is unknown in it is refused.
    package init?(from reader: inout ObjectReader) {
        let reference = reader.identifier("reference", ReferenceKind.self)
        let from = reader.identifier("from", LocationKind.self)
        let to = reader.identifier("to", LocationKind.self, isRequired: true)
        let reserves = reader.boolean("reserve") ?? false
        let expectedAt = reader.timestamp("expectedAt")
        if let from, from == to { reader.report("to", "must differ from 'from'") }
        if reserves, from == nil {
            reader.report("reserve", "keeps units where they leave, so it needs 'from'")
        }
        let lines = reader.transferLines()
        guard let to, let lines else { return nil }
        self.init(
            reference: reference, from: from, to: to, reserves: reserves, expectedAt: expectedAt, lines: lines)
    }
}

extension ObjectReader {
    fileprivate mutating func transferLines() -> [NewTransfer.Line]? {
        guard let elements = array("lines", count: 1...Transfer.linesMax, isRequired: true) else { return nil }
        var lines: [NewTransfer.Line] = []
        var seen: Set<LineID> = []
        for (place, element) in elements.enumerated() {
            let at = "\(pointer)/lines/\(place)"
            guard var reader = ObjectReader(element, at: at, problems) else { continue }
            let isNamed = reader.value("id") != nil
            let id = reader.identifier("id", LineKind.self) ?? (isNamed ? nil : LineID(stored: "\(place + 1)"))
            let item = reader.itemReference()
            let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
                .flatMap(Quantity.init(units:))
            reader.refuseUnknown()
            if let id, !seen.insert(id).inserted { reader.report("id", "duplicate line id") }
            guard let id, let item, let quantity else { continue }
            lines.append(.init(id: id, item: item, quantity: quantity, pointer: at))
        }
        return lines.count == elements.count ? lines : nil
    }
}
