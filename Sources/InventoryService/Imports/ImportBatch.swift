import Inventory

/// Applies records that were read together, and says what became of them.
struct ImportBatch: Sendable {
    let store: any ImportStore
    let facts: FactService
    let master: CatalogService

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
            counts[verdict] += 1
            lines.append(
                ImportReportLine(
                    line: record.line, eventID: eventID, verdict: verdict, code: code, detail: detail, raw: record.raw))
        }

        /// Master data was stored, or was so already; a note makes it worth a line.
        fileprivate mutating func add(_ verdict: ImportVerdict, _ record: ImportRecord) {
            if record.notes.isEmpty { return counts[verdict] += 1 }
            add(verdict, record, code: "note", record.notes.joined(separator: "; "))
        }
    }

    private struct Fact: Sendable {
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
    func apply(_ records: [ImportRecord], by actor: ActorName?) async throws(StoreError) -> Outcome {
        var outcome = Outcome()
        var items: [(record: ImportRecord, item: Item)] = []
        var aliases: [(record: ImportRecord, alias: Alias)] = []
        var bySource: [(source: SourceID, facts: [Fact])] = []
        var places: [SourceID: Int] = [:]
        for record in records {
            switch record.content {
            case .skipped(let reason): outcome.skipped.append(reason)
            case .rejected(let code, let detail, let eventID):
                outcome.add(.rejected, record, code: code, detail, eventID: eventID)
            case .item(let item, let parts) where parts.isEmpty: items.append((record, item))
            case .item(let item, let parts): try await put(item, parts, record, by: actor, &outcome)
            case .location(let location): try await put(location, record, by: actor, &outcome)
            case .alias(let alias): aliases.append((record, alias))
            case .fact(let source, let line):
                if let place = places[source] {
                    bySource[place].facts.append(Fact(record: record, line: line))
                } else {
                    places[source] = bySource.count
                    bySource.append((source, [Fact(record: record, line: line)]))
                }
            }
        }
        try await put(items, by: actor, &outcome)
        try await put(aliases, by: actor, &outcome)
        try await send(bySource, by: actor, &outcome)
        outcome.lines.sort { $0.line < $1.line }
        return outcome
    }

    private func put(
        _ items: [(record: ImportRecord, item: Item)], by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        for start in stride(from: 0, to: items.count, by: itemsPerCallMax) {
            let part = items[start..<min(start + itemsPerCallMax, items.count)]
            let changed = try await store.changed(part.map(\.item))
            let toStore = part.map(\.item).filter { changed.contains($0.sku) }
            // What stays as it is need not wait for, nor make wait, who grants.
            if !toStore.isEmpty { try await master.store.putItems(toStore, by: actor) }
            for (record, item) in part { outcome.add(changed.contains(item.sku) ? .stored : .unchanged, record) }
        }
    }

    private func put(
        _ item: Item, _ parts: [KitPart], _ record: ImportRecord, by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        switch try await master.put(item, parts: parts, .none, by: actor) {
        case .success: outcome.add(.stored, record)
        case .failure(let rejection): outcome.add(.rejected, record, code: rejection.importCode, rejection.importDetail)
        }
    }

    /// One that is there keeps what people have set on it since.
    private func put(
        _ location: Location, _ record: ImportRecord, by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        switch try await master.put(location, .absent, by: actor) {
        case .success: outcome.add(.stored, record)
        case .failure(.preconditionFailed): outcome.add(.unchanged, record)
        case .failure(let rejection): outcome.add(.rejected, record, code: rejection.importCode, rejection.importDetail)
        }
    }

    private func put(
        _ aliases: [(record: ImportRecord, alias: Alias)], by actor: ActorName?, _ outcome: inout Outcome
    ) async throws(StoreError) {
        for start in stride(from: 0, to: aliases.count, by: itemsPerCallMax) {
            let part = Array(aliases[start..<min(start + itemsPerCallMax, aliases.count)])
            for (entry, result) in zip(part, try await store.putAliases(part.map(\.alias), by: actor)) {
                switch result {
                case .stored: outcome.add(.stored, entry.record)
                case .unchanged: outcome.add(.unchanged, entry.record)
                case .unknownItem:
                    outcome.add(
                        .rejected, entry.record, code: "unknownSku",
                        entry.record.explain("/sku", "no item has this sku; import the items first"))
                }
            }
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
        let answer = try await self.facts.submit(
            source: source, lines: facts.map(\.line), isAtomic: false, origin: .imported, by: actor)
        for (fact, line) in zip(facts, answer.lines) {
            let verdict = ImportVerdict(line.verdict)
            // As people know it: without what tells the lines of one count apart.
            let eventID = line.eventID.map { EventID(stored: $0).reported.text }
            // What the reader warned of is not of the fact itself.
            let warnings = line.warnings.dropFirst(fact.line.warnings.count)
            switch verdict {
            case .applied where !warnings.isEmpty:
                outcome.add(
                    verdict, fact.record, code: "note", warnings.joined(separator: "; "), eventID: eventID)
            case .applied, .duplicate: outcome.counts[verdict] += 1
            case .appliedUncovered:
                outcome.add(
                    verdict, fact.record, code: verdict.rawValue,
                    (["\(line.atRiskCount) promises have no cover after it"] + warnings).joined(separator: "; "),
                    eventID: eventID)
            case .recordedBeforeCount:
                outcome.add(
                    verdict, fact.record, code: verdict.rawValue,
                    "a later count, or one of the same instant that comes after it, had seen it already",
                    eventID: eventID)
            default:
                outcome.add(
                    verdict, fact.record, code: line.problem?.code.rawValue ?? verdict.rawValue,
                    fact.detail(of: line.problem), eventID: eventID)
            }
        }
        return outcome
    }
}

extension MasterRejection {
    fileprivate var importCode: String {
        switch self {
        case .unknownReference: "unknownReference"
        case .resourceInUse, .channelTaken: "resourceInUse"
        case .preconditionFailed, .notFound: "versionMismatch"
        case .invalid: "malformedLine"
        }
    }

    fileprivate var importDetail: String {
        switch self {
        case .unknownReference(let pointer, let detail), .invalid(let pointer, let detail): "\(pointer) \(detail)"
        case .resourceInUse(let detail): detail
        case .channelTaken(let group): "the channel belongs to location group '\(group)'"
        case .preconditionFailed, .notFound: "it was changed by somebody else meanwhile; import it again"
        }
    }
}
