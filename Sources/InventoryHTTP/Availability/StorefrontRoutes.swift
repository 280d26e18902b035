import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// What a storefront may show and a CDN may keep: bands, "only n left" where that is little, whether a small quantity can be
/// had, and when a store is open and could have it ready. No other figure and no version goes out here, nor into a tag.
struct StorefrontRoutes {
    let views: StorefrontViews
    let settings: StorefrontSettings
    let limits: HTTPLimits

    init(views: AvailabilityViews, settings: StorefrontSettings, limits: HTTPLimits) {
        self.views = StorefrontViews(views, cardAge: .seconds(settings.maxAgeSeconds))
        self.settings = settings
        self.limits = limits
    }

    func add(to router: RouterGroup<AppContext>) {
        router.get("storefront/availability/{sku}", use: item)
        router.post("storefront/availability-queries", use: answers)
        router.post("storefront/store-finder", use: findStores)
    }

    private static let locationsNamedMax = 100
    private static let pairsMax = 500
    private static let storesMax = 50
    private static let storesDefault = 10

    /// What a bound client gets is not for others.
    private func cached(_ caller: Caller) -> HTTPFields {
        guard caller.binding.locations == nil else { return AvailabilityRoutes.revalidated }
        let seconds = settings.maxAgeSeconds
        return [.cacheControl: "public, max-age=\(seconds), stale-while-revalidate=\(2 * seconds)"]
    }

    /// operationId: getStorefrontItem
    @Sendable func item(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        var query = Query(request)
        var filter = NetworkFilter(from: &query)
        filter.within = context.caller.binding.locations
        let named = query.identifiers("location", countMax: Self.locationsNamedMax, LocationKind.self)
        let around = query.surroundings()
        let quantity = query.integer("quantity", in: 1...Int(settings.quantityMax)) ?? 1
        let limit = query.integer("limit", in: 1...PageRequest.limitMax)
        try query.finish()
        try context.requireKnown(named)
        let found = try await views.item(
            sku, filter, named: named, around: around, quantity: Int64(quantity), limit: limit)
        switch found {
        case .success(let item):
            return try .taggedJSON(request, headers: cached(context.caller)) { $0.storefrontItem(item, settings) }
        case .failure(.location):
            throw Problem.unknown(parameter: "location", "one of the locations is not known")
        case .failure(let unknown): throw Problem(unknown, sku: sku, location: nil)
        }
    }

    /// operationId: queryStorefront
    @Sendable func answers(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let question = try readBody(body) { PairQuestion(from: &$0, quantityMax: settings.quantityMax) }
        try requireCount(question.count, max: Self.pairsMax, pointer: "/pairs")
        try context.requireOwn(question.pairs)
        let found = try await views.availability.answers(question.pairs, question.filter)
        switch found {
        case .success(let answers):
            return .json { writer in
                writer.object {
                    $0.name("results")
                    $0.array(question.pairs.indices) { writer, index in
                        writer.storefrontAnswer(
                            question.pairs[index], answers.value[index], wanted: question.quantities[index], settings)
                    }
                }
            }
        case .failure(let unknown): throw Problem(unknown, sku: nil, location: nil)
        }
    }

    /// operationId: findStorefrontStores
    @Sendable func findStores(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let asked = try readBody(body) {
            BasketBody(from: &$0, storesMax: Self.storesMax, for: .shoppers(quantityMax: settings.quantityMax))
        }
        let found = try await views.findStores(
            for: asked.question.within(context.caller.binding), limit: asked.limit ?? Self.storesDefault,
            unitsMax: settings.quantityMax)
        switch found {
        case .success(let stores):
            return .json { writer in
                writer.object {
                    $0.name("stores")
                    $0.array(stores) { $0.storefrontStore($1, settings) }
                }
            }
        case .failure(let unknown): throw Problem(unknown, in: asked.question)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func storefrontItem(_ item: StorefrontItem, _ settings: StorefrontSettings) {
        object {
            $0.field("sku", item.sku.text)
            $0.field("band", item.band.rawValue)
            $0.field("onlyLeft", settings.onlyLeft(item.availableToSell))
            $0.field("isEnough", item.isEnough)
            $0.name("locations")
            $0.array(item.places) { writer, place in
                writer.object {
                    $0.shop(place.card, place.distanceKm, place.readyBy, place.opening)
                    $0.field("band", place.band.rawValue)
                    $0.field("onlyLeft", settings.onlyLeft(place.availableToSell))
                    $0.field("isEnough", place.isEnough)
                }
            }
        }
    }

    fileprivate mutating func storefrontStore(_ found: StorefrontStore, _ settings: StorefrontSettings) {
        object {
            let store = found.store
            $0.shop(store.card, store.distanceKm, found.readyBy, found.opening)
            $0.field("isComplete", store.isComplete)
            $0.field("completeLines", Int64(store.completeLines))
            $0.name("lines")
            $0.array(store.lines) { writer, line in
                writer.object {
                    $0.field("sku", line.line.sku.text)
                    $0.field("quantity", line.line.quantity)
                    $0.field("band", line.band.rawValue)
                    $0.field("onlyLeft", settings.onlyLeft(line.availableToSell))
                    $0.field("isEnough", line.isEnough)
                }
            }
        }
    }

    private mutating func shop(
        _ card: LocationCard, _ distanceKm: Double?, _ readyBy: Timestamp?, _ opening: OpenState
    ) {
        field("location", card.id.text)
        field("name", card.name)
        distance(distanceKm)
        field("offersPickup", card.place.offersPickup)
        field("readyBy", readyBy)
        self.opening(opening)
    }

    fileprivate mutating func storefrontAnswer(
        _ pair: AvailabilityPair, _ answer: PairAnswer, wanted: Int64, _ settings: StorefrontSettings
    ) {
        let summary = PairSummary(pair, answer)
        object {
            $0.pairNames(pair, summary)
            $0.field("band", summary.band?.rawValue)
            $0.field("onlyLeft", summary.available.flatMap(settings.onlyLeft))
            $0.field("isEnough", summary.available.map { $0 >= wanted })
            $0.pairProblem(pair, summary)
        }
    }
}
