/// Every bound of what goes to Kafka.
package struct KafkaLimits: Sendable {
    /// A process that does not renew its lease for so long has lost it.
    package var leaseSeconds: Int64 = 30
    /// Between two looks for a topic that nobody sends to.
    package var claimEvery: Duration = .seconds(1)
    /// How long the topic is worked on at a stretch.
    package var turn: Duration = .seconds(5)
    /// Events of one transaction, and of a page read from the feed.
    package var pageEvents = 500

    package init() {}

    /// How long one call of the producer may take. Less than a lease, so that who waits for Kafka keeps it.
    package static let callSecondsMax: Int64 = 20
    /// What is left of a call once the process is told to stop.
    package static let stopSecondsMax: Int64 = 5
    /// Progress over events that are not sent is written no more often.
    static let quietWriteEvery: Duration = .seconds(5)
    /// How often the feed is asked where nothing happens.
    static let idleEvery: Duration = .milliseconds(250)
    /// After so long without an event nothing happens.
    static let idleAfter: Duration = .seconds(2)
}
