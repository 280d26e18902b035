import Inventory

/// Compares a file's book figures of one place with the ledger, and says of each of them in the report what came of it.
struct FigureComparison: Sendable {
    let reconciliations: ReconciliationService
    /// When the import began: what was compared since then was compared by it, before it was cut off.
    let startedAt: Timestamp

    func outcome(
        of heap: FigureHeap, event: EventID, isDryRun: Bool
    ) async throws(StoreError) -> ImportBatch.Outcome {
        var outcome = ImportBatch.Outcome()
        let sums = heap.sums.filter { $0.units != nil }
        for sum in heap.sums where sum.units == nil {
            outcome.add(
                .unknown, sum, code: "sumTooGreat",
                "the file's rows of this item and location add up to more than can be")
        }
        guard !sums.isEmpty else { return outcome }
        let posted = PostedReconciliation(
            source: heap.place.source, event: heap.event(event), asOf: heap.place.asOf, completeAt: nil,
            inFlightSeconds: PostedReconciliation.inFlightSecondsDefault, corrects: true,
            lines: sums.map { .init(item: .sku($0.sku), location: .id(heap.place.location), quantity: $0.units ?? 0) })
        if isDryRun {
            add(try await reconciliations.preview(posted), of: sums, isDryRun: true, to: &outcome)
            return outcome
        }
        switch try await reconciliations.submit(posted) {
        case .failure(let rejection): outcome.add(rejection, sums)
        case .success(let (stored, isNew)) where !isNew && stored.createdAt < startedAt:
            for sum in sums { outcome.counts[.duplicate] += Int64(sum.rows) }
        case .success(let (stored, _)):
            var page = PageRequest()
            page.limit = PageRequest.limitMax
            while true {
                let lines = try await reconciliations.lines(stored.id, .all, page)
                add(.success(lines.elements), of: sums, isDryRun: false, to: &outcome)
                guard lines.hasMore, let last = lines.elements.last else { break }
                page.after = String(last.number)
            }
        }
        outcome.lines.sort { $0.line < $1.line }
        return outcome
    }

    private func add(
        _ result: Result<[ReconciledLine], ReconciliationRejection>, of sums: [FigureSum], isDryRun: Bool,
        to outcome: inout ImportBatch.Outcome
    ) {
        switch result {
        case .failure(let rejection): outcome.add(rejection, sums)
        case .success(let lines):
            for line in lines where sums.indices.contains(line.number) {
                let sum = sums[line.number]
                let verdict = ImportVerdict(line.status)
                guard verdict != .matched else {
                    outcome.counts[.matched] += Int64(sum.rows)
                    continue
                }
                outcome.add(verdict, sum, code: verdict.rawValue, line.words(rows: sum.rows, isDryRun: isDryRun))
            }
        }
    }
}

extension FigureHeap {
    /// The place's own; with its first item where the place has more figures than one reconciliation takes.
    fileprivate func event(_ base: EventID) -> EventID {
        guard hasMore, let first = sums.first else { return base }
        return EventID(stored: "\(base)/\(first.sku)")
    }
}

extension ReconciledLine {
    fileprivate func words(rows: Int, isDryRun: Bool) -> String {
        let summed = rows > 1 ? "\(rows) rows of the file add up to \(theirs)" : "the file says \(theirs)"
        let figures = ours.map { "\(summed), the ledger \($0)" } ?? summed
        let difference = (difference ?? 0) > 0 ? "+\(difference ?? 0)" : "\(difference ?? 0)"
        let told: String
        switch status {
        case .matched, .waiting: told = "it agrees"
        case .withinTolerance: told = "the rule \(rule.map { "'\($0)' " } ?? "")lets a difference of \(difference) pass"
        case .explained:
            let until = figureAt.map { ", which was the figure at \($0)" } ?? ""
            told = "explained by what was on its way (\(because?.rawValue ?? "inFlight"))\(until)"
        case .corrected: told = "\(isDryRun ? "would be" : "was") corrected by \(difference)"
        case .variance:
            told = "\(isDryRun ? "would be" : "is") an exception, off by \(difference)"
        case .unknown: told = "cannot be compared"
        }
        return [figures, told, problem].compactMap(\.self).joined(separator: "; ")
    }
}

extension ImportBatch.Outcome {
    fileprivate mutating func add(_ verdict: ImportVerdict, _ sum: FigureSum, code: String, _ detail: String) {
        counts[verdict] += Int64(sum.rows)
        lines.append(
            ImportReportLine(
                line: sum.line, eventID: nil, verdict: verdict, code: code, detail: detail, raw: sum.raw))
    }

    fileprivate mutating func add(_ rejection: ReconciliationRejection, _ sums: [FigureSum]) {
        for sum in sums {
            switch rejection {
            // Its names meant something else then.
            case .reused: counts[.duplicate] += Int64(sum.rows)
            case .inFuture(let now):
                add(.rejected, sum, code: "invalidRequest", "the figure's instant is after now, which is \(now)")
            case .unknownLocation:
                add(.unknown, sum, code: "unknownLocation", "the location is not there any more")
            }
        }
    }
}
