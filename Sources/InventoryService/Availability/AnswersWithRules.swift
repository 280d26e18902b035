import Inventory

extension AvailabilityStore {
    /// Pairs of one question here: each has rules to look up, and single reads wait for no long statement.
    private static var ruledPairsMax: Int { 1_000 }

    /// Answers to facts with all that is held back. A batch of facts knows what a location holds back; where rules name an
    /// item or fence something, the balances are read once more, as they are after it.
    ///
    /// The facts are committed, whatever becomes of that question: where it fails, their answers show no availability.
    package func withRules(_ lines: [FactLineAnswer]) async -> [FactLineAnswer] {
        let pairs = Array(Set(lines.flatMap(\.ruledViews).map(\.pair)))
        guard !pairs.isEmpty else { return lines }
        var lines = lines
        var views: [AvailabilityPair: BalanceView] = [:]
        for start in stride(from: 0, to: pairs.count, by: Self.ruledPairsMax) {
            let part = Array(pairs[start..<min(start + Self.ruledPairsMax, pairs.count)])
            guard case .success(let found)? = try? await answers(part, NetworkFilter()) else { continue }
            for (pair, answer) in zip(part, found.value) {
                if case .balance(let view) = answer { views[pair] = view }
            }
        }
        for index in lines.indices {
            if lines[index].needsRules {
                lines[index].availability = lines[index].availability.flatMap { views[$0.pair] }
            }
            for part in (lines[index].components ?? []).indices where lines[index].components?[part].needsRules ?? false
            {
                let view = lines[index].components?[part].availability
                lines[index].components?[part].availability = view.flatMap { views[$0.pair] }
            }
        }
        return lines
    }
}

extension FactLineAnswer {
    /// Whether a balance that it shows is to be read once more first.
    var asksForRules: Bool { needsRules || (components ?? []).contains(where: \.needsRules) }

    /// What it shows of balances that are to be read once more.
    fileprivate var ruledViews: [BalanceView] {
        let own = needsRules ? [availability] : []
        let parts = (components ?? []).map { $0.needsRules ? $0.availability : nil }
        return (own + parts).compactMap { $0 }
    }
}

extension BalanceView {
    fileprivate var pair: AvailabilityPair { AvailabilityPair(item: .sku(sku), place: .location(location)) }
}
