import Inventory
import Synchronization

/// What the lines of one dry run have taken so far, since nothing of it is in the ledger.
///
/// Half a hundred bytes an event id. Of a file with more than `eventsMax` the rest is not remembered: a later line with an id
/// of those is judged as the first.
final class RehearsalMemory: Sendable {
    private struct Taken {
        let fingerprint: Fingerprint
        let verdict: Verdict
    }

    private struct State {
        var numbers: [SourceID: SourceNumber] = [:]
        var events: [Fingerprint: Taken] = [:]
    }

    static let eventsMax = 1_000_000

    private let state = Mutex(State())

    init() {}

    /// Of a source that nobody has used: none that a source can have.
    func number(of source: SourceID) -> SourceNumber {
        state.withLock { state in
            if let known = state.numbers[source] { return known }
            let made = SourceNumber(-1 - Int32(truncatingIfNeeded: state.numbers.count))
            state.numbers[source] = made
            return made
        }
    }

    /// - Returns: nil for an id that no line before has taken.
    func event(_ key: EventKey) -> KnownEvent? {
        guard let taken = state.withLock({ $0.events[Self.mark(key)] }) else { return nil }
        let known: KnownEvent.State =
            taken.verdict == .parked ? .parked : .inLedger(taken.verdict, .recorded(Self.noSequence))
        return KnownEvent(fingerprint: taken.fingerprint, state: known)
    }

    /// Of verdicts, only those that keep a line take its id.
    func add(_ key: EventKey, _ fingerprint: Fingerprint, _ verdict: Verdict) {
        guard verdict.isInLedger || verdict == .parked else { return }
        state.withLock { state in
            let mark = Self.mark(key)
            guard state.events[mark] == nil, state.events.count < Self.eventsMax else { return }
            state.events[mark] = Taken(fingerprint: fingerprint, verdict: verdict)
        }
    }

    /// A dry run reports no sequences.
    private static let noSequence: Int64 = 0

    private static func mark(_ key: EventKey) -> Fingerprint {
        Fingerprint(sha256(Array("\(key.source.rawValue)\n\(key.event)".utf8)))
    }
}
