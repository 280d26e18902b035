/// What a batch brings up, or settles, that a person may have to look at.
extension BatchDecision {
    /// The variance of a balance's last count: sales that are still on their way may explain all of it.
    mutating func noteVarianceAlarm(
        of position: CountPosition, _ timeline: Timeline, _ key: BalanceKey, _ balance: Balance
    ) {
        guard position.at == balance.counted.onHand, timeline.first(after: position, .onHand) == nil,
            let mark = timeline.mark(at: position, .onHand)
        else { return }
        let watch = PendingAlarmKey(balance: key, type: .countVariance)
        guard mark.variance != 0 else {
            changes.pendingAlarms[watch] = .some(nil)
            return
        }
        // Where nothing was known before, a count is how the ledger begins, and nothing is wrong.
        let wasCountedBefore = snapshot.balances[key]?.counted.onHand != nil
        guard mark.quantity != mark.variance || wasCountedBefore else { return }
        changes.pendingAlarms[watch] = .some(
            PendingAlarm(instant: position.at, units: mark.variance, count: mark.id, line: changes.lines.count - 1))
    }

    /// Balances that went below zero or lost cover, and those that came back.
    mutating func noteSignAlarms() {
        guard changesSign else { return }
        var crossed: [PendingAlarmKey: Int64] = [:]
        for (key, balance) in changes.balances {
            let before = snapshot.balances[key]?.figures ?? Figures()
            let after = balance.figures
            if (before.onHand < 0) != (after.onHand < 0) {
                note(
                    PendingAlarmKey(balance: key, type: .negativeBalance), after.onHand < 0 ? after.onHand : nil,
                    &crossed)
            }
            if (before.shortfall > 0) != (after.shortfall > 0) {
                note(
                    PendingAlarmKey(balance: key, type: .uncoveredSale), after.shortfall > 0 ? after.shortfall : nil,
                    &crossed)
            }
        }
        guard !crossed.isEmpty else { return }
        for (index, line) in changes.lines.enumerated().reversed() {
            for type in [PendingAlarmType.negativeBalance, .uncoveredSale] {
                let key = PendingAlarmKey(balance: line.key, type: type)
                guard let units = crossed.removeValue(forKey: key) else { continue }
                changes.pendingAlarms[key] = .some(
                    PendingAlarm(instant: line.occurredAt, units: units, count: nil, line: index))
            }
        }
    }

    /// - Parameter units: nil where the cause is gone.
    private mutating func note(_ key: PendingAlarmKey, _ units: Int64?, _ crossed: inout [PendingAlarmKey: Int64]) {
        if let units { crossed[key] = units } else { changes.pendingAlarms[key] = .some(nil) }
    }
}
