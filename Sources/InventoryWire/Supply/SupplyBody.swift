package import Inventory
import InventoryService
package import StrictJSON

/// Supply as it was sent, and what of, by sku or code.
package struct SupplyBody {
    package let supply: ExpectedSupply
    package let item: ItemReference

    package init?(from reader: inout ObjectReader, _ id: SupplyID) {
        let item = reader.itemReference()
        let location = reader.identifier("location", LocationKind.self, isRequired: true)
        let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
        let expectedAt = reader.timestamp("expectedAt")
        if expectedAt == nil, reader.value("expectedAt") == nil { reader.report("expectedAt", "is required") }
        let reference = reader.identifier("reference", ReferenceKind.self)
        guard let item, let location, let quantity, let expectedAt else { return nil }
        self.item = item
        supply = ExpectedSupply(
            id: id, sku: item.sku ?? SKU(stored: ""), location: location, quantity: quantity, expectedAt: expectedAt,
            firstExpectedAt: expectedAt, reference: reference)
    }
}

extension ItemReference {
    fileprivate var sku: SKU? {
        if case .sku(let sku) = self { sku } else { nil }
    }
}
