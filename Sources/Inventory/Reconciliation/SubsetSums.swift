/// Whether some of several signed quantities add up to a given one.
enum SubsetSums {
    /// Quantities looked at; more than that within the few minutes of a question are left off.
    static let quantitiesMax = 40
    /// Different sums looked at. Units of sales are few and small, so their sums are too; where they are not, nothing is
    /// explained rather than everything.
    static let sumsMax = 4_000

    /// - Parameter target: not 0.
    /// - Returns: the smallest number of quantities that make `target`; nil where none do within the bounds.
    static func count(making target: Int64, of quantities: [Int64]) -> Int? {
        let quantities = quantities.prefix(quantitiesMax)
        let most = quantities.reduce(0) { $0 + max($1, 0) }
        let least = quantities.reduce(0) { $0 + min($1, 0) }
        guard (least...most).contains(target) else { return nil }
        var counts: [Int64: Int] = [0: 0]
        for quantity in quantities {
            for (sum, count) in counts {
                counts[sum + quantity] = min(counts[sum + quantity] ?? .max, count + 1)
            }
            guard counts.count <= sumsMax else { return counts[target] }
        }
        return counts[target]
    }
}
