import Inventory
import Synchronization

/// Who was behind a credential a moment ago, by the credential's hash, so that most requests cost no verification.
/// Bounded: of two generations of at most `Self.perGeneration` each, the older goes when the younger is full.
final class RememberedCallers: Sendable {
    static let perGeneration = 10_000

    struct Entry: Sendable {
        let caller: Result<Caller, AccessDenial>
        /// Until then it is good as it is, in milliseconds of a clock that only goes forward.
        let freshUntil: Int64
        /// Until then it is good while one request, or nobody, asks again: where the store cannot be reached.
        let usableUntil: Int64
        /// Of a token: the generation of the issuer's keys.
        let generation: Int
        /// The key behind it, to note its use.
        let key: APIKeyID?
        /// Whether somebody asks again already.
        var isAsked = false
    }

    private struct Generations {
        var young: [Digest: Entry] = [:]
        var old: [Digest: Entry] = [:]
        /// How often a key was forgotten.
        var forgotten = 0

        mutating func keep(_ entry: Entry, for credential: Digest) {
            if young.count >= RememberedCallers.perGeneration {
                old = young
                young = [:]
            }
            young[credential] = entry
        }
    }

    enum Memory {
        case fresh(Entry)
        /// Ask again; the entry serves if there is no answer.
        case stale(Entry)
        case none
    }

    private let generations = Mutex(Generations())

    func find(_ credential: Digest, now: Int64, generation: Int) -> Memory {
        generations.withLock { state in
            let young = state.young[credential]
            guard var entry = young ?? state.old[credential], entry.generation == generation, now < entry.usableUntil
            else { return .none }
            if now < entry.freshUntil || entry.isAsked {
                if young == nil { state.keep(entry, for: credential) }
                return .fresh(entry)
            }
            entry.isAsked = true
            state.keep(entry, for: credential)
            return .stale(entry)
        }
    }

    /// What is good as it is; whoever gets it need not ask again.
    func fresh(_ credential: Digest, now: Int64, generation: Int) -> Entry? {
        generations.withLock { state in
            let young = state.young[credential]
            guard let entry = young ?? state.old[credential], entry.generation == generation, now < entry.usableUntil,
                now < entry.freshUntil || entry.isAsked
            else { return nil }
            if young == nil { state.keep(entry, for: credential) }
            return entry
        }
    }

    /// The one that asked again got no answer.
    func askLater(_ credential: Digest) {
        generations.withLock { state in
            state.young[credential]?.isAsked = false
        }
    }

    /// Counts how often a key was forgotten; to be asked before an entry is looked for.
    var forgotten: Int { generations.withLock { $0.forgotten } }

    /// - Parameter forgotten: what was counted before the entry was looked for: one that was read before a key ended is not kept
    ///   after it.
    func remember(_ entry: Entry, for credential: Digest, unlessSince forgotten: Int) {
        generations.withLock { state in
            if state.forgotten == forgotten { state.keep(entry, for: credential) }
        }
    }

    func remember(_ entry: Entry, for credential: Digest) {
        generations.withLock { $0.keep(entry, for: credential) }
    }

    func forget(key: APIKeyID) {
        generations.withLock { state in
            state.forgotten += 1
            state.young = state.young.filter { $0.value.key != key }
            state.old = state.old.filter { $0.value.key != key }
        }
    }
}
