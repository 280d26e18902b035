import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// What a storefront may show and a CDN may keep: bands, and "only n left" where that is little. No other figure, no version
/// and no time goes out here, nor into a tag.
struct StorefrontRoutes {
    let store: any AvailabilityStore
    let settings: StorefrontSettings
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("storefront/availability/{sku}", use: item)
        router.post("storefront/availability-queries", use: answers)
    }

    private static let locationsNamedMax = 100
    private static let pairsMax = 500

    private var cached: HTTPFields {
        let seconds = settings.maxAgeSeconds
        return [.cacheControl: "public, max-age=\(seconds), stale-while-revalidate=\(2 * seconds)"]
    }

    /// operationId: getStorefrontItem
    @Sendable func item(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        var query = Query(request)
        let filter = NetworkFilter(from: &query)
        let named = query.identifiers("location", countMax: Self.locationsNamedMax, LocationKind.self)
        let around = query.surroundings()
        let limit = query.integer("limit", in: 1...PageRequest.limitMax)
        try query.finish()
        let found = try await store.item(.sku(sku), filter, named: named, around: around)
        switch found {
        case .success(let answer):
            // Whoever is not in stock is of interest only to who asked for it.
            let places = answer.value.places.filter { !named.isEmpty || $0.balance.availableToSell > 0 }
            return try .taggedJSON(request, headers: cached) { writer in
                writer.object {
                    $0.field("sku", answer.value.item.sku.text)
                    $0.field("band", answer.value.item.band.rawValue)
                    $0.field("onlyLeft", settings.onlyLeft(answer.value.item.availableToSell))
                    $0.name("locations")
                    $0.array(places.prefix(limit ?? .max)) { writer, place in
                        writer.object {
                            $0.field("location", place.balance.location.text)
                            $0.field("name", place.name)
                            $0.field("band", place.balance.band.rawValue)
                            $0.field("onlyLeft", settings.onlyLeft(place.balance.availableToSell))
                            $0.distance(place.distanceKm)
                        }
                    }
                }
            }
        case .failure(.location):
            throw Problem.unknown(parameter: "location", "one of the locations is not known")
        case .failure(let unknown): throw Problem(unknown, sku: sku, location: nil)
        }
    }

    /// operationId: queryStorefront
    @Sendable func answers(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let question = try readBody(body) { PairQuestion(from: &$0) }
        try requireCount(question.count, max: Self.pairsMax, pointer: "/pairs")
        let found = try await store.answers(question.pairs, question.filter)
        switch found {
        case .success(let answers):
            return .json { writer in
                writer.object {
                    $0.name("results")
                    $0.array(zip(question.pairs, answers.value)) { $0.storefrontAnswer($1.0, $1.1, settings) }
                }
            }
        case .failure(let unknown): throw Problem(unknown, sku: nil, location: nil)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func storefrontAnswer(
        _ pair: AvailabilityPair, _ answer: PairAnswer, _ settings: StorefrontSettings
    ) {
        let summary = PairSummary(pair, answer)
        object {
            $0.pairNames(pair, summary)
            $0.field("band", summary.band?.rawValue)
            $0.field("onlyLeft", summary.available.flatMap(settings.onlyLeft))
            $0.pairProblem(pair, summary)
        }
    }
}
