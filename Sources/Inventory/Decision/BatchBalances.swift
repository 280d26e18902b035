/// The balances that a batch touches: each is looked up once by its key, and has a number from then on. A line touches its
/// balance half a dozen times.
struct BatchBalances {
    struct Entry {
        let key: BalanceKey
        /// As it was before the batch.
        let before: Balance
        /// As the batch has left it so far.
        var now: Balance
        /// Something was written to it.
        var isChanged = false
        /// Units sold by the batch, for the rate of sale.
        var sold: SoldUnits?
        /// The last command that touched it, and the version that it found.
        var command = -1
        var versionBefore: Int64 = 0
    }

    private let stored: [BalanceKey: Balance]
    private var numbers: [BalanceKey: Int] = [:]
    /// By number.
    var entries: [Entry] = []

    init(_ stored: [BalanceKey: Balance], expected: Int) {
        self.stored = stored
        let expected = min(expected, stored.count)
        numbers.reserveCapacity(expected)
        entries.reserveCapacity(expected)
    }

    /// The balance as the batch has left it so far.
    func balance(_ key: BalanceKey) -> Balance {
        if let number = numbers[key] { return entries[number].now }
        return storedBalance(key)
    }

    private func storedBalance(_ key: BalanceKey) -> Balance {
        guard let balance = stored[key] else {
            preconditionFailure("the snapshot holds no balance for a known name")
        }
        return balance
    }

    /// Under which it is found from now on.
    mutating func number(of key: BalanceKey) -> Int {
        let next = entries.count
        let number = Self.read(&numbers[key, default: next])
        if number == next {
            let balance = storedBalance(key)
            entries.append(Entry(key: key, before: balance, now: balance))
        }
        return number
    }

    /// As an argument that could be written to, so that a key which is not there is looked for once, and not again to be
    /// put in.
    private static func read(_ number: inout Int) -> Int { number }

    mutating func store(_ balance: Balance, at number: Int) {
        entries[number].now = balance
        entries[number].isChanged = true
    }

    /// Those that changed.
    var changed: [ChangedBalance] {
        var changed: [ChangedBalance] = []
        changed.reserveCapacity(entries.count)
        for entry in entries where entry.isChanged {
            changed.append(ChangedBalance(key: entry.key, value: entry.now, sold: entry.sold))
        }
        return changed
    }
}
