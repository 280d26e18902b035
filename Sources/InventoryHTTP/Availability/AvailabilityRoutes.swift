import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct AvailabilityRoutes {
    let store: any AvailabilityStore
    let heard: LastSeenTracker
    let limits: HTTPLimits

    /// Figures are for whoever asked, and are asked for again each time: then a tag tells whether they changed.
    static let revalidated: HTTPFields = [.cacheControl: "private, no-cache"]

    /// Locations that one question about an item may name.
    private static let locationsNamedMax = 100

    func add(to router: RouterGroup<AppContext>) {
        router.get("availability", use: items)
        router.get("availability/{sku}", use: item)
        router.get("availability/{sku}/{location}", use: balance)
        router.get("locations/{id}/availability", use: location)
        router.post("availability-queries", use: answers)
    }

    /// operationId: getItemAvailability
    @Sendable func item(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        var query = Query(request)
        var filter = NetworkFilter(from: &query)
        filter.owner = query.identifier("owner")
        let named = query.identifiers("location", countMax: Self.locationsNamedMax, LocationKind.self)
        let around = query.surroundings()
        let limit = query.integer("limit", in: 1...PageRequest.limitMax)
        let past = PastQuestion(from: &query, filter, around)
        if case .occurred = past, named.count > 1 {
            query.report("location", "may be given once with basis=occurred")
        }
        try query.finish()
        try context.requireKnown(named)
        filter.within = context.caller.binding.locations
        switch past {
        case .occurred(let instant):
            let (sku, found, asOf) = try await occurred(sku, at: named.first, instant, isNamed: true)
            let balances = found.filter { context.sees([$0.location]) }
            return .json(headers: Self.revalidated) { writer in
                writer.object {
                    $0.field("sku", sku.text)
                    $0.field("availableToSell", nil as Int64?)
                    $0.field("band", nil as String?)
                    $0.name("locations")
                    $0.array(balances.prefix(limit ?? .max)) { $0.occurred($1, asOf: asOf, isPlaced: true) }
                    $0.field("asOf", asOf)
                }
            }
        case .known(let instant):
            let known = try await known(sku, filter, named: named, isNamed: true, around, at: instant)
            return .json(headers: Self.revalidated) {
                $0.itemPlaces(known, limit: limit, heard: nil, asOf: instant)
            }
        case nil: break
        }
        let found = try await store.item(.sku(sku), filter, named: named, around: around)
        switch found {
        case .success(let answer):
            return try .taggedJSON(request, headers: Self.revalidated) {
                $0.itemPlaces(answer.value, limit: limit, heard: heard.lastHeard, asOf: answer.asOf)
            }
        case .failure(.location):
            throw Problem.unknown(parameter: "location", "one of the locations is not known")
        case .failure(let unknown): throw Problem(unknown, sku: sku, location: nil)
        }
    }

    /// operationId: listAvailability
    @Sendable func items(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = NetworkFilter(from: &query)
        filter.within = context.caller.binding.locations
        let list = ListFilter(from: &query)
        let cursor = CursorCodec(
            "availability", filter.group?.text ?? "", filter.channel?.text ?? "", filter.method?.rawValue ?? "",
            list.band?.rawValue ?? "", list.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await store.items(filter, list, page)
        switch found {
        case .success(let items):
            return try .taggedJSON(request, headers: Self.revalidated) { writer in
                writer.object {
                    items.value.write(to: &$0, "items", cursor: cursor, key: { $0.sku.text }) {
                        $0.itemAvailability($1)
                    }
                    $0.volatile { $0.field("asOf", items.asOf) }
                }
            }
        case .failure(let unknown): throw Problem(unknown, sku: nil, location: nil)
        }
    }

    /// operationId: listLocationAvailability
    @Sendable func location(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.location("id")
        var query = Query(request)
        let filter = NetworkFilter(channel: query.identifier("channel"), method: query.choice("method"))
        let list = ListFilter(from: &query)
        let cursor = CursorCodec(
            "location-availability", id.text, filter.channel?.text ?? "", filter.method?.rawValue ?? "",
            list.band?.rawValue ?? "", list.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await store.location(id, filter, list, page)
        switch found {
        case .success(let balances):
            let heard = heard.lastHeard
            return try .taggedJSON(request, headers: Self.revalidated) { writer in
                writer.object {
                    balances.value.write(to: &$0, "availability", cursor: cursor, key: { $0.balance.sku.text }) {
                        $0.availability($1.balance, heard: heard, name: $1.name)
                    }
                    $0.volatile { $0.field("asOf", balances.asOf) }
                }
            }
        case .failure(let unknown): throw Problem(unknown, sku: nil, location: id)
        }
    }

    /// operationId: queryAvailability
    @Sendable func answers(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bulkBodyBytesMax, in: context)
        let question = try readBody(body) { PairQuestion(from: &$0) }
        try requireCount(question.count, max: AvailabilityPair.countMax, pointer: "/pairs")
        try context.requireOwn(question.pairs)
        let found = try await store.answers(question.pairs, question.filter)
        switch found {
        case .success(let answers):
            let heard = heard.lastHeard
            return .json(headers: Self.revalidated) { writer in
                writer.object {
                    $0.name("results")
                    $0.array(zip(question.pairs, answers.value)) { $0.pairAnswer($1.0, $1.1, heard: heard) }
                    $0.field("asOf", answers.asOf)
                }
            }
        case .failure(let unknown): throw Problem(unknown, sku: nil, location: nil)
        }
    }
}

extension AvailabilityRoutes {
    /// - Parameter isNamed: the location is a parameter and not part of the path.
    func occurred(
        _ sku: SKU, at location: LocationID?, _ instant: Timestamp?, isNamed: Bool = false
    ) async throws -> (sku: SKU, balances: [OccurredBalance], asOf: Timestamp) {
        let found = try await store.occurred(.sku(sku), at: location, instant)
        switch found {
        case nil: throw Self.inTheFuture
        case .success(let balances): return (sku, balances.value, balances.asOf)
        case .failure(.location) where isNamed:
            throw Problem.unknown(parameter: "location", "one of the locations is not known")
        case .failure(let unknown): throw Problem(unknown, sku: sku, location: location)
        }
    }

    func known(
        _ sku: SKU, _ filter: NetworkFilter, named: [LocationID], isNamed: Bool, _ around: Surroundings? = nil,
        at instant: Timestamp
    ) async throws -> ItemPlaces {
        let found = try await store.known(.sku(sku), filter, named: named, around: around, at: instant)
        switch found {
        case nil: throw Self.inTheFuture
        case .success(let answer): return answer.value
        case .failure(.location) where isNamed:
            throw Problem.unknown(parameter: "location", "one of the locations was not known then")
        case .failure(.item): throw Self.unknown("item had the sku '\(sku)'", at: instant)
        case .failure(.location): throw Self.unknown("location had the id '\(named.first?.text ?? "")'", at: instant)
        case .failure(.group): throw Problem.unknown(parameter: "group", "no location group had this id then")
        }
    }

    /// Of a name that may mean something by now.
    private static func unknown(_ what: String, at instant: Timestamp) -> Problem {
        .notFound("\(what) at \(instant): nothing was known of it then, and so nothing was shown")
    }

    private static var inTheFuture: Problem {
        .invalid(parameter: "asOf", "is in the future")
    }
}

extension AppContext {
    /// A location in a parameter that the client may not see is unknown to it, as one that there is not.
    func requireKnown(_ named: [LocationID]) throws {
        guard sees(named) else { throw Problem.unknown(parameter: "location", "one of the locations is not known") }
    }

    /// A figure over a group or the network tells of other locations too.
    func requireOwn(_ pairs: [AvailabilityPair]) throws {
        guard caller.binding.locations != nil else { return }
        let others = pairs.enumerated().compactMap { index, pair -> String? in
            switch pair.place {
            case .location(let location): caller.binding.allows(location) ? nil : "/pairs/\(index)/location"
            case .group: "/pairs/\(index)/group"
            case .network: "/pairs/\(index)"
            }
        }
        if !others.isEmpty { throw Problem.notBound(pointers: others, to: "locations") }
    }
}

/// A question about an instant, and about what was so then.
enum PastQuestion: Sendable {
    /// What was physically there, as far as is known now; nil: now.
    case occurred(Timestamp?)
    /// What was known, and so shown.
    case known(Timestamp)

    /// - Returns: nil when the question is about now.
    init?(from query: inout Query, _ filter: NetworkFilter, _ around: Surroundings? = nil) {
        let basis = query.choice("basis", LedgerFilter.Basis.self)
        let asOf = query.timestamp("asOf")
        guard basis == .occurred else {
            guard let asOf else { return nil }
            self = .known(asOf)
            return
        }
        if filter != NetworkFilter() || around != nil {
            query.report("basis", "occurred says what was there; it takes no group, channel, method, owner or place")
        }
        self = .occurred(asOf)
    }
}

extension NetworkFilter {
    init(from query: inout Query) {
        self.init(
            group: query.identifier("group"), channel: query.identifier("channel"), method: query.choice("method"))
    }
}

extension ListFilter {
    fileprivate init(from query: inout Query) {
        let band = query.choice("band", Band.self)
        let text = query.text("q")
        if let text,
            !(1...Self.textLengthMax).contains(text.unicodeScalars.count)
                || !text.unicodeScalars.allSatisfy(\.isPrintable)
        {
            query.report("q", "must have 1 to \(Self.textLengthMax) printable characters")
        }
        self.init(band: band, text: text)
    }
}

extension Problem {
    init(_ unknown: UnknownInQuestion, sku: SKU?, location: LocationID?) {
        switch unknown {
        case .group: self = .unknown(parameter: "group", "no location group has this id")
        case .item: self = .notFound("item has the sku '\(sku?.text ?? "")'")
        case .location: self = .notFound("location has the id '\(location?.text ?? "")'")
        }
    }
}
