/// Something sellable.
package struct Item: Sendable, Hashable {
    package var sku: SKU
    package var name: String
    /// The base unit that every quantity counts.
    package var unit: Unit
    package var status: ItemStatus
    /// Of a kit, what it is made of, each item once; it has no stock of its own then.
    package var components: [Component] = []
    /// The product whose sizes and colours it is one of; nil where it stands alone.
    package var family: Family?
    /// What tells it from the others of its family, such as its size; in the order of their names' bytes.
    package var attributes: [Attribute] = []

    /// One text about an item.
    package struct Attribute: Sendable, Hashable {
        /// 1 to `nameLengthMax` printable characters.
        package var name: String
        /// 1 to `valueLengthMax` printable characters.
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }

        package static let nameLengthMax = 64
        package static let valueLengthMax = 100
    }

    package static let attributesMax = 20

    /// A part of a kit.
    package struct Component: Sendable, Hashable {
        package var sku: SKU
        /// Base units of the part in one kit, 1 to `quantityMax`.
        package var quantity: Int64

        package init(sku: SKU, quantity: Int64) {
            self.sku = sku
            self.quantity = quantity
        }

        package static let quantityMax: Int64 = 1_000_000
    }

    package static let componentsMax = 50

    package enum Unit: String, Sendable, Hashable, CaseIterable {
        case each, gram, millilitre, millimetre
    }

    package init(sku: SKU, name: String, unit: Unit = .each, status: ItemStatus = .active) {
        self.sku = sku
        self.name = name
        self.unit = unit
        self.status = status
    }
}

/// What may be sold of an item: a recall stops it at once.
package enum ItemStatus: String, Sendable, Hashable, CaseIterable {
    case active, stopSale, discontinued
}

/// Another system's code for an item.
package struct Alias: Sendable, Hashable {
    package var codeSystem: CodeSystem
    package var code: Code
    package var sku: SKU
    package var unitsPerCode: UnitsPerCode

    /// A GTIN is kept as 14 digits.
    package init(codeSystem: CodeSystem, code: Code, sku: SKU, unitsPerCode: UnitsPerCode = .one) {
        self.codeSystem = codeSystem
        self.code = codeSystem == .gtin ? GTIN.canonical(code) : code
        self.sku = sku
        self.unitsPerCode = unitsPerCode
    }
}

extension Code {
    /// How this code is looked up in a code system.
    package func canonical(in system: CodeSystem?) -> Code {
        system == .gtin ? GTIN.canonical(self) : self
    }
}
