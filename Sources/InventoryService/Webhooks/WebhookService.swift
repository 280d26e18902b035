package import Inventory

/// Makes, changes and repairs webhooks.
package struct WebhookService: Sendable {
    let store: any WebhookStore
    let feed: EventFeed
    private let sender: any WebhookSender
    /// What its own requests, and its tests, come from.
    private let setAsideMax: Int

    /// How long a secret that was replaced stays valid, in seconds.
    package static let overlapSecondsDefault: Int64 = 24 * 3_600
    package static let overlapSecondsAllowed: ClosedRange<Int64> = 0...30 * 24 * 3_600

    package init(
        store: any WebhookStore, feed: EventFeed, sender: any WebhookSender, limits: WebhookLimits = WebhookLimits()
    ) {
        self.store = store
        self.feed = feed
        self.sender = sender
        setAsideMax = limits.setAsideMax
    }

    /// A webhook, and its secret where one was made just now. It is not to be had again.
    package struct Made: Sendable {
        package let stored: Stored<WebhookView>
        package let secret: WebhookSecret?
    }

    /// - Parameter cursor: where a new one starts; nil: with what comes next.
    package func put(
        _ webhook: Webhook, startAfter cursor: EventCursor?, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Made> {
        if let objection = sender.objection(to: webhook.url) {
            return .failure(.invalid(pointer: "/url", detail: objection))
        }
        if case .failure(let unknown) = try await feed.resolve(webhook.filter) {
            return .failure(unknown.rejection)
        }
        let start: EventCursor
        if let cursor {
            if let rejection = try await objection(to: cursor, pointer: "/startAfter") { return .failure(rejection) }
            start = cursor
        } else {
            start = try await feed.end()
        }
        let secret = WebhookSecret.draw()
        return try await store.putWebhook(webhook, start: start, secret: secret, precondition, by: actor)
            .map { Made(stored: $0, secret: $0.wasCreated ? secret : nil) }
    }

    package func webhook(_ id: WebhookID) async throws(StoreError) -> Stored<WebhookView>? {
        try await store.webhook(id)
    }

    package func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<Stored<WebhookView>> {
        try await store.webhooks(page)
    }

    package func delete(
        _ id: WebhookID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await store.deleteWebhook(id, precondition, by: actor)
    }

    /// - Parameters:
    ///   - overlapSeconds: how long the secret before stays valid; 0 ends all others at once.
    ///   - request: one that made a secret before, which is still there, changes nothing.
    package func rotateSecret(
        of id: WebhookID, overlapSeconds: Int64, _ request: RequestKey? = nil, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Made> {
        let secret = WebhookSecret.draw()
        return try await store.rotateWebhookSecret(id, to: secret, overlapSeconds: overlapSeconds, request, by: actor)
            .map { Made(stored: $0, secret: $0.isUnchanged ? nil : secret) }
    }

    package func resume(
        _ id: WebhookID, after cursor: EventCursor?, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        if let cursor, let rejection = try await objection(to: cursor, pointer: "/after") {
            return .failure(rejection)
        }
        return try await store.resumeWebhook(id, after: cursor, by: actor)
    }

    package func deliveries(
        of id: WebhookID, before: Int64?, limit: Int
    ) async throws(StoreError) -> Page<WebhookDelivery>? {
        guard try await store.webhook(id) != nil else { return nil }
        return try await store.webhookDeliveries(id, before: before, limit: limit)
    }

    package func deadLetters(
        of id: WebhookID, after: EventCursor?, limit: Int
    ) async throws(StoreError) -> Page<WebhookDeadLetter>? {
        guard try await store.webhook(id) != nil else { return nil }
        return try await store.webhookDeadLetters(id, after: after, limit: limit)
    }

    package func reviveDeadLetters(
        of id: WebhookID, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        try await store.reviveDeadLetters(id, upTo: setAsideMax, by: actor)
    }

    /// What became of a request that says nothing but that it came.
    package struct Ping: Sendable {
        package let message: String
        package let response: WebhookResponse
        package let milliseconds: Int64
    }

    /// - Parameter event: makes an event with a given id.
    /// - Returns: nil where there is no such webhook.
    package func ping(
        _ id: WebhookID, now: Timestamp = .now(), _ event: (_ id: String, _ time: Timestamp) -> [UInt8]
    ) async throws(StoreError) -> Ping? {
        guard let webhook = try await store.webhook(id)?.value.webhook else { return nil }
        let secrets = try await store.webhookSecrets(id)
        guard !secrets.isEmpty else { return nil }
        let eventID = "ping-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        let message = "msg_\(eventID)"
        var body = event(eventID, now)
        if webhook.isBatched { body = [UInt8(ascii: "[")] + body + [UInt8(ascii: "]")] }
        let started = ContinuousClock.now
        let response = await sender.send(
            WebhookRequest(to: webhook, message, body, secrets: secrets, seconds: now.seconds))
        return Ping(message: message, response: response, milliseconds: started.duration(to: .now).milliseconds)
    }

    /// What is wrong with a place in the feed that somebody names; nil for nothing.
    func objection(to cursor: EventCursor, pointer: String) async throws(StoreError) -> MasterRejection? {
        let end = try await feed.end()
        guard cursor <= end else {
            return .unknownReference(pointer: pointer, detail: "is not there yet; the last position is \(end)")
        }
        let nothing = ResolvedEventFilter(EventFilter())
        guard case .failure(let expired) = try await feed.page(nothing, after: cursor, limit: 1, catchesUp: false)
        else { return nil }
        return .unknownReference(
            pointer: pointer, detail: "is older than what the feed keeps, which begins behind \(expired.oldest)")
    }
}

extension UnknownInQuestion {
    fileprivate var rejection: MasterRejection {
        switch self {
        case .group: .unknownReference(pointer: "/group", detail: "no location group has this id; create it first")
        case .item: .unknownReference(pointer: "/sku", detail: "no item has this sku; create it first")
        case .location: .unknownReference(pointer: "/location", detail: "no location has this id; create it first")
        }
    }
}
