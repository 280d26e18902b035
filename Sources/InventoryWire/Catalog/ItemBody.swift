package import Inventory
package import InventoryService
package import StrictJSON

/// An item as it was sent, and what it is made of, by sku or code.
package struct ItemBody {
    package let item: Item
    package let parts: [KitPart]

    package init?(from reader: inout ObjectReader, sku: SKU) {
        let name = reader.label("name", isRequired: true)
        let unit = reader.choice("unit", Item.Unit.self)
        let status = reader.choice("status", ItemStatus.self)
        parts = Self.parts(from: &reader, of: sku)
        guard let name else { return nil }
        item = Item(sku: sku, name: name, unit: unit ?? .each, status: status ?? .active)
    }

    private static func parts(from reader: inout ObjectReader, of sku: SKU) -> [KitPart] {
        var parts: [KitPart] = []
        let elements = reader.array("components", count: 0...Item.componentsMax) ?? []
        for (index, element) in elements.enumerated() {
            let place = "\(reader.pointer)/components/\(index)"
            guard var part = ObjectReader(element, at: place, reader.problems) else { continue }
            let item = part.itemReference()
            let quantity = part.integer("quantity", in: 1...Item.Component.quantityMax, isRequired: true)
            part.refuseUnknown()
            guard let item, let quantity else { continue }
            if item == .sku(sku) { part.report("sku", "is the kit itself") }
            if parts.contains(where: { $0.item == item }) {
                part.report("sku", "duplicate component; add its quantities up")
            }
            parts.append(KitPart(item: item, quantity: quantity))
        }
        return parts
    }
}
