/// Re-computes one balance from its ledger lines and says where the two differ.
package struct LedgerProof: Sendable {
    /// What is wrong with a balance or one of its lines.
    package enum Defect: Sendable, Hashable {
        case versionGap(expected: Int64, found: Int64)
        case foldDiffers(version: Int64)
        case chainBroken(version: Int64)
        case recordedAtNotIncreasing(version: Int64)
        case balanceDiffers
        case linesMissing(expected: Int64, found: Int64)
    }

    package private(set) var figures = Figures()
    package private(set) var version: Int64 = 0
    package private(set) var defects: [Defect] = []
    private var chain = Digest.zero
    private var recordedAt: Timestamp?
    private let hash: Hash

    /// Bounds what one broken balance can report.
    package static let defectsMax = 20

    package init(hash: Hash) { self.hash = hash }

    /// Takes the balance's lines in version order.
    package mutating func add(_ line: LedgerLine) {
        if line.version != version + 1 { report(.versionGap(expected: version + 1, found: line.version)) }
        var expected = figures.applying(line.posting)
        expected?.reserved += line.reservedDelta
        if expected != line.after { report(.foldDiffers(version: line.version)) }
        if line.chained(to: chain, hash) != line.chain { report(.chainBroken(version: line.version)) }
        if let recordedAt, line.recordedAt <= recordedAt { report(.recordedAtNotIncreasing(version: line.version)) }
        figures = line.after
        version = line.version
        chain = line.chain
        recordedAt = line.recordedAt
    }

    /// Holds the balance against its lines. Call after the last one.
    package mutating func finish(_ balance: Balance) {
        if balance.version != version { report(.linesMissing(expected: balance.version, found: version)) }
        if balance.figures != figures { report(.balanceDiffers) }
        if balance.chainHead != chain { report(.chainBroken(version: version)) }
    }

    private mutating func report(_ defect: Defect) {
        if defects.count < Self.defectsMax { defects.append(defect) }
    }
}
