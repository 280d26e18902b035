import Inventory
package import InventoryService
package import StrictJSON

/// The body of a store finder's question.
package struct BasketBody {
    package let question: BasketQuestion
    package let limit: Int?

    /// Who asks. Shoppers name no owner, and learn of no quantity beyond a few.
    package enum Audience {
        case colleagues
        case shoppers(quantityMax: Int64)
    }

    package init?(from reader: inout ObjectReader, storesMax: Int, for audience: Audience) {
        var quantityMax = Quantity.maxUnits
        var owner: Owner?
        switch audience {
        case .colleagues: owner = reader.identifier("owner")
        case .shoppers(let max): quantityMax = max
        }
        let latitude = reader.number("latitude", in: -90...90, isRequired: true)
        let longitude = reader.number("longitude", in: -180...180, isRequired: true)
        let radius = reader.number("radiusKm", in: Surroundings.radiusKmRange)
        let filter = NetworkFilter(
            group: reader.identifier("group"), channel: reader.identifier("channel"),
            method: reader.choice("method") ?? .pickup, owner: owner)
        limit = reader.integer("limit", in: 1...Int64(storesMax)).map { Int($0) }
        var lines: [BasketQuestion.Line] = []
        let elements = reader.array("lines", count: 1...BasketQuestion.linesMax, isRequired: true) ?? []
        for (index, element) in elements.enumerated() {
            guard var line = ObjectReader(element, at: "/lines/\(index)", reader.problems) else { continue }
            let item = line.itemReference()
            let quantity = line.integer("quantity", in: 1...quantityMax, isRequired: true)
            line.refuseUnknown()
            if let item, let quantity { lines.append(.init(item: item, quantity: quantity)) }
        }
        guard let latitude, let longitude, let center = Coordinates(latitude: latitude, longitude: longitude),
            lines.count == elements.count
        else { return nil }
        question = BasketQuestion(
            lines: lines, filter: filter, around: Surroundings(center: center, radiusKm: radius))
    }
}
