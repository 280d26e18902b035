/// Facts, line by line. None is refused for want of stock: what has happened is recorded.
extension BatchDecision {
    mutating func judge(_ command: FactCommand) -> CommandOutcome {
        begin(as: command.actor)
        ledger.beginCommand()
        let first = batchPosition
        defer { batchPosition = first + command.lines.count }
        guard command.isAtomic else {
            return CommandOutcome(lines: judgeLines(of: command), isRefused: false)
        }
        let before = self
        var outcomes = judgeLines(of: command)
        guard outcomes.contains(where: { $0.verdict == .rejected || $0.verdict == .parked }) else {
            return CommandOutcome(lines: outcomes, isRefused: false)
        }
        undo(to: before)
        for index in outcomes.indices {
            switch outcomes[index].verdict {
            case .rejected, .parked: break
            case .duplicate:
                // Its twin may be a line of this very command, which is in no ledger now.
                if case .inThisBatch(let line)? = outcomes[index].sequence, line >= ledger.lines.count {
                    outcomes[index].verdict = .notApplied
                    outcomes[index].firstVerdict = nil
                    outcomes[index].sequence = nil
                }
            default:
                outcomes[index].verdict = .notApplied
                outcomes[index].sequence = nil
            }
        }
        return CommandOutcome(lines: outcomes, isRefused: true)
    }

    private mutating func judgeLines(of command: FactCommand) -> [LineOutcome] {
        command.lines.map { line in
            defer { batchPosition += 1 }
            return judge(line, of: command)
        }
    }

    /// The checks stand in the order of `LineProblem.Code`, so that a doubly wrong line has a stable answer.
    private mutating func judge(_ line: SubmittedLine, of command: FactCommand) -> LineOutcome {
        switch line.content {
        case .malformed(let problem, let eventID):
            return reject(RejectedLine(line, eventID), from: command.source, name: nil, problem)
        case .impossible(let fact, let fingerprint, let problem):
            let key = EventKey(source: command.source, event: fact.eventID)
            let claim = claims.number(of: key, snapshot)
            guard claims[claim]?.state == .parked else {
                // Somebody else has taken it away since it was found parked.
                return LineOutcome(eventID: fact.eventID.text, verdict: .notApplied, warnings: line.warnings)
            }
            return reject(
                ReportedFact(fact, fingerprint, key, claim, line, of: command, wasParked: true), name: nil, problem)
        case .fact(let fact, let fingerprint):
            let key = EventKey(source: command.source, event: fact.eventID)
            let claim = claims.number(of: key, snapshot)
            let known = claims[claim]
            let reported = ReportedFact(fact, fingerprint, key, claim, line, of: command, wasParked: known != nil)
            if command.origin == .parked, known == nil {
                // It was taken away as impossible since it was found parked, and an exception keeps it.
                return LineOutcome(eventID: fact.eventID.text, verdict: .notApplied, warnings: line.warnings)
            }
            let resolution = resolve(fact, from: command.source)
            let isTaken =
                known.map { $0.fingerprint != fingerprint || $0.isOfWhole }
                ?? isOfTakenMessage(fact, from: command.source)
            if isTaken {
                return reject(
                    RejectedLine(reported), from: command.source, name: resolution.known,
                    LineProblem(
                        .eventIdReused,
                        "this eventId is already known from this source with other content; send a changed fact "
                            + "under an eventId of its own",
                        pointer: "/eventId"))
            }
            if case .inLedger(let verdict, let sequence)? = known?.state {
                // It may have come in a wrong form since it was told.
                mend(reported, again: true)
                return LineOutcome(
                    eventID: fact.eventID.text, verdict: .duplicate, firstVerdict: verdict, sequence: sequence,
                    warnings: line.warnings, name: resolution.known)
            }
            guard let known else { return apply(reported, resolution) }
            // Whoever brings it up again, it was done by who sent it first.
            let sender = ledger.origin.actor
            begin(as: known.actor)
            defer { begin(as: sender) }
            return apply(reported, resolution)
        }
    }

    private mutating func apply(_ reported: ReportedFact, _ resolution: NameResolution) -> LineOutcome {
        let fact = reported.fact
        if fact.soldFor != nil, let promised = promisedKit(fact, resolution) {
            var reported = reported
            reported.promisedLines = promised.lines
            return apply(reported, promised.kit)
        }
        switch resolution {
        case .unknown(let unknown): return park(reported, unknown)
        case .known where fact.change.isOfSeveralPlaces, .kit where fact.change.isOfSeveralPlaces:
            return fact.change.step == nil ? applyTransferLine(reported) : applyTransfer(reported)
        case .known(let name): return apply(reported, name)
        case .kit(let kit): return apply(reported, kit)
        }
    }

    /// What the fact names. Of a transfer, an end that is not known.
    private func resolve(_ fact: FactLine, from source: SourceNumber) -> NameResolution {
        guard fact.change.isOfSeveralPlaces else { return resolve(Name(fact, source: source)) }
        let resolutions = fact.names(from: source).map(resolve)
        return resolutions.first { if case .unknown = $0 { true } else { false } } ?? resolutions[0]
    }

    /// The times of the line at hand.
    func stamp(_ reported: ReportedFact) -> Stamp {
        ledger.clock.stamp(claimed: reported.fact.occurredAt, arrivedAt: reported.arrivedAt, at: batchPosition)
    }

    // MARK: - The three ends of a line

    private mutating func park(_ reported: ReportedFact, _ unknown: UnknownName) -> LineOutcome {
        let fact = reported.fact
        let system = codeSystem(of: reported)
        if fact.needsCodeSystem, system == nil {
            // Such a line is never parked, so nothing waits under its event id.
            return reject(
                RejectedLine(reported), from: reported.source, name: nil,
                LineProblem(
                    .codeSystemMissing,
                    "the code has no codeSystem and source has none set; send codeSystem, or set it on the source",
                    pointer: "/codeSystem"))
        }
        var openings = unknown.openings(for: fact, source: reported.source)
        if fact.change.destination != nil { openings = transferLineOpenings(reported) }
        changes.exceptions.append(contentsOf: openings)
        if !reported.wasParked {
            let key = reported.key
            changes.events.append(EventEntry(key: key, fingerprint: reported.fingerprint, verdict: .parked, line: nil))
            changes.parked.append(
                ParkedLine(
                    key: key, fact: fact.resolved(in: system), fingerprint: reported.fingerprint,
                    raw: reported.raw, actor: ledger.origin.actor, label: reported.label))
            claims[reported.claim] = KnownEvent(
                fingerprint: reported.fingerprint, state: .parked, actor: ledger.origin.actor)
            claimMessage(of: reported)
        }
        return LineOutcome(
            eventID: fact.eventID.text, verdict: .parked, problem: openings.first?.problem,
            warnings: reported.warnings)
    }

    /// In which its codes without a system are meant: its source's, as whatever of it is unknown was looked up.
    private func codeSystem(of reported: ReportedFact) -> CodeSystem? {
        for name in reported.fact.names(from: reported.source) {
            if case .unknown(let unknown) = resolve(name), let system = unknown.codeSystem ?? unknown.placeSystem {
                return system
            }
        }
        return nil
    }

    private mutating func apply(_ reported: ReportedFact, _ name: KnownName) -> LineOutcome {
        var open = ledger.open(name.key)
        // Compared as the client saw it: holds that ended since are no change of anybody's.
        if let expected = reported.fact.expectedVersion, expected != open.versionBefore {
            return reject(
                reported, name: name,
                LineProblem(
                    .versionMismatch,
                    "expected version \(expected), but the balance is at \(open.versionBefore); read it again and decide anew",
                    pointer: "/expectedVersion"))
        }
        let index = ledger.lines.count
        let shortfallBefore = open.figures.shortfall
        let stamp = stamp(reported)
        var entered = EnteredFact()
        guard enter(reported, stamp, name, unitsEach: name.unitsPerCode.units, &open, &entered) else {
            return reject(
                reported, name: name,
                LineProblem(
                    .quantityOverflow, "the balance would leave ±\(Figures.unitsMax) units", pointer: "/quantity"))
        }
        if stamp.claimedAt != nil { changes.exceptions.append(.clockSkew(reported.fact, source: reported.source)) }
        ledger.noteVersion(before: open)

        let isUncovered = open.figures.shortfall > shortfallBefore
        let verdict = isUncovered ? .appliedUncovered : entered.verdict
        let atRisk = isUncovered ? promisesAtRisk(of: name.key) ?? [] : []
        let isDuplicate = conclude(verdict, reported, line: index, alreadyReported: entered.alreadyReported)
        return LineOutcome(
            eventID: reported.fact.eventID.text, verdict: isDuplicate ? .duplicate : verdict,
            firstVerdict: isDuplicate ? verdict : nil, sequence: .inThisBatch(index),
            warnings: entered.warnings.isEmpty ? reported.line.warnings : reported.line.warnings + entered.warnings,
            name: name, atRisk: atRisk)
    }

    /// The fact is in the ledger: its event id points there, and what it waited for has come.
    /// - Parameters:
    ///   - index: of its first ledger line.
    ///   - alreadyReported: somebody else has reported all of its units before.
    /// - Returns: whether it is a duplicate for who sent it, of a line with that verdict.
    mutating func conclude(
        _ verdict: Verdict, _ reported: ReportedFact, line index: Int, alreadyReported: Bool
    ) -> Bool {
        let (key, fingerprint) = (reported.key, reported.fingerprint)
        mend(reported)
        changes.events.append(EventEntry(key: key, fingerprint: fingerprint, verdict: verdict, line: index))
        claimMessage(of: reported)
        if reported.wasParked {
            changes.unparked.insert(key)
            // The same line may have been impossible earlier in this batch, before another made it possible.
            changes.parkedRejected.remove(key)
            changes.noLongerMissing.formUnion(reported.fact.namedThings)
        }
        claims[reported.claim] = KnownEvent(fingerprint: fingerprint, state: .inLedger(verdict, .inThisBatch(index)))

        // A client that repeats a parked line just as its mapping has come finds it in the ledger.
        let isRepeat = reported.wasParked && reported.origin != .parked
        return isRepeat || alreadyReported
    }
}

/// What became of a fact on its way into the ledger.
struct EnteredFact {
    var verdict = Verdict.applied
    var warnings: [String] = []
    /// Somebody else has reported all of its units before.
    var alreadyReported = false
}

extension NameResolution {
    fileprivate var known: KnownName? {
        guard case .known(let name) = self else { return nil }
        return name
    }
}
