/// What a name means at one location to a promise: an item, or the parts of a kit, which all come from there.
struct Goods {
    /// Of the item, or of the kit itself.
    let number: ItemNumber
    let sku: SKU
    let location: LocationID
    let unitsPerCode: UnitsPerCode
    /// The balances that units are taken of, with how many each takes: 1 of an item, or a kit's parts.
    let parts: [KnownKit.Part]
    let isKit: Bool
    /// Nothing of it may be sold, whatever its parts are.
    let isStopped: Bool

    init(_ name: KnownName) {
        number = name.key.item
        sku = name.sku
        location = name.location
        unitsPerCode = name.unitsPerCode
        parts = [KnownKit.Part(name: name, quantity: 1)]
        isKit = false
        // The balance's own terms see to that.
        isStopped = false
    }

    init(_ kit: KnownKit) {
        number = kit.number
        sku = kit.sku
        location = kit.location
        unitsPerCode = kit.unitsPerCode
        parts = kit.parts
        isKit = true
        isStopped = kit.itemStatus == .stopSale
    }

    /// Nothing of it may be sold: of it as a whole, or of one of its parts.
    var isSaleStopped: Bool { isStopped || parts.contains { $0.name.itemStatus == .stopSale } }

    /// - Returns: the same kit made of other parts.
    func made(of parts: [KnownKit.Part]) -> Goods {
        Goods(self, parts: parts)
    }

    private init(_ goods: Goods, parts: [KnownKit.Part]) {
        number = goods.number
        sku = goods.sku
        location = goods.location
        unitsPerCode = goods.unitsPerCode
        self.parts = parts
        isKit = goods.isKit
        isStopped = goods.isStopped
    }

    /// What one is made of, as a reservation keeps it; empty for an item.
    var components: [Item.Component] {
        isKit ? parts.map { Item.Component(sku: $0.name.sku, quantity: $0.quantity) } : []
    }

    /// Base units, or kits, that a quantity of its name is.
    /// - Returns: nil when they, or those of a part, are more than `Quantity.maxUnits`.
    func units(of quantity: Quantity) -> Int64? {
        let units = quantity.units * unitsPerCode.units
        guard units <= Quantity.maxUnits, parts.allSatisfy({ units * $0.quantity <= Quantity.maxUnits }) else {
            return nil
        }
        return units
    }

    /// How many can be had of parts of which so much is there.
    func available(_ units: (KnownName) -> Int64) -> Int64 {
        guard !isStopped else { return 0 }
        return parts.map { units($0.name) / $0.quantity }.min() ?? 0
    }
}

extension NameResolution {
    /// Nil where it is unknown.
    var goods: Goods? {
        switch self {
        case .known(let name): Goods(name)
        case .kit(let kit): Goods(kit)
        case .unknown: nil
        }
    }
}

extension BatchDecision {
    /// - Returns: nil where the name is unknown or nobody asked for it.
    func goods(_ name: Name) -> Goods? { snapshot.names[name]?.goods }
}
