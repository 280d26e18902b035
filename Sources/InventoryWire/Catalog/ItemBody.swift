package import Inventory
package import InventoryService
package import StrictJSON

/// An item as it was sent, and what it is made of, by sku or code.
package struct ItemBody {
    package let item: Item
    package let parts: [KitPart]
    /// The item and what was said of it: a file without a column for the status says nothing of it.
    package let listed: ListedItem

    package init?(from reader: inout ObjectReader, sku: SKU) {
        let name = reader.label("name", isRequired: true)
        let unit = reader.choice("unit", Item.Unit.self)
        let status = reader.choice("status", ItemStatus.self)
        parts = Self.parts(from: &reader, of: sku)
        let family = reader.identifier("family", FamilyKind.self)
        let attributes = Item.Attribute.all(from: &reader)
        guard let name else { return nil }
        var item = Item(sku: sku, name: name, unit: unit ?? .each, status: status ?? .active)
        item.family = family
        item.attributes = attributes
        self.item = item
        listed = ListedItem(item, namesUnit: unit != nil, namesStatus: status != nil)
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

extension Item.Attribute {
    /// The members of `attributes`; one that is null counts as absent.
    fileprivate static func all(from reader: inout ObjectReader) -> [Item.Attribute] {
        guard let value = reader.value("attributes") else { return [] }
        guard let members = value.members else {
            reader.report("attributes", "must be an object, not \(value.typeName)")
            return []
        }
        let place = "\(reader.pointer)/attributes"
        if let twice = value.firstDuplicateName(at: place) {
            reader.problems.report(twice, "duplicate member")
            return []
        }
        let given = members.filter { !$0.value.isNull }
        guard given.count <= Item.attributesMax else {
            reader.report("attributes", "must have at most \(Item.attributesMax) members, not \(given.count)")
            return []
        }
        var found: [Item.Attribute] = []
        for (name, value) in given {
            let name = name.string ?? ""
            guard name.isShort(nameLengthMax) else {
                reader.report("attributes", "must have names of 1 to \(nameLengthMax) printable characters")
                continue
            }
            guard let text = value.string, text.isShort(valueLengthMax) else {
                reader.report(
                    "attributes", "must have texts of 1 to \(valueLengthMax) printable characters; '\(name)' has not")
                continue
            }
            found.append(Item.Attribute(name: name, value: text))
        }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension String {
    fileprivate func isShort(_ lengthMax: Int) -> Bool {
        (1...lengthMax).contains(unicodeScalars.count) && unicodeScalars.allSatisfy(\.isPrintable)
    }
}

extension ItemBin {
    package init?(from reader: inout ObjectReader, sku: SKU, location: LocationID) {
        guard let text = reader.string("bin", isRequired: true) else { return nil }
        guard text.isShort(Self.textLengthMax) else {
            reader.report("bin", "must have 1 to \(Self.textLengthMax) printable characters")
            return nil
        }
        self.init(sku: sku, location: location, text: text)
    }
}
