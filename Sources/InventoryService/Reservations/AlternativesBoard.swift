import Inventory
import Synchronization

/// Finds other locations for what was refused. A drop refuses thousands in a second for one reason, so one question at a
/// time is asked for each, and its answer is used for a moment.
final class AlternativesBoard: Sendable {
    private struct Question: Hashable {
        let lines: [ShortLine]
        let method: FulfilmentMethod
        let channel: Channel?
    }

    private struct Entry {
        let answer: Task<[Alternative], Never>
        let askedAt: ContinuousClock.Instant
    }

    /// Questions remembered.
    private static let questionsMax = 1_000
    private static let keptFor: Duration = .seconds(1)

    private let store: any ReservationStore
    private let entries = Mutex<[Question: Entry]>([:])

    init(store: any ReservationStore) { self.store = store }

    /// - Returns: none where the store cannot be asked: the refusal stands without advice.
    func find(_ lines: [ShortLine], _ method: FulfilmentMethod, _ channel: Channel?) async -> [Alternative] {
        let question = Question(lines: lines, method: method, channel: channel)
        let answer = entries.withLock { entries in
            let now = ContinuousClock.now
            if let known = entries[question], known.askedAt.advanced(by: Self.keptFor) > now { return known.answer }
            if entries.count >= Self.questionsMax {
                entries = entries.filter { $0.value.askedAt.advanced(by: Self.keptFor) > now }
                if entries.count >= Self.questionsMax { entries.removeAll() }
            }
            let answer = Task { [store] in
                (try? await store.alternatives(to: lines, by: method, for: channel)) ?? []
            }
            entries[question] = Entry(answer: answer, askedAt: now)
            return answer
        }
        return await answer.value
    }
}
