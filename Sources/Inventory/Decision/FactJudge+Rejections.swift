/// Lines that cannot be meant: each is kept by an exception, which closes when the line comes as it was meant.
extension BatchDecision {
    /// A line that was parked before frees its event id: an exception keeps it from now on.
    mutating func reject(_ reported: ReportedFact, name: KnownName?, _ problem: LineProblem) -> LineOutcome {
        if reported.wasParked {
            changes.parkedRejected.insert(reported.key)
            claims[reported.claim] = nil
            // What it waited for has come, and nothing waits for it any more.
            changes.noLongerMissing.formUnion(reported.fact.namedThings)
        }
        return reject(RejectedLine(reported), from: reported.source, name: name, problem)
    }

    mutating func reject(
        _ line: RejectedLine, from source: SourceNumber, name: KnownName?, _ problem: LineProblem
    ) -> LineOutcome {
        let content =
            line.record?.content
            ?? hash(Array(line.raw)).withBytes { UnsafeRawBufferPointer(rebasing: $0[..<16]).hexadecimal }
        let key = "rejectedLine:\(source.rawValue):\(content)"
        var opening = ExceptionOpening(.rejectedLine, dedupeKey: key, source: source, detail: problem.detail)
        opening.eventID = line.eventID
        opening.problem = problem
        opening.raw = line.raw
        opening.lineKey = line.subject
        opening.isOfRecord = line.record != nil
        opening.item = line.names?.item
        if case .code(let system, _)? = line.names?.item { opening.codeSystem = system }
        opening.location = line.names?.place?.id
        if case .code(let system, let code)? = line.names?.place {
            opening.locationCode = code
            opening.placeSystem = system
        }
        changes.exceptions.append(opening)
        // Mended before in this batch, and wrong again.
        changes.settledExceptions[key] = nil
        if line.record != nil {
            recordsRejected.insert(key)
        } else if let subject = line.subject, problem.code != .eventIdReused {
            rejectedHere[RejectedLineKey(source: source, text: subject), default: []].insert(key)
        }
        return LineOutcome(
            eventID: line.eventID, verdict: .rejected, problem: problem, warnings: line.warnings, name: name)
    }

    /// A line is in the ledger: whatever was rejected of the same before is mended.
    /// - Parameter again: it was there before. What says something else under its event id is then for a person still.
    mutating func mend(_ reported: ReportedFact, again: Bool = false) {
        if snapshot.rejections.isEmpty, rejectedHere.isEmpty { return }
        for subject in reported.record?.subjects ?? [reported.fact.eventID.text] {
            mend(reported, RejectedLineKey(source: reported.source, text: subject), again: again)
        }
    }

    private mutating func mend(_ reported: ReportedFact, _ key: RejectedLineKey, again: Bool) {
        let mended = "a line with its event id was applied"
        for rejection in snapshot.rejections[key] ?? [] where !again || !rejection.isContradiction {
            guard let record = reported.record else {
                changes.settledExceptions[rejection.dedupeKey] = mended
                continue
            }
            // A row beside it in the same file says nothing of it.
            let isBefore = record.receivedAt.map { rejection.notedAt < $0 } ?? false
            if isBefore, !recordsRejected.contains(rejection.dedupeKey) {
                changes.settledExceptions[rejection.dedupeKey] = "a sound row for the same came in a later file"
            }
        }
        for dedupeKey in rejectedHere[key] ?? [] { changes.settledExceptions[dedupeKey] = mended }
    }
}

/// A line that is kept by an exception.
struct RejectedLine {
    let raw: ArraySlice<UInt8>
    let warnings: [String]
    /// Whatever text stood there.
    let eventID: String?
    let record: FileRecordIdentity?
    /// What it is about, as far as that could be read.
    let names: LineNames?

    init(_ line: SubmittedLine, _ eventID: String?) {
        (raw, warnings, record, names) = (line.raw, line.warnings, line.record, line.names)
        self.eventID = eventID
    }

    init(_ reported: ReportedFact) {
        (raw, warnings, record) = (reported.raw, reported.warnings, reported.record)
        eventID = reported.fact.eventID.text
        names = LineNames(reported.fact)
    }

    /// What it is about; nil where it says so little that no line can be told to mend it.
    var subject: String? { record?.subject ?? eventID.flatMap { try? EventID($0) }?.text }
}
