/// Where an item lies at a location, in the words of its people: a shelf, a rack, a drawer.
package struct ItemBin: Sendable, Hashable {
    package var sku: SKU
    package var location: LocationID
    /// 1 to `textLengthMax` printable characters.
    package var text: String

    package init(sku: SKU, location: LocationID, text: String) {
        self.sku = sku
        self.location = location
        self.text = text
    }

    package static let textLengthMax = 64
}
