import Inventory

/// Events that go out together.
struct WebhookMessage: Sendable {
    let webhook: WebhookID
    let events: [RenderedEvent]

    var first: EventCursor { events[0].cursor }
    var last: EventCursor { events[events.count - 1].cursor }

    /// The `webhook-id`: the same events have the same one at every attempt, so that receivers know what they have.
    var id: String {
        let digest = sha256(Array("\(webhook)\n\(first)\n\(last)\n\(events.count)".utf8))
        return "msg_" + digest.bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// - Parameter isBatched: an array, even of one.
    func body(isBatched: Bool) -> [UInt8] {
        guard isBatched else { return events[0].json }
        var body: [UInt8] = [UInt8(ascii: "[")]
        body.reserveCapacity(events.reduce(2) { $0 + $1.json.count + 1 })
        for (index, event) in events.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += event.json
        }
        body.append(UInt8(ascii: "]"))
        return body
    }
}

extension WebhookRequest {
    /// - Parameters:
    ///   - secrets: all that are valid; the header has a signature by each.
    ///   - seconds: since 1970: when this attempt is made.
    init(
        to webhook: Webhook, _ message: String, _ body: [UInt8], secrets: [WebhookSecret], seconds: Int64
    ) {
        let signatures = secrets.map { $0.signature(of: message, seconds: seconds, body: body) }
        self.init(
            url: webhook.url,
            headers: [
                (
                    "content-type",
                    webhook.isBatched ? "application/cloudevents-batch+json" : "application/cloudevents+json"
                ),
                ("user-agent", "Holdfast-Webhooks"), ("webhook-id", message), ("webhook-timestamp", "\(seconds)"),
                ("webhook-signature", signatures.joined(separator: " ")),
            ], body: body)
    }
}

extension RenderedEvent {
    /// What orders it: events that share one of these keep their order. The items that it is about; else its locations.
    var orderKeys: Set<String> {
        if !subject.skus.isEmpty { return Set(subject.skus.map { "i\($0)" }) }
        return Set(subject.locations.map { "l\($0)" })
    }
}
