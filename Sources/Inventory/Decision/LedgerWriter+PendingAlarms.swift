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

    /// Balances that went below zero or lost cover, and those that came back.
    func signAlarms(
        of balances: [BalanceKey: Balance], before: [BalanceKey: Balance], _ lines: [LedgerLine]
    ) -> [PendingAlarmKey: PendingAlarm?] {
        var alarms: [PendingAlarmKey: PendingAlarm?] = [:]
        var crossed: [PendingAlarmKey: Int64] = [:]
        /// - Parameter units: nil where the cause is gone.
        func note(_ key: BalanceKey, _ type: PendingAlarmType, _ units: Int64?) {
            let key = PendingAlarmKey(balance: key, type: type)
            if let units { crossed[key] = units } else { alarms[key] = .some(nil) }
        }
        for (key, balance) in balances {
            let before = before[key]?.figures ?? Figures()
            let after = balance.figures
            if (before.onHand < 0) != (after.onHand < 0) {
                note(key, .negativeBalance, after.onHand < 0 ? after.onHand : nil)
            }
            if (before.shortfall > 0) != (after.shortfall > 0) {
                note(key, .uncoveredSale, after.shortfall > 0 ? after.shortfall : nil)
            }
        }
        guard !crossed.isEmpty else { return alarms }
        for (index, line) in lines.enumerated().reversed() {
            for type in [PendingAlarmType.negativeBalance, .uncoveredSale] {
                let key = PendingAlarmKey(balance: line.key, type: type)
                guard let units = crossed.removeValue(forKey: key) else { continue }
                alarms[key] = .some(PendingAlarm(instant: line.occurredAt, units: units, count: nil, line: index))
            }
        }
        return alarms
    }
}
