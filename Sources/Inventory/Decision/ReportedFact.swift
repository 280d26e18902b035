/// A fact while it is judged: what its line says, and what is known of how it came.
struct ReportedFact {
    let fact: FactLine
    let fingerprint: Fingerprint
    /// Its event id, with the source that sent it.
    let key: EventKey
    let sourceID: SourceID
    let origin: FactCommand.Origin
    let warnings: [String]
    /// The line's JSON as sent.
    let raw: ArraySlice<UInt8>
    /// When it came, if that was before this batch.
    let arrivedAt: Timestamp?
    /// What is in the label that its code was read from, of an article that is not known yet.
    let label: LabelRule.Kind?
    /// Of a file's record without an event id of its own.
    let record: FileRecordIdentity?
    /// It waited for a mapping before.
    let wasParked: Bool
    /// Of a kit that a reservation promised: the lines of the reservation, by index, that the fact may mean; empty for
    /// whatever else it is.
    var promisedLines: [Int] = []

    init(
        _ fact: FactLine, _ fingerprint: Fingerprint, _ key: EventKey, _ line: SubmittedLine, of command: FactCommand,
        wasParked: Bool
    ) {
        self.fact = fact
        self.fingerprint = fingerprint
        self.key = key
        sourceID = command.sourceID
        origin = command.origin
        warnings = line.warnings
        raw = line.raw
        arrivedAt = line.arrivedAt
        label = line.label
        record = line.record
        self.wasParked = wasParked
    }

    var source: SourceNumber { key.source }
}
