import Inventory

/// A balance in as few bytes as most balances need: goods on the shelf, counted or not, and nothing else of note. Any
/// other is an object of its own.
struct CachedBalance: Sendable {
    private final class Whole: Sendable {
        let balance: Balance

        init(_ balance: Balance) { self.balance = balance }
    }

    private let smallVersion: UInt32
    private let onHand: Int32
    /// The least there is stands for none.
    private let recordedAt: Int64
    /// The same.
    private let countedAt: Int64
    private let chainHead: Digest
    private let whole: Whole?

    init(_ balance: Balance) {
        smallVersion = UInt32(truncatingIfNeeded: balance.version)
        onHand = Int32(truncatingIfNeeded: balance.figures.onHand)
        recordedAt = balance.recordedAt?.microseconds ?? .min
        countedAt = balance.counted.onHand?.microseconds ?? .min
        chainHead = balance.chainHead
        let small = Self.plain(smallVersion, onHand, recordedAt, countedAt, chainHead)
        whole = small == balance ? nil : Whole(balance)
    }

    var version: Int64 { whole?.balance.version ?? Int64(smallVersion) }

    var balance: Balance { whole?.balance ?? Self.plain(smallVersion, onHand, recordedAt, countedAt, chainHead) }

    private static func plain(
        _ version: UInt32, _ onHand: Int32, _ recordedAt: Int64, _ countedAt: Int64, _ chainHead: Digest
    ) -> Balance {
        var figures = Figures()
        figures.onHand = Int64(onHand)
        return Balance(
            figures: figures, version: Int64(version), recordedAt: timestamp(recordedAt),
            counted: CountedInstants(onHand: timestamp(countedAt)), chainHead: chainHead)
    }

    private static func timestamp(_ microseconds: Int64) -> Timestamp? {
        microseconds == .min ? nil : Timestamp(microseconds: microseconds)
    }
}
