/// Sends to one topic of Kafka, in transactions. One dispatcher uses it, a call at a time.
package protocol KafkaProducer: Sendable {
    /// Connects, and takes over from whoever sent to the topic before: what that one has begun is thrown away, and it
    /// can end nothing any more.
    func open() async throws(KafkaFailure)

    /// Sends all of the records in their order, or none that a consumer with `isolation.level=read_committed` sees.
    /// Cancelling the task shortens the wait for Kafka to a few seconds.
    /// - Parameter records: at most `KafkaLimits.pageEvents`.
    /// - Throws: where it is not known to have been taken. The producer has to be closed and opened again then.
    func send(_ records: [KafkaRecord]) async throws(KafkaFailure) -> KafkaSent

    /// Lets go of the connections; what was not ended is thrown away. It may be opened again.
    func close() async
}

package enum KafkaSent: Sendable, Hashable {
    /// Every replica that is in sync has them.
    case committed
    /// Nothing was taken, since one record is larger than Kafka takes.
    /// - Parameter index: which one; nil where only Kafka knows.
    case tooLarge(index: Int?, reason: String)
}

/// Kafka did not take what was sent, or cannot be reached.
package struct KafkaFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// In librdkafka's words.
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}
