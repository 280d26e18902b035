import Inventory

/// Applies records that were read together, and says what became of them.
struct ImportBatch: Sendable {
    let store: any ImportStore
    let targets: ImportTargets
    /// Nil: what is put stays.
    var trial: ImportTrial?

    struct Outcome: Sendable {
        var counts = ImportCounts()
        var skipped: [String] = []
        var lines: [ImportReportLine] = []

        mutating func add(_ other: Outcome) {
            for verdict in ImportVerdict.allCases { counts[verdict] += other.counts[verdict] }
            skipped += other.skipped
            lines += other.lines
        }

        mutating func add(
            _ verdict: ImportVerdict, _ record: ImportRecord, code: String, _ detail: String, eventID: String? = nil
        ) {
            counts[verdict] += Int64(record.rows)
            lines.append(
                ImportReportLine(
                    line: record.line, eventID: eventID, verdict: verdict, code: code, detail: detail, raw: record.raw))
        }

        /// It was refused for what stands at a pointer, which may be in another row than its first.
        mutating func refuse(_ record: ImportRecord, code: String, at pointer: String, _ detail: String) {
            let (row, words) = record.blame(pointer, detail)
            counts[.rejected] += Int64(record.rows)
            lines.append(
                ImportReportLine(
                    line: row.line, eventID: nil, verdict: .rejected, code: code, detail: words, raw: row.raw))
        }

        /// Master data was stored, or was so already; a note makes it worth a line.
        mutating func add(_ verdict: ImportVerdict, _ record: ImportRecord) {
            if record.notes.isEmpty { return counts[verdict] += Int64(record.rows) }
            add(verdict, record, code: "note", record.notes.joined(separator: "; "))
        }
    }

    fileprivate struct Fact: Sendable {
        let record: ImportRecord
        let line: SubmittedLine

        func detail(of problem: LineProblem?) -> String {
            guard let problem else { return "" }
            // What the reader found is in the file's words already.
            if case .malformed = line.content { return problem.detail }
            return record.explain(problem.pointer, problem.detail)
        }
    }

    /// - Throws: when not all was applied. Doing it again is right: what was applied is answered `duplicate`, or is
    ///   as it was.
    func apply(_ records: [ImportRecord], of job: ImportJob) async throws(StoreError) -> Outcome {
        var outcome = Outcome()
        var master = MasterRecords()
        var figures: [(record: ImportRecord, figure: BookFigure)] = []
        var bySource: [(source: SourceID, facts: [Fact])] = []
        var places: [SourceID: Int] = [:]
        for record in records {
            switch record.content {
            case .skipped(let reason): outcome.skipped += Array(repeating: reason, count: record.rows)
            case .rejected(let code, let detail, let eventID):
                outcome.add(.rejected, record, code: code, detail, eventID: eventID)
            case .conflict(let detail): outcome.add(.conflict, record, code: "conflict", detail)
            case .figure(let figure): figures.append((record, figure))
            case .fact(let source, let line):
                if let place = places[source] {
                    bySource[place].facts.append(Fact(record: record, line: line))
                } else {
                    places[source] = bySource.count
                    bySource.append((source, [Fact(record: record, line: line)]))
                }
            default: master.add(record)
            }
        }
        if job.isDryRun {
            try await look(at: master, by: job.actor, &outcome)
        } else {
            try await put(master, by: job.actor, &outcome)
        }
        try await stage(figures, of: job.id, &outcome)
        if job.isDryRun {
            try await rehearse(bySource, job.memory, &outcome)
        } else {
            try await send(bySource, by: job.actor, &outcome)
        }
        outcome.lines.sort { $0.line < $1.line }
        return outcome
    }

    /// Figures count once all of the file are there.
    private func stage(
        _ figures: [(record: ImportRecord, figure: BookFigure)], of id: ImportID, _ outcome: inout Outcome
    ) async throws(StoreError) {
        guard !figures.isEmpty else { return }
        let staged = figures.map { StagedFigure(line: $0.record.line, figure: $0.figure, raw: $0.record.raw) }
        for ((record, _), problem) in zip(figures, try await store.stage(staged, of: id)) {
            guard let problem else { continue }
            outcome.add(
                .unknown, record, code: problem.rawValue, record.explain(problem.field, problem.detail))
        }
    }

    /// Sources side by side, the lines of each in the order of the file.
    private func send(
        _ bySource: [(source: SourceID, facts: [Fact])], by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        let results = await withTaskGroup(of: Result<Outcome, StoreError>.self) { group in
            for (source, facts) in bySource {
                group.addTask {
                    do throws(StoreError) {
                        return .success(try await send(facts, of: source, by: actor))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<Outcome, StoreError>] = []
            for await result in group { results.append(result) }
            return results
        }
        for result in results { outcome.add(try result.get()) }
    }

    private func send(
        _ facts: [Fact], of source: SourceID, by actor: ActorName?
    ) async throws(StoreError) -> Outcome {
        var outcome = Outcome()
        let answer = try await targets.facts.submit(
            source: source, lines: facts.map(\.line), isAtomic: false, origin: .imported, by: actor)
        outcome.add(answer.lines, of: facts)
        return outcome
    }

    /// What `send` would answer, as things are.
    private func rehearse(
        _ bySource: [(source: SourceID, facts: [Fact])], _ memory: RehearsalMemory, _ outcome: inout Outcome
    ) async throws(StoreError) {
        guard !bySource.isEmpty else { return }
        let answers = try await targets.rehearsal.judge(
            bySource.map { ($0.source, $0.facts.map(\.line)) }, memory)
        for ((_, facts), lines) in zip(bySource, answers) { outcome.add(lines, of: facts) }
    }
}

extension ImportBatch.Outcome {
    fileprivate mutating func add(_ answers: [FactLineAnswer], of facts: [ImportBatch.Fact]) {
        for (fact, line) in zip(facts, answers) {
            let verdict = ImportVerdict(line.verdict)
            // As people know it: without what tells the lines of one count apart.
            let eventID = line.eventID.map { EventID(stored: $0).reported.text }
            // What the reader warned of is not of the fact itself.
            let warnings = line.warnings.dropFirst(fact.line.warnings.count)
            switch verdict {
            case .applied where !warnings.isEmpty:
                add(
                    verdict, fact.record, code: "note", warnings.joined(separator: "; "), eventID: eventID)
            case .applied, .duplicate: counts[verdict] += 1
            case .appliedUncovered:
                add(
                    verdict, fact.record, code: verdict.rawValue,
                    (["\(line.atRiskCount) promises have no cover after it"] + warnings).joined(separator: "; "),
                    eventID: eventID)
            case .recordedBeforeCount:
                add(
                    verdict, fact.record, code: verdict.rawValue,
                    "a later count, or one of the same instant that comes after it, had seen it already",
                    eventID: eventID)
            default:
                add(
                    verdict, fact.record, code: line.problem?.code.rawValue ?? verdict.rawValue,
                    fact.detail(of: line.problem), eventID: eventID)
            }
        }
    }
}
