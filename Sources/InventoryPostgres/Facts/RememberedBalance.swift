import Inventory

/// A balance in as few bytes as most balances need: goods on the shelf, and nothing else of note. The rest of it, where
/// there is any, is an object of its own.
struct RememberedBalance: Sendable {
    private final class Rest: Sendable {
        let figures: Figures
        let foldedUntil: Timestamp?
        let countedAt: Timestamp?

        init(_ balance: Balance) {
            figures = balance.figures
            foldedUntil = balance.foldedUntil
            countedAt = balance.countedAt
        }
    }

    let version: Int64
    private let onHand: Int64
    /// The least there is stands for none.
    private let recordedAt: Int64
    private let chainHead: Digest
    private let rest: Rest?

    init(_ balance: Balance) {
        version = balance.version
        onHand = balance.figures.onHand
        recordedAt = balance.recordedAt?.microseconds ?? .min
        chainHead = balance.chainHead
        let plain = Figures(onHand: onHand, damaged: 0, inspection: 0, suspect: 0, inTransit: 0, reserved: 0)
        let isPlain = balance.figures == plain && balance.foldedUntil == nil && balance.countedAt == nil
        rest = isPlain ? nil : Rest(balance)
    }

    var balance: Balance {
        Balance(
            figures: rest?.figures
                ?? Figures(onHand: onHand, damaged: 0, inspection: 0, suspect: 0, inTransit: 0, reserved: 0),
            version: version, recordedAt: recordedAt == .min ? nil : Timestamp(microseconds: recordedAt),
            foldedUntil: rest?.foldedUntil, countedAt: rest?.countedAt, chainHead: chainHead)
    }
}
