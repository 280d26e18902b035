/// An open allocation as far as cover is concerned.
package struct OpenPromise: Sendable, Hashable {
    package let id: AllocationID
    package let rank: Int16
    package let createdAt: Timestamp
    package let units: Int64

    package init(id: AllocationID, rank: Int16, createdAt: Timestamp, units: Int64) {
        self.id = id
        self.rank = rank
        self.createdAt = createdAt
        self.units = units
    }

    /// Who is covered first: ready, confirmed, held, not found; each oldest first. Ids decide between equals.
    package static func isCoveredBefore(_ left: Self, _ right: Self) -> Bool {
        if left.rank != right.rank { return left.rank < right.rank }
        if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
        return left.id < right.id
    }
}

/// A promise without cover, or with too little.
package struct PromiseAtRisk: Sendable, Hashable {
    package let id: AllocationID
    /// 1 or more.
    package let uncoveredQuantity: Int64

    package init(id: AllocationID, uncoveredQuantity: Int64) {
        self.id = id
        self.uncoveredQuantity = uncoveredQuantity
    }
}

/// Which promises are at risk: a pure function of the units there and of the open promises (the contract's section 4).
/// - Parameters:
///   - shortfall: promised units that nothing covers, `max(0, reserved − max(0, onHand))`.
///   - promises: in any order; of those that are covered last enough to make up the shortfall, or all.
/// - Returns: who is covered last first.
package func promisesAtRisk(shortfall: Int64, _ promises: [OpenPromise]) -> [PromiseAtRisk] {
    guard shortfall > 0 else { return [] }
    var left = shortfall
    var atRisk: [PromiseAtRisk] = []
    for promise in promises.sorted(by: { OpenPromise.isCoveredBefore($1, $0) }) where promise.units > 0 {
        let uncovered = min(left, promise.units)
        atRisk.append(PromiseAtRisk(id: promise.id, uncoveredQuantity: uncovered))
        left -= uncovered
        if left == 0 { break }
    }
    return atRisk
}
