/// The event ids of a batch: each is looked up once, and has a number from then on.
struct EventClaims {
    private struct Entry {
        /// Before the batch.
        let before: KnownEvent?
        /// What the batch has made of it.
        var claimed: KnownEvent?
    }

    private var numbers: [EventKey: Int] = [:]
    private var entries: [Entry] = []

    init(expected: Int) {
        numbers.reserveCapacity(expected)
        entries.reserveCapacity(expected)
    }

    mutating func number(of key: EventKey, _ snapshot: Snapshot) -> Int {
        let next = entries.count
        let number = Self.read(&numbers[key, default: next])
        if number == next {
            let before = snapshot.events.isEmpty ? nil : snapshot.events[key]
            entries.append(Entry(before: before, claimed: nil))
        }
        return number
    }

    /// As `BatchBalances` does it.
    private static func read(_ number: inout Int) -> Int { number }

    /// What the event id stands for; nil where it is free. Set to nil, it is again what it was before the batch.
    subscript(number: Int) -> KnownEvent? {
        get { entries[number].claimed ?? entries[number].before }
        set { entries[number].claimed = newValue }
    }
}
