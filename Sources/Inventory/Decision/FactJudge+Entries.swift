/// How a fact becomes ledger lines of one balance.
extension BatchDecision {
    /// Writes the fact's ledger lines.
    /// - Parameters:
    ///   - unitsEach: base units that one of the fact's units stands for here.
    ///   - open: the balance as the batch has left it so far, and then with the fact in it.
    /// - Returns: false, and nothing is written, when a bucket would leave its bounds.
    mutating func enter(
        _ reported: ReportedFact, _ stamp: Stamp, _ name: KnownName, unitsEach: Int64,
        _ open: inout LedgerWriter.OpenBalance, _ entered: inout EnteredFact
    ) -> Bool {
        let fact = reported.fact
        let header = header(of: fact, stamp, open)
        if case .count(let statement) = fact.change {
            var overruled: CountPosition?
            let verdict = ledger.write(
                statement, of: reported, name, stamp.occurredAt, header, to: &open, overruled: &overruled)
            guard let verdict else { return false }
            entered.verdict = verdict
            if let overruled {
                entered.warnings.append(
                    "overrules the count '\(overruled.event)' of source '\(overruled.source)', which is of the same instant"
                )
            }
            return true
        }
        guard let posting = fact.change.posting(unitsEach: unitsEach) else { return false }
        let entry = LedgerEntry(
            kind: fact.change.kind, posting: posting, occurredAt: stamp.occurredAt, source: reported.source)
        guard let soldFor = fact.soldFor, fact.change.kind == .sale, posting.bucket == .onHand else {
            guard let verdict = ledger.write(entry, header, to: &open) else { return false }
            entered.verdict = verdict
            noteSold(-posting.units, fact.change.kind, at: stamp.occurredAt, open)
            switch fact.change.kind {
            case .return: noteReturned(posting.units, reported, name, &entered)
            case .receipt: noteSupplied(posting.units, fact, name, &entered)
            default: break
            }
            return true
        }
        var entries = [entry]
        let kept = sell(-posting.units, reported, for: soldFor, name, &entries, &entered)
        guard let verdict = ledger.write(entries, header, to: &open) else { return false }
        entered.verdict = verdict
        if let kept {
            for change in kept.unpacked { ledger.pack(change.units, at: change.at, header, to: &open) }
            let promised = entries.reduce(Int64(0)) { $0 + ($1.promise?.reservedDelta ?? 0) }
            promises.note(kept.reservation.channel, name.key, promised: promised)
            promises.keep(kept.reservation)
        }
        noteSold(-entries.reduce(0) { $0 + ($1.posting?.units ?? 0) }, .sale, at: stamp.occurredAt, open)
        return true
    }

    /// What the lines of the fact at one balance have in common.
    func header(of fact: FactLine, _ stamp: Stamp, _ open: LedgerWriter.OpenBalance) -> LineHeader {
        var header = LineHeader(
            event: fact.eventID, recordedAt: open.recordedAt(from: stamp.recordedAt), claimedAt: stamp.claimedAt,
            reference: fact.reference)
        header.attributes = fact.attributes
        if case .adjustment(_, _, let reason) = fact.change { header.reason = reason }
        return header
    }

    mutating func noteSold(
        _ units: Int64, _ kind: FactKind, at instant: Timestamp, _ open: LedgerWriter.OpenBalance
    ) {
        guard kind == .sale, units > 0 else { return }
        ledger.noteSold(units, at: instant, of: open.number)
    }
}
