import Inventory
import InventoryService
import LibPQ

/// An answer as it was read once. A batch is recorded up to a few milliseconds ahead, so what is shown may be of a later second
/// than the one at which holds, which end at full seconds, were judged: then it is read again, which hardly ever is.
struct OneSecond<Value: Sendable>: Sendable {
    private let dated: Dated<Value>
    private let isAcrossSeconds: Bool

    /// - Parameters:
    ///   - now: when holds were judged.
    ///   - asOf: not earlier, nor earlier than anything that is shown.
    init(_ value: Value, judgedAt now: Timestamp, asOf: Timestamp) {
        dated = Dated(value, asOf: asOf)
        isAcrossSeconds = asOf.startOfSecond != now.startOfSecond
    }

    /// Attempts until all that is read is of one second.
    private static var attemptsMax: Int { 3 }

    static func read(_ once: () throws(PQError) -> Found<OneSecond>) throws(PQError) -> Found<Dated<Value>> {
        for _ in 1..<attemptsMax {
            let found = try once()
            guard case .success(let reading) = found, reading.isAcrossSeconds else { return found.map(\.dated) }
        }
        return try once().map(\.dated)
    }
}
