package import Inventory

/// An event as it is sent: its CloudEvents JSON, made once for all who receive it.
package struct RenderedEvent: Sendable {
    package let cursor: EventCursor
    package let type: EventType
    /// When it was committed.
    package let time: Timestamp
    package let subject: EventSubject
    /// The attribute `subject`.
    package let subjectName: String
    /// The attribute `partitionkey`: events of one key stay in order.
    package let partitionKey: String
    /// Whose reservation it is about; nil where there is none, or it is nobody's.
    package let client: ClientID?
    /// Whose fact, count or exception it is; nil where there is none.
    package let source: SourceID?
    /// One CloudEvents 1.0 event in structured JSON, without line breaks.
    package let json: [UInt8]

    package init(_ event: FeedEvent, json: [UInt8]) {
        cursor = event.cursor
        type = event.type
        time = event.time
        subject = event.subject
        subjectName = event.data.subjectName
        partitionKey = event.data.partitionKey
        if case .reservation(let answer) = event.data { client = answer.reservation.client } else { client = nil }
        source = event.data.source
        self.json = json
    }
}
