import Synchronization

/// Bounds the bytes of all bodies that are being read or worked on, so that many large ones at once are refused instead
/// of filling the memory. Only what has arrived counts: a length is easily announced. The last of the room is kept for
/// small bodies, so that a till's sale gets in whatever the others send.
final class BodyBudget: Sendable {
    /// A body up to this many bytes is small.
    static let smallBytesMax = 16 << 10
    /// This part of the room, one in so many, only small bodies may use.
    private static let smallShare = 8

    private let remaining: Mutex<Int>
    private let keptForSmall: Int

    init(bytesMax: Int) {
        remaining = Mutex(bytesMax)
        keptForSmall = bytesMax / Self.smallShare
    }

    /// - Parameter total: of the body with these bytes.
    fileprivate func take(_ bytes: Int, ofBodyOf total: Int) -> Bool {
        remaining.withLock { remaining in
            guard remaining - bytes >= (total <= Self.smallBytesMax ? 0 : keptForSmall) else { return false }
            remaining -= bytes
            return true
        }
    }

    fileprivate func giveBack(_ bytes: Int) { remaining.withLock { $0 += bytes } }
}

/// What the body of one request has taken of the budget.
package final class BodyCharge: Sendable {
    private let budget: BodyBudget
    private let bytes = Atomic(0)

    init(_ budget: BodyBudget) { self.budget = budget }

    /// For bytes that have arrived, before they are kept.
    /// - Throws: `Problem` when there is no room for them.
    func add(_ count: Int) throws {
        let total = bytes.load(ordering: .relaxed) + count
        guard budget.take(count, ofBodyOf: total) else {
            throw Problem(.overloaded, "too many large requests at once; send the same request again")
        }
        bytes.store(total, ordering: .relaxed)
    }

    /// Everything that was taken: the bytes are not in memory any more.
    func giveBack() {
        let taken = bytes.exchange(0, ordering: .relaxed)
        if taken > 0 { budget.giveBack(taken) }
    }

    deinit { giveBack() }
}
