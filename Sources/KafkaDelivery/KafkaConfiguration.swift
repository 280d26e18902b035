import InventoryService

/// Where events go, and how to get there. Checked by `RdKafkaProducer.objection`.
package struct KafkaConfiguration: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        case plaintext, ssl
        case saslPlaintext = "sasl_plaintext"
        case saslSSL = "sasl_ssl"

        package var hasTLS: Bool { self == .ssl || self == .saslSSL }
        package var hasSASL: Bool { self == .saslPlaintext || self == .saslSSL }
    }

    package enum Mechanism: String, Sendable, CaseIterable {
        case plain = "PLAIN"
        case scramSHA256 = "SCRAM-SHA-256"
        case scramSHA512 = "SCRAM-SHA-512"
    }

    package struct Login: Sendable {
        package let mechanism: Mechanism
        package let user: String
        /// A secret.
        package let password: String

        package init(mechanism: Mechanism, user: String, password: String) {
            self.mechanism = mechanism
            self.user = user
            self.password = password
        }
    }

    /// A property of librdkafka.
    package struct Property: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `host:port`, with commas between them.
    package var brokers: String
    package var topic: String
    package var security = Security.plaintext
    package var login: Login?
    /// PEM files; nil: the authorities of the system, and no certificate of one's own.
    package var authorities: String?
    package var certificate: String?
    package var key: String?
    /// What librdkafka is told besides; nothing that `objection` names.
    package var more: [Property] = []
    /// How long one call may take, 1 to `KafkaLimits.callSecondsMax`.
    package var callSeconds = KafkaLimits.callSecondsMax
    /// Messages that may wait inside librdkafka: what does not fit waits for room.
    package var queuedMessagesMax = 1_000

    package init(brokers: String, topic: String) {
        self.brokers = brokers
        self.topic = topic
    }

    /// In bytes.
    package static let topicLengthMax = 249

    /// Whether Kafka has topics of this name.
    package static func isTopic(_ name: String) -> Bool {
        (1...topicLengthMax).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Fences whoever sent to the topic before.
    package var transactionalID: String { "holdfast-\(topic)" }

    /// The same in kibibytes.
    private static let queuedKibibytesMax = 32_768

    /// Those on which order and completeness depend, and those that have settings of their own.
    private var owned: [Property] {
        [
            Property("bootstrap.servers", brokers), Property("security.protocol", security.rawValue),
            Property("transactional.id", transactionalID), Property("enable.idempotence", "true"),
            Property("acks", "all"),
            Property("transaction.timeout.ms", "\(callSeconds * 1_000)"),
            Property("message.timeout.ms", "\(callSeconds * 1_000)"),
            Property("queue.buffering.max.messages", "\(queuedMessagesMax)"),
            Property("queue.buffering.max.kbytes", "\(Self.queuedKibibytesMax)"),
            // As Java clients choose a partition by the key.
            Property("partitioner", "murmur2_random"),
            // Logged on the producer's own thread.
            Property("log.queue", "true"),
        ]
    }

    private var optional: [Property] {
        var properties: [Property] = []
        if let login {
            properties += [
                Property("sasl.mechanisms", login.mechanism.rawValue), Property("sasl.username", login.user),
                Property("sasl.password", login.password),
            ]
        }
        if let authorities { properties.append(Property("ssl.ca.location", authorities)) }
        if let certificate { properties.append(Property("ssl.certificate.location", certificate)) }
        if let key { properties.append(Property("ssl.key.location", key)) }
        return properties
    }

    /// All of them, in the order in which librdkafka is told.
    var properties: [Property] { more + optional + owned }

    /// Names that are not among `more`, and why.
    /// - Returns: nil where it may be.
    package static func objection(to name: String) -> String? {
        let own = KafkaConfiguration(brokers: "", topic: "").owned.map(\.name)
        if own.contains(name) || Self.aliases.contains(name) {
            return "the delivery sets it itself, since order and completeness depend on it, or by a setting of its own"
        }
        if name.hasPrefix("sasl.") || name.hasPrefix("ssl.") && name.contains("password")
            || ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.pem"].contains(name)
        {
            return "it has a HOLDFAST_KAFKA_ setting of its own, or would put a secret where it is logged"
        }
        return nil
    }

    private static let aliases: Set<String> = [
        "metadata.broker.list", "request.required.acks", "delivery.timeout.ms", "partitioner_cb", "log_cb", "dr_cb",
        "dr_msg_cb", "error_cb", "opaque", "test.mock.num.brokers",
    ]
}
