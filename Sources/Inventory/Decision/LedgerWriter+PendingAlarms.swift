/// What a batch brings up, or settles, that a person may have to look at.
extension LedgerWriter {
    /// The variance of a balance's last count: sales that are still on their way may explain all of it.
    /// - Parameters:
    ///   - before: the balance as it was before the batch.
    ///   - line: the index of the ledger line that changed the variance.
    /// - Returns: nil where there is nothing to note; `.some(nil)` where the cause is gone.
    func varianceAlarm(
        of position: CountPosition, _ timeline: Timeline, _ balance: Balance, before: Balance?, _ line: Int
    ) -> PendingAlarm?? {
        guard position.at == balance.counted.onHand, timeline.first(after: position, .onHand) == nil,
            let mark = timeline.mark(at: position, .onHand)
        else { return nil }
        guard mark.variance != 0 else { return .some(nil) }
        // Where nothing was known before, a count is how the ledger begins, and nothing is wrong.
        let wasCountedBefore = before?.counted.onHand != nil
        guard mark.quantity != mark.variance || wasCountedBefore else { return nil }
        return PendingAlarm(instant: position.at, units: mark.variance, count: mark.id, line: line)
    }

    /// Balances that went below zero or lost cover, and those that came back, as they are after the batch beside before it.
    /// - Parameter crossings: every line of the batch at which one did; some may be named in vain.
    mutating func noteSignAlarms(at crossings: [(balance: Int, line: Int)]) {
        // Made only when a balance went on after it crossed.
        var lastLines: [BalanceKey: Int] = [:]
        for crossing in crossings {
            let entry = balances.entries[crossing.balance]
            guard entry.isChanged else { continue }
            let (key, balance) = (entry.key, entry.now)
            let (before, after) = (entry.before.figures, balance.figures)
            // Holds that had ended covered nothing any more, whether or not that was written down: what loses its cover now
            // is noted, though by the stored figures it had none before.
            let shortfallBefore = before.shortfall(without: unitsFolded(of: key))
            let losesCover =
                (before.shortfall > 0) != (after.shortfall > 0) || (shortfallBefore > 0) != (after.shortfall > 0)
            guard before.crosses(to: after) || losesCover else { continue }
            var index = crossing.line
            if !lines.indices.contains(index) || lines[index].key != key || lines[index].version != balance.version {
                if lastLines.isEmpty {
                    for (index, line) in lines.enumerated() { lastLines[line.key] = index }
                }
                guard let last = lastLines[key] else { continue }
                index = last
            }
            func alarm(_ units: Int64) -> PendingAlarm? {
                guard units != 0 else { return nil }
                return PendingAlarm(instant: lines[index].occurredAt, units: units, count: nil, line: index)
            }
            if (before.onHand < 0) != (after.onHand < 0) {
                note(.negativeBalance, of: key, alarm(min(0, after.onHand)))
            }
            if losesCover { note(.uncoveredSale, of: key, alarm(after.shortfall)) }
        }
    }
}

extension Figures {
    /// - Parameter units: promised no more.
    fileprivate func shortfall(without units: Int64) -> Int64 {
        var figures = self
        figures.reserved -= units
        return figures.shortfall
    }

    /// Whether it goes below zero, loses cover, or comes back from either.
    func crosses(to after: Figures) -> Bool {
        (onHand < 0) != (after.onHand < 0) || (shortfall > 0) != (after.shortfall > 0)
    }
}
