import Inventory
package import InventoryService
package import StrictJSON

/// An order that somebody thinks about.
package struct PreviewQuestion {
    package let order: SourcedOrder
    package let allowsPartial: Bool

    package init?(from reader: inout ObjectReader) {
        let channel = reader.identifier("channel", ChannelKind.self)
        let shipTo = reader.point("shipTo")
        let terms = reader.sourcingTerms(shipTo: shipTo, isAllowed: true)
        allowsPartial = reader.boolean("allowPartial") ?? false
        guard let lines = reader.wantedLines(method: .ship, location: nil, mayBeSourced: true, namesPlaces: false)
        else {
            return nil
        }
        order = SourcedOrder(
            lines: lines.map { .init(id: $0.id, item: $0.item, quantity: $0.quantity.units) }, terms: terms,
            channel: channel, destination: shipTo)
    }
}
