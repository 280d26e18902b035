import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// Webhooks. A new secret takes an `Idempotency-Key`; the rest may be repeated without one. Secrets are shown once: where the same
/// request has made one before, it is not among the answer.
struct WebhookRoutes {
    /// Nil: this process has none.
    let webhooks: WebhookService?
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("webhooks", use: list)
        router.put("webhooks/{id}", use: put)
        router.get("webhooks/{id}", use: get)
        router.delete("webhooks/{id}", use: delete)
        router.get("webhooks/{id}/deliveries", use: deliveries)
        router.get("webhooks/{id}/dead-letters", use: deadLetters)
        router.post("webhooks/{id}/replay", use: replay)
        router.post("webhooks/{id}/ping", use: ping)
        router.post("webhooks/{id}/secrets", use: rotateSecret)
        router.post("webhooks/{id}/resume", use: resume)
    }

    private func service() throws -> WebhookService {
        guard let webhooks else { throw Problem(.overloaded, "this process serves no webhooks") }
        return webhooks
    }

    private static func missing(_ id: WebhookID) -> Problem { .notFound("webhook has the id '\(id)'") }

    /// operationId: listWebhooks
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let cursor = CursorCodec("webhooks")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let found = try await service().webhooks(page)
        return .json { writer in
            writer.object {
                found.write(to: &$0, "webhooks", cursor: cursor, key: { $0.value.webhook.id.text }) { $0.webhook($1) }
            }
        }
    }

    /// operationId: putWebhook
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        // It is sent the feed, so who may not read that may not have it sent either.
        try context.require(.eventsRead)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let (webhook, start) = try readBody(body) { reader -> (Webhook, EventCursor?)? in
            let start = reader.eventCursor("startAfter")
            return Webhook(from: &reader, id: id, reader: WebhookReader(context.caller)).map { ($0, start) }
        }
        switch try await service().put(webhook, startAfter: start, precondition, by: context.caller.actor) {
        case .success(let made):
            var headers: HTTPFields = [.eTag: made.stored.tag]
            if made.secret != nil { headers[.cacheControl] = "no-store" }
            return .json(made.secret == nil ? .ok : .created, headers: headers) {
                $0.webhook(made.stored, secret: made.secret)
            }
        case .failure(let rejection): throw Problem(rejection)
        }
    }

    /// operationId: getWebhook
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        var query = Query(request)
        try query.finish()
        guard let stored = try await service().webhook(id) else { throw Self.missing(id) }
        // Its progress changes without its version, so nobody is told that they have it already.
        return .json(headers: [.eTag: stored.tag]) { $0.webhook(stored) }
    }

    /// operationId: deleteWebhook
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let precondition = try request.precondition
        return try deleteResponse(await service().delete(id, precondition, by: context.caller.actor))
    }

    /// operationId: listWebhookDeliveries
    @Sendable func deliveries(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let cursor = CursorCodec("webhook-deliveries", id.text)
        var query = Query(request)
        let limit = query.limit()
        let before = query.cursor(cursor).flatMap { Int64($0) }
        try query.finish()
        guard let found = try await service().deliveries(of: id, before: before, limit: limit) else {
            throw Self.missing(id)
        }
        return .json { writer in
            writer.object {
                found.write(to: &$0, "deliveries", cursor: cursor, key: { "\($0.number)" }) { $0.delivery($1) }
            }
        }
    }

    /// operationId: listWebhookDeadLetters
    @Sendable func deadLetters(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let cursor = CursorCodec("webhook-dead-letters", id.text)
        var query = Query(request)
        let limit = query.limit()
        let after = query.cursor(cursor).flatMap { EventCursor($0) }
        try query.finish()
        guard let found = try await service().deadLetters(of: id, after: after, limit: limit) else {
            throw Self.missing(id)
        }
        return .json { writer in
            writer.object {
                found.write(to: &$0, "deadLetters", cursor: cursor, key: { $0.event.description }) {
                    $0.deadLetter($1)
                }
            }
        }
    }

    private enum Wanted {
        case deadLetters
        case events(WebhookService.Range)
    }

    /// operationId: replayWebhook
    @Sendable func replay(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let wanted = try readBody(body) { reader -> Wanted? in
            guard reader.boolean("deadLetters") == true else {
                return WebhookService.Range(from: &reader).map(Wanted.events)
            }
            // What a range asks for may be there and say nothing.
            for name: StaticString in ["after", "through", "from", "to"] { reader.passOver(name) }
            return .deadLetters
        }
        let actor = context.caller.actor
        switch wanted {
        case .deadLetters: return try Self.answer(await service().reviveDeadLetters(of: id, by: actor), id)
        case .events(let range): return try Self.answer(await service().replay(id, range, by: actor), id)
        }
    }

    /// operationId: pingWebhook
    @Sendable func ping(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        _ = try readBody(body) { _ in true }
        let pinged = try await service().ping(id) { event, time in
            var writer = JSONWriter()
            writer.object {
                $0.field("specversion", "1.0")
                $0.field("id", event)
                $0.field("source", FeedEvent.source)
                $0.field("type", "webhook.ping")
                $0.field("time", time)
                $0.field("datacontenttype", "application/json")
                $0.name("data")
                $0.object { $0.field("webhook", id.text) }
            }
            return writer.bytes
        }
        guard let pinged else { throw Self.missing(id) }
        return .json {
            $0.object {
                $0.field("message", pinged.message)
                $0.field("delivered", pinged.response.meaning == .delivered)
                $0.field("status", pinged.response.status)
                $0.field("milliseconds", pinged.milliseconds)
                $0.field("error", pinged.response.error)
            }
        }
    }

    /// operationId: rotateWebhookSecret
    @Sendable func rotateSecret(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        let request = try request.idempotencyKey(for: body, isRequired: false, of: context.caller.client)
        let overlap = try readBody(body) { reader -> Int64? in
            let asked = reader.integer("overlapSeconds", in: WebhookService.overlapSecondsAllowed)
            return asked ?? WebhookService.overlapSecondsDefault
        }
        switch try await service().rotateSecret(of: id, overlapSeconds: overlap, request, by: context.caller.actor) {
        case .success(let made):
            return .json(.created, headers: [.cacheControl: "no-store"]) {
                $0.webhook(made.stored, secret: made.secret)
            }
        case .failure(.notFound): throw Self.missing(id)
        case .failure(let rejection): throw Problem(rejection)
        }
    }

    /// operationId: resumeWebhook
    @Sendable func resume(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", WebhookKind.self)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        let after = try readBody(body) { reader -> EventCursor?? in .some(reader.eventCursor("after")) }
        return try Self.answer(await service().resume(id, after: after, by: context.caller.actor), id)
    }

    private static func answer(_ result: MasterResult<Stored<WebhookView>>, _ id: WebhookID) throws -> Response {
        switch result {
        case .success(let stored): return .json(headers: [.eTag: stored.tag]) { $0.webhook(stored) }
        case .failure(.notFound): throw missing(id)
        case .failure(let rejection): throw Problem(rejection)
        }
    }
}
