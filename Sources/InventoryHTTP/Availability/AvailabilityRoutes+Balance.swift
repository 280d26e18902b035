import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

/// One balance: by the router, and by the fast lane.
extension AvailabilityRoutes {
    /// operationId: getAvailability
    @Sendable func balance(_ request: Request, context: AppContext) async throws -> Response {
        let question = try BalanceQuestion(request, context)
        if let past = question.past { return try await balance(question, past).response }
        let found = try await store.balance(.sku(question.sku), at: question.location, question.filter)
        return try answer(question, found, request).response
    }

    /// The same on the fast lane.
    @Sendable func balance(
        _ request: Request, _: ByteBuffer, _ context: AppContext, then: @escaping LaneAnswer
    ) throws {
        let question = try BalanceQuestion(request, context)
        if let past = question.past { return inTask(then) { try await balance(question, past) } }
        store.balance(.sku(question.sku), at: question.location, question.filter) { found in
            then { try answer(question, found.get(), request) }
        }
    }

    private func answer(
        _ question: BalanceQuestion, _ found: Found<BalanceView>, _ request: Request
    ) throws -> Answer {
        switch found {
        case .success(let view):
            return try .taggedJSON(request, headers: Self.revalidated) { $0.availability(view, heard: heard.lastHeard) }
        case .failure(let unknown): throw Problem(unknown, sku: question.sku, location: question.location)
        }
    }

    private func balance(_ question: BalanceQuestion, _ past: PastQuestion) async throws -> Answer {
        switch past {
        case .occurred(let instant):
            let (_, balances, asOf) = try await occurred(question.sku, at: question.location, instant)
            return .json(headers: Self.revalidated) { $0.occurred(balances[0], asOf: asOf) }
        case .known(let instant):
            let known = try await known(
                question.sku, question.filter, named: [question.location], isNamed: false, at: instant)
            return .json(headers: Self.revalidated) { $0.availability(known.places[0].balance, heard: nil) }
        }
    }
}

/// What `GET /v1/availability/{sku}/{location}` asks.
private struct BalanceQuestion: Sendable {
    let sku: SKU
    let location: LocationID
    let filter: NetworkFilter
    /// Nil: now.
    let past: PastQuestion?

    init(_ request: Request, _ context: AppContext) throws {
        sku = try context.identifier("sku", SKUKind.self)
        location = try context.location("location")
        var query = Query(request)
        var filter = NetworkFilter(from: &query)
        filter.owner = query.identifier("owner")
        past = PastQuestion(from: &query, filter)
        try query.finish()
        self.filter = filter
    }
}
