/// A transfer that is told once, when the units are there already: away from one location and to the other, in one
/// transaction and under one event id. A fact, never refused for want of stock.
extension BatchDecision {
    mutating func applyTransferLine(_ reported: ReportedFact) -> LineOutcome {
        guard case .transfer(let bucket, let quantity, _) = reported.fact.change else {
            preconditionFailure("no other fact has a destination")
        }
        // The same item at both ends, so both are an item or both are a kit.
        let ends = reported.fact.names(from: reported.source).map(resolve)
        let stamp = stamp(reported)
        var parts: [FactPart] = []
        for (end, sign) in zip(ends, [-1, 1] as [Int64]) {
            for part in end.movedParts {
                let (units, overflows) = quantity.units.multipliedReportingOverflow(by: part.quantity)
                guard !overflows, units <= Quantity.maxUnits else {
                    return reject(
                        reported, name: nil,
                        LineProblem(
                            .quantityOverflow, "is more than \(Quantity.maxUnits) units with what one of it stands for",
                            pointer: "/quantity"))
                }
                let entry = LedgerEntry(
                    kind: .transfer,
                    posting: Posting(bucket: bucket, counterAccount: .outside(.transfer), units: sign * units),
                    occurredAt: stamp.occurredAt, source: reported.source)
                parts.append(FactPart(name: part.name, content: .entries([entry])))
            }
        }
        if case .kit(let kit)? = ends.first { ledger.origin.kit = kit.number }
        defer { ledger.origin.kit = nil }
        return applyTogether(reported, parts)
    }

    /// What is missing at both ends, each once.
    func transferLineOpenings(_ reported: ReportedFact) -> [ExceptionOpening] {
        let fact = reported.fact
        var openings: [ExceptionOpening] = []
        for (name, destination) in zip(fact.names(from: reported.source), [nil, fact.change.destination]) {
            guard case .unknown(let unknown) = resolve(name) else { continue }
            openings += unknown.openings(for: fact, at: destination, source: reported.source)
                .filter { opening in !openings.contains { $0.dedupeKey == opening.dedupeKey } }
        }
        return openings
    }
}

extension NameResolution {
    /// The balances that one of it moves, with the base units of each.
    fileprivate var movedParts: [(name: KnownName, quantity: Int64)] {
        switch self {
        case .known(let name): [(name, name.unitsPerCode.units)]
        case .kit(let kit): kit.parts.map { ($0.name, kit.unitsPerCode.units * $0.quantity) }
        case .unknown: []
        }
    }
}
