/// Facts that touch several balances: those of a kit's parts, or both ends of a transfer. All of one or nothing.
extension BatchDecision {
    /// What such a fact does to one balance.
    struct FactPart {
        enum Content {
            /// The fact itself, each of its units so many of the part's.
            case fact(unitsEach: Int64)
            case entries([LedgerEntry])
        }

        let name: KnownName
        let content: Content
    }

    /// A fact by the name of a kit: its parts move.
    mutating func apply(_ reported: ReportedFact, _ kit: KnownKit) -> LineOutcome {
        let fact = reported.fact
        // What it waited for has come, whatever becomes of it now.
        if reported.wasParked { changes.noLongerMissing.formUnion(fact.namedThings) }
        if case .count = fact.change {
            return reject(
                reported, name: nil,
                LineProblem(
                    .notForKits, "'\(kit.sku)' is a kit, which has no stock of its own; count its components",
                    pointer: fact.item.describedAsUnknown.field.asPointer))
        }
        if fact.expectedVersion != nil {
            return reject(
                reported, name: nil,
                LineProblem(
                    .notForKits, "'\(kit.sku)' is a kit, which has no version; send the line without expectedVersion",
                    pointer: "/expectedVersion"))
        }
        ledger.origin.kit = kit.number
        defer { ledger.origin.kit = nil }
        let parts = kit.parts.map {
            FactPart(name: $0.name, content: .fact(unitsEach: kit.unitsPerCode.units * $0.quantity))
        }
        return applyTogether(reported, parts)
    }

    /// - Returns: the worst of what became of its parts. Where one is impossible, none is written.
    mutating func applyTogether(_ reported: ReportedFact, _ parts: [FactPart]) -> LineOutcome {
        let fact = reported.fact
        for part in parts { ledger.foldExpired(of: part.name.key) }
        if let problem = obstacle(to: parts, of: fact) {
            return reject(reported, name: parts[0].name, problem)
        }
        let first = ledger.lines.count
        let stamp = stamp(reported)
        var outcome = LineOutcome(
            eventID: fact.eventID.text, verdict: .applied, sequence: .inThisBatch(first), warnings: reported.warnings,
            name: parts[0].name)
        var components: [ComponentOutcome] = []
        var alreadyReported = true
        for part in parts {
            var entered = EnteredFact()
            guard let component = apply(part, reported, stamp, &entered) else {
                preconditionFailure("that no bucket leaves its bounds was seen before anything was written")
            }
            alreadyReported = alreadyReported && entered.alreadyReported
            outcome.warnings += entered.warnings.filter { !outcome.warnings.contains($0) }
            outcome.verdict = max(outcome.verdict, component.verdict)
            outcome.atRisk += component.atRisk.prefix(LineOutcome.atRiskNamedMax - outcome.atRisk.count)
            outcome.atRiskCount += component.atRiskCount
            components.append(component)
        }
        if stamp.claimedAt != nil { changes.exceptions.append(.clockSkew(fact, source: reported.source)) }
        outcome.components = components
        let verdict = outcome.verdict
        if conclude(verdict, reported, line: first, alreadyReported: alreadyReported) {
            outcome.verdict = .duplicate
            outcome.firstVerdict = verdict
        }
        return outcome
    }

    /// Why not all of the parts can be written: seen before any of them is, so that nothing has to be taken back. What a later
    /// count is corrected by goes the other way, and what a promise takes is part of it, so neither goes further.
    func obstacle(to parts: [FactPart], of fact: FactLine) -> LineProblem? {
        // A fact and its corrections, at every part.
        guard ledger.lines.count + 3 * parts.count <= Changes.linesMax else {
            return LineProblem(
                .batchTooLarge, "the request comes to more than \(Changes.linesMax) ledger lines; send it in parts",
                pointer: "")
        }
        var figures: [BalanceKey: Figures] = [:]
        for part in parts {
            let key = part.name.key
            let postings: [Posting?] =
                switch part.content {
                case .fact(let unitsEach): [fact.change.posting(unitsEach: unitsEach)]
                case .entries(let entries): entries.map(\.posting)
                }
            for posting in postings {
                guard let posting, let after = (figures[key] ?? ledger.balance(key).figures).applying(posting) else {
                    return LineProblem(
                        .quantityOverflow, "the balance would leave ±\(Figures.unitsMax) units", pointer: "/quantity")
                }
                figures[key] = after
            }
        }
        return nil
    }

    /// - Returns: nil, and nothing is written, when a bucket would leave its bounds.
    private mutating func apply(
        _ part: FactPart, _ reported: ReportedFact, _ stamp: Stamp, _ entered: inout EnteredFact
    ) -> ComponentOutcome? {
        let key = part.name.key
        var open = ledger.open(key)
        ledger.noteVersion(before: open)
        let first = ledger.lines.count
        let shortfall = open.figures.shortfall
        switch part.content {
        case .fact(let unitsEach):
            guard enter(reported, stamp, part.name, unitsEach: unitsEach, &open, &entered) else {
                return nil
            }
        case .entries(let entries):
            let header = header(of: reported.fact, stamp, open)
            guard let verdict = ledger.write(entries, header, to: &open) else { return nil }
            entered.verdict = verdict
        }
        var component = ComponentOutcome(name: part.name, verdict: entered.verdict, sequence: .inThisBatch(first))
        if open.figures.shortfall > shortfall {
            component.verdict = .appliedUncovered
            let atRisk = promisesAtRisk(of: key) ?? []
            component.atRisk = Array(atRisk.prefix(LineOutcome.atRiskNamedMax))
            component.atRiskCount = atRisk.count
        }
        return component
    }
}

extension Verdict {
    /// What a component's verdict is worth beside another's: the worse is the greater. Only of those that are written.
    private var severity: Int {
        switch self {
        case .applied: 0
        case .recordedBeforeCount: 1
        case .appliedUncovered: 2
        case .duplicate, .parked, .rejected, .notApplied: 3
        }
    }

    fileprivate static func max(_ left: Verdict, _ right: Verdict) -> Verdict {
        left.severity < right.severity ? right : left
    }
}

private func max(_ left: Verdict, _ right: Verdict) -> Verdict { .max(left, right) }

extension String {
    fileprivate var asPointer: String { "/\(self)" }
}
