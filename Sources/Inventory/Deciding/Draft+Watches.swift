/// What a batch brings up, or settles, that a person may have to look at.
extension Draft {
    /// The variance of a balance's last count: sales that are still on their way may explain all of it.
    mutating func watchVariance(
        of position: CountPosition, _ timeline: Timeline, _ key: BalanceKey, _ balance: Balance
    ) {
        guard position.at == balance.counted.onHand, timeline.first(after: position, .onHand) == nil,
            let mark = timeline.mark(at: position, .onHand)
        else { return }
        let watch = WatchKey(balance: key, type: .countVariance)
        guard mark.variance != 0 else {
            changes.watches[watch] = .some(nil)
            return
        }
        // Where nothing was known before, a count is how the ledger begins, and nothing is wrong.
        let wasCountedBefore = snapshot.balances[key]?.counted.onHand != nil
        guard mark.quantity != mark.variance || wasCountedBefore else { return }
        changes.watches[watch] = .some(
            Watch(instant: position.at, units: mark.variance, count: mark.id, line: changes.lines.count - 1))
    }

    /// Balances that went below zero, and those that came back.
    mutating func watchSigns() {
        guard changesSign else { return }
        var crossed: Set<BalanceKey> = []
        for (key, balance) in changes.balances {
            let before = snapshot.balances[key]?.figures.onHand ?? 0
            guard (before < 0) != (balance.figures.onHand < 0) else { continue }
            if balance.figures.onHand < 0 {
                crossed.insert(key)
            } else {
                changes.watches[WatchKey(balance: key, type: .negativeBalance)] = .some(nil)
            }
        }
        guard !crossed.isEmpty else { return }
        for (index, line) in changes.lines.enumerated().reversed() where crossed.remove(line.key) != nil {
            changes.watches[WatchKey(balance: line.key, type: .negativeBalance)] = .some(
                Watch(instant: line.occurredAt, units: line.after.onHand, count: nil, line: index))
        }
    }
}
