import Inventory

extension AvailabilityStore {
    /// Pairs of one question here: each has rules to look up, and single reads wait for no long statement.
    private static var ruledPairsMax: Int { 1_000 }

    /// Answers to facts with all that is held back. A batch of facts knows what a location holds back; where rules name an
    /// item or fence something, the balances are read once more, as they are after it.
    ///
    /// The facts are committed, whatever becomes of that question: where it fails, their answers show no availability.
    package func withRules(_ lines: [FactLineAnswer]) async -> [FactLineAnswer] {
        let ruled = lines.indices.filter { lines[$0].needsRules && lines[$0].availability != nil }
        guard !ruled.isEmpty else { return lines }
        var lines = lines
        var views: [AvailabilityPair: BalanceView] = [:]
        let pairs = Array(Set(ruled.compactMap { lines[$0].pair }))
        for start in stride(from: 0, to: pairs.count, by: Self.ruledPairsMax) {
            let part = Array(pairs[start..<min(start + Self.ruledPairsMax, pairs.count)])
            guard case .success(let found)? = try? await answers(part, NetworkFilter()) else { continue }
            for (pair, answer) in zip(part, found.value) {
                if case .balance(let view) = answer { views[pair] = view }
            }
        }
        for index in ruled { lines[index].availability = lines[index].pair.flatMap { views[$0] } }
        return lines
    }
}

extension FactLineAnswer {
    fileprivate var pair: AvailabilityPair? {
        availability.map { AvailabilityPair(item: .sku($0.sku), place: .location($0.location)) }
    }
}
