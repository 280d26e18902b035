import Inventory

/// How far each topic is, and which process sends to it. Whoever has the lease may write that down, and nobody else.
package protocol KafkaTopicStore: Sendable {
    /// Takes a topic that nobody has, or renews one's own lease.
    func claim(_ lease: KafkaLease) async throws(StoreError) -> KafkaClaim

    /// Adds a topic that is not known yet; one that somebody else has added meanwhile stays as it is.
    /// - Parameter cursor: behind which its events begin.
    func add(topic: String, startingBehind cursor: EventCursor) async throws(StoreError)

    /// Writes down how far the topic is, and renews the lease.
    /// - Returns: false where nothing was written: the lease is lost.
    func record(_ step: KafkaStep, of lease: KafkaLease) async throws(StoreError) -> Bool

    /// Lets others have the topic at once.
    /// - Parameter error: why it is given up; nil where nothing is wrong with it.
    func release(_ lease: KafkaLease, error: String?) async throws(StoreError)
}

/// What allows to send to a topic.
package struct KafkaLease: Sendable, Hashable {
    package let topic: String
    /// A name of this process that no other has.
    package let holder: String
    package let seconds: Int64

    package init(topic: String, holder: String, seconds: Int64) {
        self.topic = topic
        self.holder = holder
        self.seconds = seconds
    }
}

package enum KafkaClaim: Sendable, Hashable {
    /// One's own now, behind a cursor.
    case held(EventCursor)
    /// Another process has it.
    case elsewhere
    /// Nothing was ever sent to it.
    case unknown
}

/// What came of a page, written in one statement.
package struct KafkaStep: Sendable, Hashable {
    /// All before it is in Kafka, or is a dead letter; nil: as far as it was.
    package var cursor: EventCursor?
    /// Events that Kafka has taken.
    package var sent: Int64 = 0
    /// Positions that the feed had forgotten before they were sent.
    package var missing: Int64 = 0
    package var deadLetter: KafkaDeadLetter?

    package init(cursor: EventCursor?) { self.cursor = cursor }
}

/// An event that Kafka does not take.
package struct KafkaDeadLetter: Sendable, Hashable {
    package let event: EventCursor
    package let type: String
    package let key: String
    package let bytes: Int64
    package let error: String

    init(_ record: KafkaRecord, error: String) {
        event = record.event
        type = record.type.rawValue
        key = record.key
        bytes = Int64(record.value.count)
        self.error = error
    }
}
