/// What a rejected line was about, by which one that mends it is known.
package struct RejectedLineKey: Sendable, Hashable {
    package let source: SourceNumber
    /// An event id, or the subject of a file's record.
    package let text: String

    package init(source: SourceNumber, text: String) {
        self.source = source
        self.text = text
    }
}

/// An open exception that keeps a rejected line.
package struct OpenRejection: Sendable, Hashable {
    package let dedupeKey: String
    /// When the line was rejected, of a file's record the last time.
    package let notedAt: Timestamp
    /// It says something else under an event id that is taken.
    package let isContradiction: Bool

    package init(dedupeKey: String, notedAt: Timestamp, isContradiction: Bool = false) {
        self.dedupeKey = dedupeKey
        self.notedAt = notedAt
        self.isContradiction = isContradiction
    }
}

/// How a record of a file without an event id of its own is known again in tomorrow's file. A class, since every line has
/// room for one and few have one.
package final class FileRecordIdentity: Sendable {
    /// Marks what it is about, of one source: its item and its place, however they are named. Not more than 64 characters.
    package let subject: String
    /// The same by the very names that stand there: what a code meant nothing for at first may have been rejected under these.
    /// Not more than 64 characters.
    package let named: String
    /// Marks all that it says but for instants, so that the same bad row is one exception, not one a night. Not more than 64
    /// characters.
    package let content: String
    /// When this reading of its file was received: what was rejected since is of this reading, and a sound row beside it does
    /// not mend it.
    package let receivedAt: Timestamp?
    /// Of the record in its file, from 1.
    package let number: Int
    /// As it says it; empty for the sellable units.
    package let bucket: String

    package init(
        subject: String, named: String, content: String, receivedAt: Timestamp?, number: Int, bucket: String
    ) {
        self.subject = subject
        self.named = named
        self.content = content
        self.receivedAt = receivedAt
        self.number = number
        self.bucket = bucket
    }

    /// By any of these a line that was rejected before is known.
    var subjects: Set<String> { [subject, named] }
}
