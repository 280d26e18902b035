package import Inventory

/// Takes other systems' figures: stores them whole, compares them with the ledger in steps, corrects what may be corrected,
/// and leaves the rest to people.
package struct ReconciliationService: Sendable {
    package let store: any ReconciliationStore
    private let facts: FactService
    private let sources: any BatchStore
    private let wait: Duration
    private let hash: Hash

    /// Lines of one request: a store's whole assortment.
    package static let linesMax = 50_000
    /// Balances compared by one statement, which others wait for on the report connection.
    private static let pairsPerStep = 500
    /// Corrections that wait to be written at one time.
    private static let correctionsPerStep = 250
    /// How often a line is compared before a balance that keeps changing is left alone.
    private static let comparisonsMax = 10
    /// A search for what explains a difference takes a while; others run in between.
    private static let pairsPerTurn = 20
    private static let awaitedPerStep = 2_000

    /// - Parameter wait: so long after an instant, data of until then is waited for that sources may still send.
    package init(
        store: any ReconciliationStore, facts: FactService, sources: any BatchStore, wait: Duration = .seconds(3_600),
        hash: Hash = sha256
    ) {
        self.store = store
        self.facts = facts
        self.sources = sources
        self.wait = wait
        self.hash = hash
    }

    /// - Throws: as `FactService.submit`. Sending the same again is then always right, and what was stored is finished even
    ///   if nobody does.
    /// - Returns: what was found, also when that was before.
    package func submit(
        _ posted: PostedReconciliation
    ) async throws(StoreError) -> Result<(reconciliation: StoredReconciliation, isNew: Bool), ReconciliationRejection> {
        precondition(posted.lines.count <= Self.linesMax, "a reconciliation has \(Self.linesMax) lines")
        let number = try await sources.sourceNumber(posted.source)
        switch try await store.open(posted, from: number) {
        case .failure(let rejection): return .failure(rejection)
        case .success(let (stored, isNew)):
            if !stored.isDone { try await finish(stored) }
            return .success((try await store.reconciliation(stored.id) ?? stored, isNew))
        }
    }

    /// What `submit` would find, and would correct, at this moment; nothing is written.
    /// - Returns: in the order of the lines' numbers. `corrected` are those that would be, `sequence` is nil.
    package func preview(
        _ posted: PostedReconciliation
    ) async throws(StoreError) -> Result<[ReconciledLine], ReconciliationRejection> {
        precondition(posted.lines.count <= Self.linesMax, "a reconciliation has \(Self.linesMax) lines")
        switch try await store.look(at: posted, wait: wait) {
        case .failure(let rejection): return .failure(rejection)
        case .success(let (stored, looked)):
            let mayCorrect = stored.corrects && stored.isAuthoritative
            var lines: [ReconciledLine] = []
            lines.reserveCapacity(looked.count)
            for found in looked {
                switch found {
                case .unknown(let line): lines.append(line)
                case .comparable(let pair, let sku, let location):
                    lines.append(preview(compare(pair, mayCorrect: mayCorrect), of: pair, sku, location))
                }
                if lines.count % Self.pairsPerTurn == 0 { await Task.yield() }
            }
            return .success(lines)
        }
    }

    private func preview(
        _ compared: ComparedPair, of pair: WaitingPair, _ sku: SKU, _ location: LocationID
    ) -> ReconciledLine {
        var line = ReconciledLine(
            number: pair.line, location: location, theirs: pair.comparison.theirs,
            status: compared.isToCorrect ? .corrected : compared.result.status)
        line.sku = sku
        line.ours = compared.ours
        line.because = compared.result.explanation?.because
        line.changesInFlight = compared.result.explanation?.changes
        line.figureAt = compared.result.explanation?.figureAt
        line.rule = compared.rule
        line.problem = compared.problem
        return line
    }

    /// Goes on with those that were cut off.
    /// - Returns: how many were finished.
    package func finishOpen(before: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let open = try await store.unfinished(before: before, limit: limit)
        for reconciliation in open { try await finish(reconciliation) }
        return open.count
    }

    /// Tells people of variances that waited for data on its way, and are off now that it has come or took too long.
    /// - Returns: how many lines wait no longer.
    package func tellOfAwaited() async throws(StoreError) -> Int {
        var lines = 0
        while true {
            let step = try await store.tellOfAwaited(wait: wait, limit: Self.awaitedPerStep)
            lines += step
            if step < Self.awaitedPerStep { return lines }
        }
    }

    /// Two that do this at one time write the same: each line belongs to whoever compared it first, and a correction counts
    /// once. It ends, since no line is compared more than `comparisonsMax` times, whoever does it.
    private func finish(_ reconciliation: StoredReconciliation) async throws(StoreError) {
        repeat {
            try await compare(reconciliation)
            try await correct(reconciliation)
        } while try await !store.finish(reconciliation.id)
    }

    private func compare(_ reconciliation: StoredReconciliation) async throws(StoreError) {
        let mayCorrect = reconciliation.corrects && reconciliation.isAuthoritative
        var last = -1
        while true {
            let pairs = try await store.waiting(
                reconciliation, after: last, limit: Self.pairsPerStep, wait: wait)
            guard let end = pairs.last else { return }
            var compared: [ComparedPair] = []
            for pair in pairs {
                compared.append(compare(pair, mayCorrect: mayCorrect))
                if compared.count % Self.pairsPerTurn == 0 { await Task.yield() }
            }
            try await store.keep(reconciliation.id, compared)
            last = end.line
        }
    }

    /// What is only not known yet is not corrected, nor what later figures speak of.
    private func compare(_ pair: WaitingPair, mayCorrect: Bool) -> ComparedPair {
        let result = pair.comparison.result(pair.limits)
        let isAwaiting = result == .variance && pair.awaited != nil
        var problem: String?
        if let awaited = pair.awaited, isAwaiting {
            problem =
                "data of until then may be on its way from \(awaited): nothing is corrected and nobody told before they "
                + "were heard through the instant or the wait for them is over; send figures again then"
        } else if mayCorrect, result == .variance {
            problem = pair.obstacle
        }
        return ComparedPair(
            line: pair.line, ours: pair.comparison.ours, version: pair.version, rule: pair.rule, result: result,
            isToCorrect: mayCorrect && result == .variance && problem == nil, isAwaiting: isAwaiting, problem: problem)
    }

    /// As facts of Holdfast's own that occurred at the instant: so the ledger agrees with their figure there, and what came
    /// after it stays as it is. Each names the version that its balance had when it was compared, so that a difference which
    /// somebody else has corrected meanwhile is not corrected twice; where it has changed, the line waits to be compared again.
    private func correct(_ reconciliation: StoredReconciliation) async throws(StoreError) {
        guard reconciliation.corrects, reconciliation.isAuthoritative else { return }
        var last = -1
        while true {
            let due = try await store.dueCorrections(
                reconciliation.id, after: last, limit: Self.correctionsPerStep)
            guard let end = due.last else { return }
            // One by one: a refusal is this line's, and nobody is told of it.
            let answers = try await facts.submitEach(
                source: .holdfast, lines: due.map { line(for: $0, of: reconciliation) })
            var (done, moved): ([DoneCorrection], [DueCorrection]) = ([], [])
            for (correction, answer) in zip(due, answers) {
                if answer.problem?.code == .versionMismatch {
                    moved.append(correction)
                } else {
                    done.append(DoneCorrection(correction, answer))
                }
            }
            if !done.isEmpty { try await store.keep(reconciliation.id, done) }
            if !moved.isEmpty {
                try await store.compareAgain(
                    reconciliation.id, moved, times: Self.comparisonsMax,
                    problem:
                        "the balance changed each of the \(Self.comparisonsMax) times that it was compared: send figures "
                        + "again")
            }
            last = end.line
        }
    }

    private func line(for correction: DueCorrection, of reconciliation: StoredReconciliation) -> SubmittedLine {
        guard let delta = Delta(units: correction.difference) else {
            preconditionFailure("only a variance within a rule's limit is corrected")
        }
        let fact = FactLine(
            eventID: reconciliation.id.correction(ofLine: correction.line, at: correction.version),
            item: .sku(correction.sku), location: correction.location,
            change: .adjustment(.onHand, delta, Self.reason), occurredAt: reconciliation.asOf,
            reference: Reference(stored: reconciliation.id.description), expectedVersion: correction.version)
        return SubmittedLine(.fact(fact, fact.fingerprint(hash)), raw: [])
    }

    private static let reason = Reason(stored: "reconciliation")
}

extension DoneCorrection {
    fileprivate init(_ correction: DueCorrection, _ answer: FactLineAnswer) {
        let isWritten = answer.verdict.isInLedger || answer.verdict == .duplicate
        self.init(
            line: correction.line, version: correction.version, sequence: isWritten ? answer.sequence : nil,
            problem: isWritten ? nil : answer.problem?.detail ?? "the correction was not taken")
    }
}

extension WaitingPair {
    /// Why its variance is not corrected although corrections are asked for; nil where it is.
    fileprivate var obstacle: String? {
        if Int64(comparison.difference.magnitude) > limits.autoCorrectUnits {
            return limits.autoCorrectUnits == 0
                ? "no rule lets it be corrected: count it, or set autoCorrectUnits in a reconciliation rule"
                : "the difference is more than the \(limits.autoCorrectUnits) units that its rule lets be corrected: count it"
        }
        if isCounted {
            return
                "somebody counted it at asOf, and a count is worth more than another system's figure: put their figure "
                + "right, or count again"
        }
        return isOlder ? "later figures of the same source are known: only the newest are corrected by" : nil
    }
}

extension ComparisonResult {
    package var status: ReconciledStatus {
        switch self {
        case .matched: .matched
        case .withinTolerance: .withinTolerance
        case .explained: .explained
        case .variance: .variance
        }
    }

    package var explanation: InFlightExplanation? {
        if case .explained(let explanation) = self { explanation } else { nil }
    }
}
