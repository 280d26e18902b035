package import Inventory

/// Webhooks as master data, and what people ask of them. Every change is one transaction, which also says in the audit who
/// did it.
package protocol WebhookStore: Sendable {
    /// - Parameters:
    ///   - start: where a new one starts; one that is there stays where it is.
    ///   - secret: of a new one.
    /// - Returns: `wasCreated` also where an earlier attempt with the same secret made it.
    func putWebhook(
        _ webhook: Webhook, start: EventCursor, secret: WebhookSecret, _ precondition: Precondition,
        by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>>

    func webhook(_ id: WebhookID) async throws(StoreError) -> Stored<WebhookView>?
    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<Stored<WebhookView>>
    /// With its secrets, log, dead letters and what is set aside.
    func deleteWebhook(_ id: WebhookID, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Void>

    /// Makes `secret` the webhook's; that before it stays valid for `overlapSeconds`, all others end at once.
    /// - Parameter request: one that made a secret before, which is still there, changes nothing.
    func rotateWebhookSecret(
        _ id: WebhookID, to secret: WebhookSecret, overlapSeconds: Int64, _ request: RequestKey?, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>>

    /// Ends a pause. Of one that is not paused, changes nothing.
    /// - Parameter cursor: where it goes on; nil: where it stands.
    func resumeWebhook(
        _ id: WebhookID, after cursor: EventCursor?, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>>

    /// Has events sent again. Another replay that is under way is refused.
    func replayWebhook(
        _ id: WebhookID, _ replay: WebhookReplay, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>>

    /// Has the dead letters tried again, as far as there is room beside what is set aside; the oldest first.
    func reviveDeadLetters(
        _ id: WebhookID, upTo countMax: Int, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>>

    /// The valid secrets, newest first; empty where there is no such webhook.
    func webhookSecrets(_ id: WebhookID) async throws(StoreError) -> [WebhookSecret]

    /// Newest first; those before a number.
    func webhookDeliveries(
        _ id: WebhookID, before: Int64?, limit: Int
    ) async throws(StoreError) -> Page<WebhookDelivery>

    /// In the feed's order.
    func webhookDeadLetters(
        _ id: WebhookID, after: EventCursor?, limit: Int
    ) async throws(StoreError) -> Page<WebhookDeadLetter>
}
