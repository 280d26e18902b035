import Inventory
import Synchronization

/// Finds what else can be done about what was refused. A drop refuses thousands in a second for one reason, so one question at a
/// time is asked for each, and its answer is used for a moment.
final class AlternativesCache: Sendable {
    struct Question: Hashable {
        let lines: [ShortLine]
        let method: FulfilmentMethod
        let channel: Channel?
        /// Where the service was to choose.
        let order: SourcedOrder?
    }

    private struct Entry {
        let answer: Task<[Alternative], Never>
        let askedAt: ContinuousClock.Instant
    }

    /// Questions remembered.
    private static let questionsMax = 1_000
    private static let keptFor: Duration = .seconds(1)

    private let store: any ReservationStore
    private let sourcing: SourcingService
    private let entries = Mutex<[Question: Entry]>([:])

    init(store: any ReservationStore, sourcing: SourcingService) {
        self.store = store
        self.sourcing = sourcing
    }

    /// - Returns: none where the store cannot be asked: the refusal stands without advice.
    func find(_ question: Question) async -> [Alternative] {
        let answer = entries.withLock { entries in
            let now = ContinuousClock.now
            if let known = entries[question], known.askedAt.advanced(by: Self.keptFor) > now { return known.answer }
            if entries.count >= Self.questionsMax {
                entries = entries.filter { $0.value.askedAt.advanced(by: Self.keptFor) > now }
                if entries.count >= Self.questionsMax { entries.removeAll() }
            }
            let answer = Task { (try? await ask(question)) ?? [] }
            entries[question] = Entry(answer: answer, askedAt: now)
            return answer
        }
        return await answer.value
    }

    /// Other locations that have it all; where none has, several together; and when more is expected.
    private func ask(_ question: Question) async throws(StoreError) -> [Alternative] {
        if let order = question.order { return try await sourcing.alternatives(to: question.lines, of: order) }
        // Where an item is short for a kit that takes units of it, a place that has the item alone is none.
        let areSums = question.lines.contains { !$0.askers.isEmpty }
        var found =
            areSums
            ? [] : try await store.alternatives(to: question.lines, by: question.method, for: question.channel)
        let location = question.lines.first?.location
        if found.isEmpty, !question.lines.isEmpty {
            var here: Coordinates?
            if let location { here = try await store.coordinates(of: [location])[location] }
            let order = SourcedOrder(
                lines: question.lines.asked.map { .init(id: $0.id, item: .sku($0.sku), quantity: $0.requested) },
                terms: SourcingTerms(objective: .fewestSplits), channel: question.channel, method: question.method,
                destination: here)
            if let split = try await sourcing.split(order) { found.append(split) }
        }
        let filter = NetworkFilter(channel: question.channel, method: question.method)
        if let later = try await sourcing.later(question.lines, at: location, filter) { found.append(later) }
        return found
    }
}

extension [ShortLine] {
    /// What was asked for by the lines behind them, each once.
    fileprivate var asked: [ShortLine.Asker] {
        var seen: Set<LineID> = []
        return flatMap { line in
            line.askers.isEmpty ? [.init(id: line.id, sku: line.sku, requested: line.requested)] : line.askers
        }.filter { seen.insert($0.id).inserted }
    }
}
