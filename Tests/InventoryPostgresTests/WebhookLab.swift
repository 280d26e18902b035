import Inventory
import InventoryPostgres
import InventoryService
import Logging
import StrictJSON
import Synchronization
import TestSupport
import Testing

/// Webhooks on a database, a feed in memory, and a receiver that does what a test says.
struct WebhookLab: Sendable {
    let shop: TestShop
    let events = ScriptedEventStore()
    let receiver: ScriptedReceiver
    let limits: WebhookLimits

    static func run(
        limits change: @Sendable (inout WebhookLimits) -> Void = { _ in },
        clock: TestClock = .running,
        answers: @escaping @Sendable (ScriptedReceiver.Delivery) async -> WebhookResponse = { _ in .ok },
        _ body: @escaping @Sendable (WebhookLab) async throws -> Void
    ) async throws {
        var limits = WebhookLimits()
        limits.firstWait = .milliseconds(20)
        limits.firstRefusalWait = .milliseconds(20)
        limits.longestWait = .milliseconds(100)
        limits.claimEvery = .milliseconds(30)
        // Nobody loses a lease because the machine is slow: it would rightly send its last message again.
        limits.leaseSeconds = 60
        change(&limits)
        let (chosen, receiver) = (limits, ScriptedReceiver(answers))
        try await withShop(clock: clock) { shop in
            try await body(WebhookLab(shop: shop, receiver: receiver, limits: chosen))
        }
    }

    var service: WebhookService {
        WebhookService(store: shop.masterStore, feed: events.feed, sender: receiver, limits: limits)
    }

    /// One more process that delivers.
    /// - Parameter store: what its process reaches the database through.
    func dispatcher(
        _ sender: (any WebhookSender)? = nil, store: (any WebhookDeliveryStore)? = nil,
        _ change: (inout WebhookLimits) -> Void = { _ in }
    ) -> WebhookDispatcher {
        var limits = limits
        change(&limits)
        return WebhookDispatcher(
            feed: events.feed, store: store ?? self.store, sender: sender ?? receiver, limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var store: PostgresWebhookDeliveryStore { PostgresWebhookDeliveryStore(pools: shop.pools) }

    static let id = WebhookID(stored: "hook")

    @discardableResult
    func make(batchSize: Int = 1, _ change: (inout Webhook) -> Void = { _ in }) async throws -> WebhookService.Made {
        var webhook = Webhook(
            id: Self.id, url: WebhookURL(stored: "https://receiver.example/hook"), batchSize: batchSize)
        change(&webhook)
        return try await service.put(webhook, startAfter: nil, .none, by: nil).get()
    }

    func progress() async throws -> WebhookProgress {
        try #require(try await service.webhook(Self.id)).value.progress
    }

    /// Lets a dispatcher work until something is so, for a minute at most.
    func work(_ dispatcher: WebhookDispatcher, until isSo: () async throws -> Bool) async throws {
        let hasCome = try await eventually {
            if try await isSo() { return true }
            _ = try await dispatcher.pass()
            return false
        }
        if !hasCome { Issue.record("it did not come to that in a minute: \(try await progress())") }
    }

    /// The same until so many events have arrived and that is written down, and then stops the dispatcher.
    func deliver(_ count: Int, by dispatcher: WebhookDispatcher? = nil) async throws {
        let dispatcher = dispatcher ?? self.dispatcher()
        try await record(count, by: dispatcher)
        await dispatcher.end()
    }

    /// Lets a dispatcher work until so many events have arrived and that is written down, which is a moment later: whatever
    /// moves the cursor before rightly has the last message sent again.
    func record(_ count: Int, by dispatcher: WebhookDispatcher) async throws {
        try await work(dispatcher) { receiver.accepted.count >= count }
        let last = receiver.accepted.compactMap { EventCursor($0.id) }.max() ?? .beginning
        try await work(dispatcher) { try await progress().cursor >= last }
    }
}

/// Stands for an endpoint: remembers what came, and answers as a test says.
final class ScriptedReceiver: WebhookSender {
    struct Delivery: Sendable {
        let request: WebhookRequest
        /// Ids and items of its events, in order.
        let events: [(id: String, sku: String)]
        let wasArray: Bool
        /// How many deliveries came before it.
        let number: Int

        func header(_ name: String) -> String? { request.headers.first { $0.name == name }?.value }
        var id: String { header("webhook-id") ?? "" }
        var skus: [String] { events.map(\.sku) }
    }

    private let answers: @Sendable (Delivery) async -> WebhookResponse
    private let state = Mutex<(came: [Delivery], accepted: [(id: String, sku: String)])>(([], []))

    init(_ answers: @escaping @Sendable (Delivery) async -> WebhookResponse) { self.answers = answers }

    var came: [Delivery] { state.withLock { $0.came } }
    /// Events of deliveries that were answered 2xx, in order, repeated ones included.
    var accepted: [(id: String, sku: String)] { state.withLock { $0.accepted } }

    func objection(to url: WebhookURL) -> String? { nil }

    func send(_ request: WebhookRequest) async -> WebhookResponse {
        let root = try? JSONDocument(parsing: request.body).root
        let found = root?.elements ?? root.map { [$0] } ?? []
        let events = found.map {
            (id: $0.value(of: "id")?.string ?? "", sku: $0.value(of: "data")?.value(of: "sku")?.string ?? "")
        }
        let delivery = state.withLock { state in
            let delivery = Delivery(
                request: request, events: events, wasArray: root?.elements != nil, number: state.came.count)
            state.came.append(delivery)
            return delivery
        }
        let answer = await answers(delivery)
        if answer.meaning == .delivered { state.withLock { $0.accepted += events } }
        return answer
    }
}

extension JSONValue {
    fileprivate func value(of name: String) -> JSONValue? { members?.first { $0.name.string == name }?.value }
}

extension WebhookResponse {
    static var ok: WebhookResponse { .status(204) }
    static func status(_ status: Int) -> WebhookResponse { .answered(status: status, retryAfterSeconds: nil) }
}

/// The events of each item came in the feed's order.
func expectOrder(_ accepted: [(id: String, sku: String)], sourceLocation: SourceLocation = #_sourceLocation) {
    for (sku, events) in Dictionary(grouping: accepted, by: \.sku) {
        let cursors = events.compactMap { EventCursor($0.id) }
        #expect(cursors == cursors.sorted(), "\(sku): \(events.map(\.id))", sourceLocation: sourceLocation)
    }
}
