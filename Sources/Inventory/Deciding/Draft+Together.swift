/// Facts that touch several balances: those of a kit's parts, or both ends of a transfer. All of one or nothing.
extension Draft {
    /// What such a fact does to one balance.
    struct FactPart {
        enum Content {
            /// The fact itself, each of its units so many of the part's.
            case fact(unitsEach: Int64)
            case entries([Entry])
        }

        let name: KnownName
        let content: Content
    }

    /// A fact by the name of a kit: its parts move.
    mutating func apply(
        _ line: SubmittedLine, _ fact: FactLine, _ fingerprint: Fingerprint, of command: FactCommand, _ kit: KnownKit,
        wasParked: Bool
    ) -> LineOutcome {
        let parkedKey = wasParked ? EventKey(source: command.source, event: fact.eventID) : nil
        if case .count = fact.change {
            return reject(
                line, of: command, eventID: fact.eventID.text, name: nil, parkedAs: parkedKey,
                LineProblem(
                    .notForKits, "'\(kit.sku)' is a kit, which has no stock of its own; count its components",
                    pointer: fact.item.describedAsUnknown.field.asPointer))
        }
        if fact.expectedVersion != nil {
            return reject(
                line, of: command, eventID: fact.eventID.text, name: nil, parkedAs: parkedKey,
                LineProblem(
                    .notForKits, "'\(kit.sku)' is a kit, which has no version; send the line without expectedVersion",
                    pointer: "/expectedVersion"))
        }
        origin.kit = kit.number
        defer { origin.kit = nil }
        let parts = kit.parts.map {
            FactPart(name: $0.name, content: .fact(unitsEach: kit.unitsPerCode.units * $0.quantity))
        }
        return applyTogether(line, fact, fingerprint, of: command, parts, wasParked: wasParked)
    }

    /// - Returns: the worst of what became of its parts. Where one is impossible, none is written.
    mutating func applyTogether(
        _ line: SubmittedLine, _ fact: FactLine, _ fingerprint: Fingerprint, of command: FactCommand,
        _ parts: [FactPart], wasParked: Bool
    ) -> LineOutcome {
        let before = self
        let first = changes.lines.count
        let stamp = clock.stamp(fact, of: line, at: place)
        var outcome = LineOutcome(
            eventID: fact.eventID.text, verdict: .applied, sequence: .inThisBatch(first), warnings: line.warnings,
            name: parts[0].name)
        var components: [ComponentOutcome] = []
        var isTold = true
        for part in parts {
            var entered = EnteredFact()
            guard let component = apply(part, fact, stamp, of: command, &entered) else {
                let (wasComplete, needed) = (isComplete, promisesNeeded)
                self = before
                (isComplete, promisesNeeded) = (wasComplete, needed)
                let parkedKey = wasParked ? EventKey(source: command.source, event: fact.eventID) : nil
                return reject(
                    line, of: command, eventID: fact.eventID.text, name: part.name, parkedAs: parkedKey,
                    LineProblem(
                        .quantityOverflow, "the balance would leave ±\(Figures.unitsMax) units", pointer: "/quantity"))
            }
            isTold = isTold && entered.isTold
            outcome.warnings += entered.warnings.filter { !outcome.warnings.contains($0) }
            outcome.verdict = max(outcome.verdict, component.verdict)
            outcome.atRisk += component.atRisk.prefix(LineOutcome.atRiskNamedMax - outcome.atRisk.count)
            outcome.atRiskCount += component.atRisk.count
            components.append(component)
        }
        if stamp.claimedAt != nil { changes.exceptions.append(.clockSkew(fact, source: command.source)) }
        outcome.components = components
        conclude(&outcome, fact, fingerprint, of: command, line: first, wasParked: wasParked, isTold: isTold)
        return outcome
    }

    /// - Returns: nil, and something may be written, when a bucket would leave its bounds.
    private mutating func apply(
        _ part: FactPart, _ fact: FactLine, _ stamp: Stamp, of command: FactCommand, _ entered: inout EnteredFact
    ) -> ComponentOutcome? {
        let key = part.name.key
        if versionsBefore[key] == nil { versionsBefore[key] = balance(key).version }
        foldExpired(of: key)
        var balance = balance(key)
        let first = changes.lines.count
        let shortfall = balance.figures.shortfall
        switch part.content {
        case .fact(let unitsEach):
            guard enter(fact, stamp, of: command, part.name, unitsEach: unitsEach, &balance, &entered) else {
                return nil
            }
        case .entries(let entries):
            begin(key, &balance)
            let told = told(of: fact, stamp, balance)
            guard let verdict = enter(entries, told, key, &balance) else { return nil }
            entered.verdict = verdict
        }
        var component = ComponentOutcome(name: part.name, verdict: entered.verdict, sequence: .inThisBatch(first))
        if balance.figures.shortfall > shortfall {
            component.verdict = .appliedUncovered
            component.atRisk = promisesAtRisk(of: key) ?? []
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
