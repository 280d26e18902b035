import Inventory
package import InventoryService
package import StrictJSON

/// The body of `POST /v1/availability-queries`, and of the storefront's.
package struct PairQuestion {
    /// As sent; `pairs` has as many, unless they are too many.
    package let count: Int
    package let pairs: [AvailabilityPair]
    package let filter: NetworkFilter
    /// Units wanted of each pair, 1 or more.
    package let quantities: [Int64]

    /// - Parameter quantityMax: the most units that a pair may ask for; nil: pairs name no quantity.
    package init?(from reader: inout ObjectReader, quantityMax: Int64? = nil) {
        let channel = reader.identifier("channel", ChannelKind.self)
        let method = reader.choice("method", FulfilmentMethod.self)
        guard let elements = reader.array("pairs", count: 1...Int.max, isRequired: true) else {
            return nil
        }
        // More than are allowed are refused as a whole, by the caller; there is no point in reading them.
        count = elements.count
        guard elements.count <= AvailabilityPair.countMax else {
            self.pairs = []
            quantities = []
            filter = NetworkFilter()
            return
        }
        var pairs: [AvailabilityPair] = []
        pairs.reserveCapacity(elements.count)
        var quantities: [Int64] = []
        for (index, element) in elements.enumerated() {
            guard var pair = ObjectReader(element, at: "/pairs/\(index)", reader.problems) else { continue }
            let item = pair.itemReference()
            let location = pair.identifier("location", LocationKind.self)
            let group = pair.identifier("group", GroupKind.self)
            let quantity = quantityMax.flatMap { pair.integer("quantity", in: 1...$0) } ?? 1
            pair.refuseUnknown()
            if location != nil, group != nil { pair.report("group", "and location are both given; send one of them") }
            guard let item else { continue }
            let place: AvailabilityPair.Place =
                location.map { .location($0) } ?? group.map { .group($0) } ?? .network
            pairs.append(AvailabilityPair(item: item, place: place))
            quantities.append(quantity)
        }
        guard pairs.count == elements.count else { return nil }
        self.pairs = pairs
        self.quantities = quantities
        filter = NetworkFilter(channel: channel, method: method)
    }
}
