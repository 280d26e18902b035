import InventoryPostgres
import InventoryService
import ServiceLifecycle
import WebhookDelivery

/// What makes, changes and delivers webhooks.
extension Stack {
    var webhooks: WebhookService { WebhookService(store: masterStore, feed: events, sender: webhookSender) }

    /// Deliver them, of all processes that serve on this database together.
    var webhookServices: [ServiceGroupConfiguration.ServiceConfiguration] {
        let store = PostgresWebhookDeliveryStore(pools: pools)
        return [
            .init(service: WebhookSenderService(sender: webhookSender)),
            periodic(WebhookDispatcher(feed: events, store: store, sender: webhookSender, logger: logger)),
            periodic(WebhookLogPruning(store: store)),
        ]
    }
}

/// Keeps connections to receivers until nobody sends any more.
private struct WebhookSenderService: Service {
    let sender: HTTPWebhookSender

    func run() async {
        try? await gracefulShutdown()
        await sender.shutdown()
    }
}
