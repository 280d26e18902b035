package import Inventory
package import StrictJSON

extension Feed {
    package init?(from reader: inout ObjectReader, name: FeedName) {
        self.init(
            name: name, format: reader.choice("format") ?? .googleLocalInventory,
            separator: reader.choice("separator") ?? .comma, pickupMethod: reader.choice("pickupMethod") ?? .reserve,
            group: reader.identifier("group"), channel: reader.identifier("channel"),
            itemCodeSystem: reader.identifier("itemCodeSystem"))
    }
}
