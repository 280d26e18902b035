import Hummingbird
import Inventory
import InventoryService
import StrictJSON

struct RateRoutes {
    let store: any AvailabilityStore

    /// Locations that one question may name.
    private static let locationsNamedMax = 100

    func add(to router: RouterGroup<AppContext>) {
        router.get("items/{sku}/rate", use: rate)
    }

    /// operationId: getRateOfSale
    @Sendable func rate(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        var query = Query(request)
        let named = query.identifiers("location", countMax: Self.locationsNamedMax, LocationKind.self)
        try query.finish()
        try context.requireKnown(named)
        switch try await store.rates(.sku(sku), at: named, within: context.caller.binding.locations) {
        case .failure(.location): throw Problem.unknown(parameter: "location", "one of the locations is not known")
        case .failure: throw Problem.notFound("item has the sku '\(sku)'")
        case .success(let found):
            let rates = found.value.rates.map { rate in
                (rate: rate, unitsPerDay: rate.sold?.unitsPerDay(now: found.asOf) ?? 0)
            }
            return .json { writer in
                writer.object {
                    $0.field("sku", found.value.sku.text)
                    $0.field("unitsPerDay", rates.reduce(0) { $0 + $1.unitsPerDay }.rounded(toDigits: 4))
                    $0.field("halfLifeDays", SoldUnits.halfLifeMicroseconds / 86_400_000_000)
                    $0.name("locations")
                    $0.array(rates) { writer, entry in
                        writer.object {
                            $0.field("location", entry.rate.location.text)
                            $0.field("unitsPerDay", entry.unitsPerDay.rounded(toDigits: 4))
                            $0.field("firstSoldAt", entry.rate.sold?.since)
                            $0.field("lastSoldAt", entry.rate.sold?.asOf)
                        }
                    }
                    $0.field("asOf", found.asOf)
                }
            }
        }
    }
}

extension Double {
    /// Decimal digits behind the point, 0 to 9.
    func rounded(toDigits digits: Int) -> Double {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
