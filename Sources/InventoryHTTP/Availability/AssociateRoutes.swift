import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// What associates and pickup flows ask: where else it is, and which store has a whole basket.
struct AssociateRoutes {
    let views: AvailabilityViews
    let heard: LastSeenTracker
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("endless-aisle", use: aisle)
        router.post("store-finder", use: findStores)
    }

    private static let aisleLimitMax = 50
    private static let aisleLimitDefault = 5

    /// operationId: getEndlessAisle
    @Sendable func aisle(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let sku = query.identifier("sku", SKUKind.self)
        let code = query.identifier("code", CodeKind.self)
        let system = query.identifier("codeSystem", CodeSystemKind.self)
        let here = query.identifier("at", LocationKind.self)
        let channel = query.identifier("channel", ChannelKind.self)
        let limit = query.integer("limit", in: 1...Self.aisleLimitMax) ?? Self.aisleLimitDefault
        if query.text("sku") == nil, query.text("code") == nil { query.report("sku", "is required, or code") }
        if query.text("sku") != nil, query.text("code") != nil {
            query.report("code", "and sku are both given; send one of them")
        }
        if query.text("at") == nil { query.report("at", "is required: the location where the associate is") }
        try query.finish()
        guard let here else { throw Problem.invalid(parameter: "at", "is required") }
        let item = sku.map { ItemReference.sku($0) } ?? code.map { .code(system: system ?? .gtin, $0) }
        guard let item else { throw Problem.invalid(parameter: "sku", "is required, or code") }
        let found = try await views.aisle(
            item, at: here, for: channel, within: context.caller.binding.locations, limit: limit)
        switch found {
        case .success(let card):
            return .json(headers: AvailabilityRoutes.revalidated) { $0.aisle(card, heard: heard.lastHeard) }
        case .failure(.location): throw Problem.unknown(parameter: "at", "no location has this id")
        case .failure(.item):
            throw Problem.unknown(
                parameter: sku == nil ? "code" : "sku",
                sku == nil ? "the code is not mapped to an item; add an alias" : "no item has this sku")
        case .failure(.group): throw Problem.unknown(parameter: "channel", "its location group is not known")
        }
    }

    private static let storesMax = 100
    private static let storesDefault = 20

    /// operationId: findStores
    @Sendable func findStores(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let asked = try readBody(body) { BasketBody(from: &$0, storesMax: Self.storesMax, for: .colleagues) }
        let question = asked.question.within(context.caller.binding)
        let found = try await views.findStores(for: question, limit: asked.limit ?? Self.storesDefault)
        switch found {
        case .success(let stores):
            return .json(headers: AvailabilityRoutes.revalidated) { writer in
                writer.object {
                    $0.name("stores")
                    $0.array(stores.value) { $0.foundStore($1) }
                    $0.field("asOf", stores.asOf)
                }
            }
        case .failure(let unknown): throw Problem(unknown, in: question)
        }
    }
}

extension BasketQuestion {
    /// Over the locations that a client may see.
    func within(_ binding: AccessBinding) -> BasketQuestion {
        var question = self
        question.filter.within = binding.locations
        return question
    }
}

extension Problem {
    /// Of a basket's question.
    init(_ refusal: BasketRefusal, in question: BasketQuestion) {
        switch refusal {
        case .unknown(let unknown): self.init(unknown, in: question)
        case .tooMany(let line, let unitsMax):
            let detail =
                "must leave all lines of its item, with the units of their codes, at \(unitsMax) units or fewer"
            self = .invalid([Entry(pointer: "/lines/\(line)/quantity", detail: detail)])
        }
    }

    private init(_ unknown: UnknownInBasket, in question: BasketQuestion) {
        guard let line = unknown.line else {
            self = .unknown(pointer: "/group", "no location group has this id")
            return
        }
        switch question.lines[line].item {
        case .sku(let sku): self = .unknown(pointer: "/lines/\(line)/sku", "no item has the sku '\(sku)'")
        case .code(_, let code):
            self = .unknown(pointer: "/lines/\(line)/code", "code '\(code)' is not mapped to an item")
        }
    }
}

extension JSONWriter {
    fileprivate mutating func foundStore(_ store: FoundStore) {
        object {
            $0.field("location", store.card.id.text)
            $0.field("name", store.card.name)
            $0.distance(store.distanceKm)
            $0.field("readyBy", store.readyBy)
            $0.opening(store.opening)
            $0.field("isComplete", store.isComplete)
            $0.field("completeLines", Int64(store.completeLines))
            $0.name("lines")
            $0.array(store.lines) { writer, line in
                writer.object {
                    $0.field("sku", line.line.sku.text)
                    $0.field("quantity", line.line.quantity)
                    $0.field("availableToSell", line.availableToSell)
                    $0.field("band", line.band.rawValue)
                    $0.field("isEnough", line.isEnough)
                }
            }
        }
    }

    fileprivate mutating func aisle(_ card: AisleCard, heard: [LocationID: Timestamp]) {
        object { writer in
            writer.name("item")
            writer.object {
                $0.field("sku", card.item.sku.text)
                $0.field("name", card.item.name)
                $0.field("unit", card.item.unit.rawValue)
                $0.field("status", card.item.status.rawValue)
                $0.field("family", card.item.family?.text)
                $0.name("attributes")
                $0.attributes(card.item.attributes)
            }
            writer.name("here")
            writer.availability(card.here, heard: heard)
            writer.name("variants")
            writer.array(card.variants) { $0.variant($1) }
            writer.name("stores")
            writer.array(card.stores) { writer, store in
                writer.object {
                    $0.field("location", store.card.id.text)
                    $0.field("name", store.card.name)
                    $0.distance(store.distanceKm)
                    $0.field("readyBy", store.readyBy)
                    $0.opening(store.opening)
                    $0.name("availability")
                    $0.availability(store.balance, heard: heard)
                }
            }
            writer.name("shipFrom")
            writer.array(card.shipFrom) { writer, origin in
                writer.object {
                    $0.field("location", origin.location.text)
                    $0.field("name", origin.name)
                    $0.distance(origin.distanceKm)
                    $0.field("availableToSell", origin.availableToSell)
                }
            }
            writer.field("shipFromUnits", card.shipFromUnits)
            writer.name("inbound")
            writer.array(card.inbound) { $0.inbound($1) }
            writer.field("asOf", card.asOf)
        }
    }

    private mutating func variant(_ variant: AisleCard.Variant) {
        object {
            $0.field("sku", variant.item.sku.text)
            $0.field("name", variant.item.name)
            $0.field("status", variant.item.status.rawValue)
            $0.name("attributes")
            $0.attributes(variant.item.attributes)
            $0.field("availableToSell", variant.here.availableToSell)
            $0.field("band", variant.here.band.rawValue)
            $0.name("stores")
            $0.array(variant.near) { writer, place in
                writer.object {
                    $0.field("location", place.card.id.text)
                    $0.field("name", place.card.name)
                    $0.distance(place.distanceKm)
                    $0.field("availableToSell", place.availableToSell)
                    $0.field("band", place.band.rawValue)
                }
            }
        }
    }

    private mutating func inbound(_ inbound: AisleCard.Inbound) {
        object {
            switch inbound {
            case .expected(let supply):
                $0.field("kind", supply.transfer == nil ? "expectedSupply" : "inTransit")
                $0.field("id", supply.id.text)
                $0.field("location", supply.location.text)
                $0.field("quantity", supply.outstanding)
                $0.field("expectedAt", supply.expectedAt)
            case .inTransit(let location, let units):
                $0.field("kind", "inTransit")
                $0.field("id", nil as String?)
                $0.field("location", location.text)
                $0.field("quantity", units)
                $0.field("expectedAt", nil as String?)
            }
        }
    }
}
