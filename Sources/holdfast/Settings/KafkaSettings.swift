import Foundation
import Inventory
import InventoryService
import KafkaDelivery

/// Which events go to which topic of Kafka.
struct KafkaSettings: Sendable {
    var configuration: KafkaConfiguration
    /// Empty: all.
    var types: Set<EventType> = []
    var mode = KafkaMode.structured
    var start = KafkaDispatcher.Start.next

    private static let topicDefault = "holdfast.events"
    private static let passwordBytesMax = 4_096
    private static let dependentKeys = [
        "topic", "types", "mode", "start", "security", "sasl.mechanism", "sasl.user", "sasl.password",
        "sasl.password.file", "ca", "certificate", "key", "properties",
    ].map { "kafka.\($0)" }

    /// - Returns: nil where no brokers are named.
    static func read(_ read: SettingsReader) -> KafkaSettings? {
        guard let brokers = read.text("kafka.brokers"), !brokers.isEmpty else {
            for key in dependentKeys where read.text(key, isSecret: true) != nil {
                read.refuse(key, "is of no use without HOLDFAST_KAFKA_BROKERS")
            }
            return nil
        }
        #if Kafka
            let problemsBefore = read.problems.count
            let settings = KafkaSettings(brokers: brokers, read)
            // Files and everything else is looked at by librdkafka itself, in whose words it is told.
            if read.problems.count == problemsBefore {
                var plain = settings.configuration
                plain.more = []
                if let objection = RdKafkaProducer.objection(to: plain) {
                    read.refuse("kafka.brokers", "librdkafka cannot be set up: \(objection)")
                } else if let objection = RdKafkaProducer.objection(to: settings.configuration) {
                    read.refuse("kafka.properties", "librdkafka cannot be set up: \(objection)")
                }
            }
            return settings
        #else
            read.refuse(
                "kafka.brokers",
                "this program was built without Kafka; build it with `swift build -c release --traits Kafka`, which "
                    + "needs librdkafka-dev (docs/kafka.md)")
            return nil
        #endif
    }

    private init(brokers: String, _ read: SettingsReader) {
        configuration = KafkaConfiguration(brokers: brokers, topic: read.text("kafka.topic") ?? Self.topicDefault)
        if !KafkaConfiguration.isTopic(configuration.topic) {
            read.refuse(
                "kafka.topic",
                "is not a topic's name; use up to \(KafkaConfiguration.topicLengthMax) letters, digits, dots, "
                    + "underscores and hyphens")
        }
        for name in read.words("kafka.types") ?? [] {
            let found = EventType.called(name)
            if found.isEmpty {
                read.refuse(
                    "kafka.types",
                    "'\(name)' is no type of event; use names of docs/events.md, or a family such as reservation.*")
            }
            types.formUnion(found)
        }
        mode = Self.choice("kafka.mode", read) ?? mode
        start = Self.choice("kafka.start", read) ?? start
        configuration.security = Self.choice("kafka.security", read) ?? configuration.security
        readLogin(read)
        readFiles(read)
        for word in read.words("kafka.properties") ?? [] {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                read.refuse("kafka.properties", "'\(parts.first ?? "")' has no value; write name=value")
                continue
            }
            // Without its value, which may be a secret that belongs elsewhere.
            if let objection = KafkaConfiguration.objection(to: parts[0]) {
                read.refuse("kafka.properties", "'\(parts[0])' cannot be set here: \(objection)")
            }
            configuration.more.append(.init(parts[0], parts[1]))
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ read: SettingsReader
    ) -> Choice? {
        guard let text = read.text(key) else { return nil }
        if let known = Choice(rawValue: text) { return known }
        read.refuse(
            key, "'\(text)' is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    private mutating func readLogin(_ read: SettingsReader) {
        let mechanism: KafkaConfiguration.Mechanism? = Self.choice("kafka.sasl.mechanism", read)
        let user = read.text("kafka.sasl.user")
        let password = Self.password(read)
        guard configuration.security.hasSASL else {
            if mechanism != nil || user != nil || password != nil {
                read.refuse(
                    "kafka.sasl.user", "nobody logs in; set HOLDFAST_KAFKA_SECURITY to sasl_ssl, or leave it out")
            }
            return
        }
        guard let user, let password else {
            read.refuse(
                "kafka.sasl.user",
                "to log in, a user is needed and HOLDFAST_KAFKA_SASL_PASSWORD_FILE or HOLDFAST_KAFKA_SASL_PASSWORD")
            return
        }
        configuration.login = .init(mechanism: mechanism ?? .scramSHA512, user: user, password: password)
    }

    private static func password(_ read: SettingsReader) -> String? {
        let text = read.text("kafka.sasl.password", isSecret: true)
        guard let path = read.text("kafka.sasl.password.file") else { return text }
        if text != nil {
            read.refuse("kafka.sasl.password.file", "HOLDFAST_KAFKA_SASL_PASSWORD is set too; use one of them")
        }
        guard let data = FileManager.default.contents(atPath: path), data.count <= passwordBytesMax,
            let line = String(data: data, encoding: .utf8)?.split(separator: "\n").first
        else {
            read.refuse("kafka.sasl.password.file", "there is no readable file of this name with a line in it")
            return nil
        }
        return String(line)
    }

    private mutating func readFiles(_ read: SettingsReader) {
        configuration.authorities = read.text("kafka.ca")
        configuration.certificate = read.text("kafka.certificate")
        configuration.key = read.text("kafka.key")
        let files = [configuration.authorities, configuration.certificate, configuration.key]
        if !configuration.security.hasTLS, files.contains(where: { $0 != nil }) {
            read.refuse("kafka.security", "uses no TLS, so the files for it have no effect; set it to ssl or sasl_ssl")
        }
        if (configuration.certificate == nil) != (configuration.key == nil) {
            read.refuse("kafka.certificate", "goes with HOLDFAST_KAFKA_KEY; set both or neither")
        }
    }
}
