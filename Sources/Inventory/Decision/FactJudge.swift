/// Facts, line by line. None is refused for want of stock: what has happened is recorded.
extension BatchDecision {
    mutating func judge(_ command: FactCommand) -> CommandOutcome {
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
            return reject(line, of: command, eventID: eventID, name: nil, problem)
        case .fact(let fact, let fingerprint):
            let key = EventKey(source: command.source, event: fact.eventID)
            let known = claimedEventIDs[key] ?? snapshot.events[key]
            let resolution = resolve(fact, from: command.source)
            if let known, known.fingerprint != fingerprint || known.state == .count {
                return reject(
                    line, of: command, eventID: fact.eventID.text, name: nil,
                    LineProblem(
                        .eventIdReused,
                        "this eventId is already known from this source with other content; send a changed fact "
                            + "under an eventId of its own",
                        pointer: "/eventId"))
            }
            if case .inLedger(let verdict, let sequence)? = known?.state {
                return LineOutcome(
                    eventID: fact.eventID.text, verdict: .duplicate, firstVerdict: verdict, sequence: sequence,
                    warnings: line.warnings, name: resolution.known)
            }
            switch resolution {
            case .unknown(let unknown):
                return park(line, fact, fingerprint, of: command, unknown, wasParked: known != nil)
            case .known where fact.change.step != nil, .kit where fact.change.step != nil:
                return applyTransfer(line, fact, fingerprint, of: command, wasParked: known != nil)
            case .known(let name):
                return apply(line, fact, fingerprint, of: command, name, wasParked: known != nil)
            case .kit(let kit):
                return apply(line, fact, fingerprint, of: command, kit, wasParked: known != nil)
            }
        }
    }

    /// What the fact names. Of a transfer, whose items are known, an end that is not.
    private func resolve(_ fact: FactLine, from source: SourceNumber) -> NameResolution {
        guard fact.change.step != nil else { return resolve(Name(fact, source: source)) }
        let resolutions = fact.names(from: source).map(resolve)
        return resolutions.first { if case .unknown = $0 { true } else { false } } ?? resolutions[0]
    }

    // MARK: - The three ends of a line

    mutating func reject(
        _ line: SubmittedLine, of command: FactCommand, eventID: String?, name: KnownName?,
        parkedAs parkedKey: EventKey? = nil, _ problem: LineProblem
    ) -> LineOutcome {
        if let parkedKey {
            changes.parkedRejected.insert(parkedKey)
            claimedEventIDs[parkedKey] = nil
        }
        let content = hash(Array(line.raw)).withBytes { UnsafeRawBufferPointer(rebasing: $0[..<16]).hexadecimal }
        let key = "rejectedLine:\(command.source.rawValue):\(content)"
        var opening = ExceptionOpening(
            .rejectedLine, dedupeKey: key, source: command.source, detail: problem.detail)
        opening.eventID = eventID
        opening.problem = problem
        opening.raw = line.raw
        changes.exceptions.append(opening)
        return LineOutcome(
            eventID: eventID, verdict: .rejected, problem: problem, warnings: line.warnings, name: name)
    }

    private mutating func park(
        _ line: SubmittedLine, _ fact: FactLine, _ fingerprint: Fingerprint, of command: FactCommand,
        _ unknown: UnknownName, wasParked: Bool
    ) -> LineOutcome {
        if case .code(nil, _) = fact.item, unknown.codeSystem == nil {
            return reject(
                line, of: command, eventID: fact.eventID.text, name: nil,
                LineProblem(
                    .codeSystemMissing,
                    "the code has no codeSystem and source has none set; send codeSystem, or set it on the source",
                    pointer: "/codeSystem"))
        }
        let openings = unknown.openings(for: fact, source: command.source)
        changes.exceptions.append(contentsOf: openings)
        if !wasParked {
            let key = EventKey(source: command.source, event: fact.eventID)
            changes.events.append(EventEntry(key: key, fingerprint: fingerprint, verdict: .parked, line: nil))
            changes.parked.append(
                ParkedLine(
                    key: key, fact: fact.resolved(in: unknown.codeSystem), fingerprint: fingerprint, raw: line.raw))
            claimedEventIDs[key] = KnownEvent(fingerprint: fingerprint, state: .parked)
        }
        return LineOutcome(
            eventID: fact.eventID.text, verdict: .parked, problem: openings.first?.problem, warnings: line.warnings)
    }

    private mutating func apply(
        _ line: SubmittedLine, _ fact: FactLine, _ fingerprint: Fingerprint, of command: FactCommand,
        _ name: KnownName, wasParked: Bool
    ) -> LineOutcome {
        var open = ledger.open(name.key)
        let key = EventKey(source: command.source, event: fact.eventID)
        let parkedKey = wasParked ? key : nil
        // Compared as the client saw it: holds that ended since are no change of anybody's.
        if let expected = fact.expectedVersion, expected != open.versionBefore {
            return reject(
                line, of: command, eventID: fact.eventID.text, name: name, parkedAs: parkedKey,
                LineProblem(
                    .versionMismatch,
                    "expected version \(expected), but the balance is at \(open.versionBefore); read it again and decide anew",
                    pointer: "/expectedVersion"))
        }
        let index = ledger.lines.count
        let shortfallBefore = open.figures.shortfall
        let stamp = ledger.clock.stamp(fact, of: line, at: batchPosition)
        var entered = EnteredFact()
        guard enter(fact, stamp, of: command, name, unitsEach: name.unitsPerCode.units, &open, &entered) else {
            return reject(
                line, of: command, eventID: fact.eventID.text, name: name, parkedAs: parkedKey,
                LineProblem(
                    .quantityOverflow, "the balance would leave ±\(Figures.unitsMax) units", pointer: "/quantity"))
        }
        if stamp.claimedAt != nil { changes.exceptions.append(.clockSkew(fact, source: command.source)) }
        ledger.noteVersion(before: open)

        var outcome = LineOutcome(
            eventID: fact.eventID.text, verdict: entered.verdict, sequence: .inThisBatch(index),
            warnings: entered.warnings.isEmpty ? line.warnings : line.warnings + entered.warnings, name: name)
        if open.figures.shortfall > shortfallBefore {
            outcome.verdict = .appliedUncovered
            let atRisk = promisesAtRisk(of: name.key) ?? []
            outcome.atRisk = Array(atRisk.prefix(LineOutcome.atRiskNamedMax))
            outcome.atRiskCount = atRisk.count
        }
        conclude(
            &outcome, fact, fingerprint, of: command, line: index, wasParked: wasParked,
            alreadyReported: entered.alreadyReported)
        return outcome
    }

    /// The fact is in the ledger: its event id points there, and what it waited for has come.
    /// - Parameters:
    ///   - index: of its first ledger line.
    ///   - alreadyReported: somebody else has reported all of its units before.
    mutating func conclude(
        _ outcome: inout LineOutcome, _ fact: FactLine, _ fingerprint: Fingerprint, of command: FactCommand,
        line index: Int, wasParked: Bool, alreadyReported: Bool
    ) {
        let verdict = outcome.verdict
        let key = EventKey(source: command.source, event: fact.eventID)
        changes.events.append(EventEntry(key: key, fingerprint: fingerprint, verdict: verdict, line: index))
        if wasParked {
            changes.unparked.insert(key)
            // The same line may have been impossible earlier in this batch, before another made it possible.
            changes.parkedRejected.remove(key)
            changes.noLongerMissing.formUnion(fact.namedThings)
        }
        claimedEventIDs[key] = KnownEvent(fingerprint: fingerprint, state: .inLedger(verdict, .inThisBatch(index)))

        // A client that repeats a parked line just as its mapping has come finds it in the ledger.
        let isRepeat = wasParked && command.origin != .parked
        if isRepeat || alreadyReported {
            outcome.verdict = .duplicate
            outcome.firstVerdict = verdict
        }
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
