/// A fact while it is judged: what its line says, and what is known of how it came.
struct ReportedFact {
    let fact: FactLine
    let fingerprint: Fingerprint
    /// Its event id, with the source that sent it.
    let key: EventKey
    /// The event id's number in the batch.
    let claim: Int
    let sourceID: SourceID
    let origin: FactCommand.Origin
    /// As it came in.
    let line: SubmittedLine
    /// It waited for a mapping before.
    let wasParked: Bool
    /// Of a kit that a reservation promised: the lines of the reservation, by index, that the fact may mean; empty for
    /// whatever else it is.
    var promisedLines: [Int] = []

    init(
        _ fact: FactLine, _ fingerprint: Fingerprint, _ key: EventKey, _ claim: Int, _ line: SubmittedLine,
        of command: FactCommand, wasParked: Bool
    ) {
        self.fact = fact
        self.fingerprint = fingerprint
        self.key = key
        self.claim = claim
        sourceID = command.sourceID
        origin = command.origin
        self.line = line
        self.wasParked = wasParked
    }

    var source: SourceNumber { key.source }
    var warnings: [String] { line.warnings }
    /// The line's JSON as sent.
    var raw: ArraySlice<UInt8> { line.raw }
    /// When it came, if that was before this batch.
    var arrivedAt: Timestamp? { line.arrivedAt }
    /// What is in the label that its code was read from, of an article that is not known yet.
    var label: LabelRule.Kind? { line.label }
    /// Of a file's record without an event id of its own.
    var record: FileRecordIdentity? { line.record }
}
