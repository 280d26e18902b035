package import Inventory

/// How CloudEvents go into Kafka's messages, by the Kafka protocol binding 1.0.2.
package enum KafkaMode: String, Sendable, CaseIterable {
    /// The whole event is the message's value.
    case structured
    /// `data` is the value, and each attribute a header.
    case binary
}

/// An event as a message of Kafka.
package struct KafkaRecord: Sendable {
    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package let event: EventCursor
    package let type: EventType
    /// The event's `partitionkey`: messages of one key go to one partition, and stay in order there.
    package let key: String
    package let headers: [Header]
    package let value: ArraySlice<UInt8>

    package init(_ event: RenderedEvent, mode: KafkaMode) {
        self.event = event.cursor
        type = event.type
        key = event.partitionKey
        switch mode {
        case .structured:
            headers = [Header(name: "content-type", value: "application/cloudevents+json; charset=UTF-8")]
            value = event.json[...]
        case .binary:
            headers = [
                Header(name: "ce_specversion", value: "1.0"), Header(name: "ce_id", value: event.cursor.description),
                Header(name: "ce_source", value: FeedEvent.source),
                Header(name: "ce_type", value: event.type.rawValue),
                Header(name: "ce_subject", value: event.subjectName),
                Header(name: "ce_time", value: event.time.description),
                Header(name: "ce_partitionkey", value: event.partitionKey),
                Header(name: "content-type", value: "application/json"),
            ]
            value = event.data
        }
    }
}

extension RenderedEvent {
    private static let dataName = Array(#","data":"#.utf8)

    /// The member `data` alone. It is the last one, and its name can stand in no text before it: quotes are escaped there.
    fileprivate var data: ArraySlice<UInt8> {
        let name = Self.dataName
        var start = json.startIndex
        while let comma = json[start...].firstIndex(of: name[0]) {
            if json[comma...].starts(with: name) { return json[(comma + name.count)..<(json.endIndex - 1)] }
            start = comma + 1
        }
        preconditionFailure("an event has data")
    }
}
