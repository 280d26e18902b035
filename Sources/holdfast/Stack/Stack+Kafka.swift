import InventoryPostgres
import InventoryService
import KafkaDelivery
import ServiceLifecycle

extension Stack {
    /// Sends the feed to Kafka, of all processes that serve on this database together.
    var kafkaServices: [ServiceGroupConfiguration.ServiceConfiguration] {
        #if Kafka
            guard let kafka = settings.kafka else { return [] }
            return [
                periodic(
                    KafkaDispatcher(
                        topic: kafka.configuration.topic, types: kafka.types, mode: kafka.mode, start: kafka.start,
                        feed: events, store: PostgresKafkaTopicStore(pools: pools),
                        producer: RdKafkaProducer(kafka.configuration, logger: logger), logger: logger))
            ]
        #else
            // Settings that ask for it are refused.
            return []
        #endif
    }
}
