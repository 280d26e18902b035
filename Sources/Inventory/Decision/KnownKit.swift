/// What the name of a kit means at one location: the balances of its parts. A kit has none of its own.
package struct KnownKit: Sendable, Hashable {
    /// What one kit has of an item.
    package struct Part: Sendable, Hashable {
        package let name: KnownName
        /// Base units of the part in one kit, 1 to `Item.Component.quantityMax`.
        package let quantity: Int64

        package init(name: KnownName, quantity: Int64) {
            self.name = name
            self.quantity = quantity
        }
    }

    package let number: ItemNumber
    package let sku: SKU
    package let location: LocationID
    package let unitsPerCode: UnitsPerCode
    /// The kit's own: where its sale is stopped, its parts may still be sold.
    package let itemStatus: ItemStatus
    /// Sale restrictions name the kit itself.
    package var isRestrictedSomewhere = false
    /// In the order in which balances are locked, each item once, never empty.
    package var parts: [Part]

    package init(
        number: ItemNumber, sku: SKU, location: LocationID, unitsPerCode: UnitsPerCode, itemStatus: ItemStatus,
        parts: [Part]
    ) {
        self.number = number
        self.sku = sku
        self.location = location
        self.unitsPerCode = unitsPerCode
        self.itemStatus = itemStatus
        self.parts = parts
    }
}
