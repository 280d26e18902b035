package import Inventory
package import InventoryService
import Synchronization

/// Other systems' figures in memory, compared with the lines of an `InMemoryStore` (`ReconciliationStoreContractTests` holds it
/// to what PostgreSQL does). Of exceptions it keeps which variances people are told of.
package final class InMemoryReconciliationStore: ReconciliationStore {
    struct Line: Sendable {
        /// Nil where something that it names is not known.
        let key: BalanceKey?
        var shown: ReconciledLine
        var isToCorrect = false
        /// Of the balance, when it was compared.
        var version: Int64 = 0
        /// How often a balance had changed when it was to be corrected.
        var comparisons = 0
        var isAwaiting = false
    }

    struct Kept: Sendable {
        var stored: StoredReconciliation
        let source: SourceNumber
        let fingerprint: Fingerprint
        let completeAt: LocationID?
        /// In the order of their numbers.
        var lines: [Line]
    }

    /// What people are told of, once for each source and balance.
    struct VarianceKey: Sendable, Hashable {
        let source: SourceNumber
        let balance: BalanceKey
    }

    struct State: Sendable {
        var kept: [ReconciliationID: Kept] = [:]
        /// Each with the figures that it is about.
        var variances: [VarianceKey: (asOf: Timestamp, units: Int64)] = [:]
        var heardThrough: [LocationID: [SourceNumber: Timestamp]] = [:]
    }

    private let facts: InMemoryStore
    private let catalog: InMemoryCatalogStore
    private let rules: InMemoryReconciliationRules
    private let state = Mutex(State())

    package init(_ facts: InMemoryStore, _ catalog: InMemoryCatalogStore, _ rules: InMemoryReconciliationRules) {
        self.facts = facts
        self.catalog = catalog
        self.rules = rules
    }

    /// Balances, as `sku location`, of which people are told that they are off.
    package var openVariances: Set<String> {
        let world = facts.world
        return state.withLock { state in
            Set(
                state.variances.keys.map { key in
                    let sku = world.items.first { $0.value == key.balance.item }?.key.text ?? ""
                    return "\(sku) \(world.locations.first { $0.value == key.balance.location }?.key.text ?? "")"
                })
        }
    }

    /// A source told of all that happened at a location until now.
    package func hear(_ source: SourceID, at location: LocationID) {
        catalog.change { _, facts in
            let (number, now) = (facts.number(of: source), facts.world.now)
            state.withLock { $0.heardThrough[location, default: [:]][number] = now }
        }
    }

    /// Runs `body` over what is kept, with all else that it may look at.
    func run<Result: Sendable>(_ body: (inout State, ComparingWorld) -> Result) -> Result {
        let rules = rules.all
        return catalog.change { tables, facts in
            state.withLock { body(&$0, ComparingWorld(tables: tables, facts: facts, rules: rules)) }
        }
    }

    package func open(
        _ posted: PostedReconciliation, from source: SourceNumber
    ) async throws(StoreError) -> Result<(stored: StoredReconciliation, isNew: Bool), ReconciliationRejection> {
        let id = ReconciliationID(source: posted.source, event: posted.event, sha256)
        return run { state, world in
            if let known = state.kept[id] {
                return known.fingerprint == posted.fingerprint ? .success((known.stored, false)) : .failure(.reused)
            }
            switch world.kept(posted, id, source, state) {
            case .failure(let rejection): return .failure(rejection)
            case .success(let kept):
                state.kept[id] = kept
                return .success((kept.stored, true))
            }
        }
    }

    package func look(
        at posted: PostedReconciliation, wait: Duration
    ) async throws(StoreError) -> Result<(stored: StoredReconciliation, lines: [LookedAtLine]), ReconciliationRejection>
    {
        let id = ReconciliationID(source: .holdfast, event: EventID(stored: "look"), sha256)
        return run { state, world in
            let number = world.facts.sources.firstIndex(of: posted.source).map { SourceNumber(Int32($0 + 1)) }
            return world.kept(posted, id, number ?? .holdfast, state).map { kept in
                let lines = kept.lines.map { line in
                    guard let key = line.key, let sku = line.shown.sku else { return LookedAtLine.unknown(line.shown) }
                    return .comparable(
                        world.pair(line, key, of: kept, state, wait), sku: sku, location: line.shown.location)
                }
                return (kept.stored, lines)
            }
        }
    }

    package func waiting(
        _ reconciliation: StoredReconciliation, after line: Int, limit: Int, wait: Duration
    ) async throws(StoreError) -> [WaitingPair] {
        run { state, world in
            guard let kept = state.kept[reconciliation.id] else { return [] }
            let due = kept.lines.filter { $0.shown.status == .waiting && $0.shown.number > line }
            return due.prefix(limit).compactMap { line in
                line.key.map { world.pair(line, $0, of: kept, state, wait) }
            }
        }
    }

    package func keep(_ id: ReconciliationID, _ pairs: [ComparedPair]) async throws(StoreError) {
        change(id, pairs.map { ($0.line, $0) }) { line, pair in
            guard line.shown.status == .waiting else { return }
            (line.shown.ours, line.version) = (pair.ours, pair.version)
            line.shown.status = pair.result.status
            line.shown.because = pair.result.explanation?.because
            line.shown.changesInFlight = pair.result.explanation?.changes
            line.shown.figureAt = pair.result.explanation?.figureAt
            line.shown.rule = pair.rule
            line.shown.problem = pair.problem
            (line.isToCorrect, line.isAwaiting) = (pair.isToCorrect, pair.isAwaiting)
        }
    }

    package func dueCorrections(
        _ id: ReconciliationID, after line: Int, limit: Int
    ) async throws(StoreError) -> [DueCorrection] {
        run { state, _ in
            let due = (state.kept[id]?.lines ?? []).filter { $0.isDue && $0.shown.number > line }
            return due.prefix(limit).compactMap { line in
                guard let sku = line.shown.sku, let difference = line.shown.difference else { return nil }
                return DueCorrection(
                    line: line.shown.number, sku: sku, location: line.shown.location, difference: difference,
                    version: line.version)
            }
        }
    }

    package func keep(_ id: ReconciliationID, _ corrections: [DoneCorrection]) async throws(StoreError) {
        change(id, corrections.map { ($0.line, $0) }) { line, done in
            guard line.isDue, line.version == done.version else { return }
            (line.shown.sequence, line.shown.problem) = (done.sequence, done.problem)
            line.shown.status = done.sequence == nil ? .variance : .corrected
            line.isToCorrect = done.sequence != nil
        }
    }

    package func compareAgain(
        _ id: ReconciliationID, _ corrections: [DueCorrection], times: Int, problem: String
    ) async throws(StoreError) {
        guard run({ state, _ in state.kept[id]?.stored.isDone == false }) else { return }
        change(id, corrections.map { ($0.line, $0) }) { line, correction in
            guard line.isDue, line.version == correction.version else { return }
            (line.comparisons, line.isToCorrect) = (line.comparisons + 1, false)
            let isLast = line.comparisons >= times
            (line.shown.status, line.shown.problem) = isLast ? (.variance, problem) : (.waiting, nil)
        }
    }

    private func change<Found: Sendable>(
        _ id: ReconciliationID, _ found: [(line: Int, found: Found)], _ change: (inout Line, Found) -> Void
    ) {
        let byLine = Dictionary(found.map { ($0.line, $0.found) }) { first, _ in first }
        run { state, _ in
            for index in state.kept[id]?.lines.indices ?? 0..<0 {
                guard let number = state.kept[id]?.lines[index].shown.number, let found = byLine[number] else {
                    continue
                }
                if var line = state.kept[id]?.lines[index] {
                    change(&line, found)
                    state.kept[id]?.lines[index] = line
                }
            }
        }
    }

    package func finish(_ id: ReconciliationID) async throws(StoreError) -> Bool {
        run { state, _ in
            guard var kept = state.kept[id], !kept.stored.isDone else { return true }
            guard !kept.lines.contains(where: { $0.shown.status == .waiting || $0.isDue }) else { return false }
            kept.stored.isDone = true
            kept.stored.summary = ReconciliationSummary(kept.lines.map(\.shown))
            state.kept[id] = kept
            for line in kept.lines where line.key.map({ !state.hasLater(than: kept, of: $0) }) ?? false {
                state.tell(of: line, kept)
            }
            return true
        }
    }

    package func tellOfAwaited(wait: Duration, limit: Int) async throws(StoreError) -> Int {
        run { state, world in
            var due: [(id: ReconciliationID, index: Int)] = []
            for (id, kept) in state.kept.sorted(by: { $0.value.stored.createdAt < $1.value.stored.createdAt })
            where kept.stored.isDone {
                for (index, line) in kept.lines.enumerated() where line.isAwaiting {
                    if world.awaited(at: line.shown.location, of: kept, state, wait) == nil { due.append((id, index)) }
                }
            }
            let told = due.prefix(limit)
            for (id, index) in told { state.kept[id]?.lines[index].isAwaiting = false }
            for (id, index) in told {
                guard let kept = state.kept[id], let key = kept.lines[index].key else { continue }
                var line = kept.lines[index]
                let ours = world.occurred(key, kept.stored.asOf).onHand
                let limits = world.rules.first { $0.id == line.shown.rule }?.limits ?? .none
                let off = line.shown.theirs - ours
                guard Int64(off.magnitude) > limits.tolerance(of: ours), !state.hasNewer(than: kept, of: key) else {
                    continue
                }
                line.shown.ours = ours
                line.shown.status = .variance
                line.isAwaiting = false
                state.tell(of: line, kept)
            }
            return told.count
        }
    }
}

extension InMemoryReconciliationStore.Line {
    var isDue: Bool { isToCorrect && shown.status == .variance }
}

extension InMemoryReconciliationStore.State {
    /// Tells people of a variance, or that it has settled itself; not of what waits for data on its way.
    fileprivate mutating func tell(
        of line: InMemoryReconciliationStore.Line, _ kept: InMemoryReconciliationStore.Kept
    ) {
        guard let balance = line.key else { return }
        let key = InMemoryReconciliationStore.VarianceKey(source: kept.source, balance: balance)
        if let known = variances[key], known.asOf > kept.stored.asOf { return }
        switch line.shown.status {
        case .variance where !line.isAwaiting:
            variances[key] = (kept.stored.asOf, line.shown.difference ?? 0)
        case .matched, .withinTolerance, .corrected: variances[key] = nil
        case .variance, .explained, .unknown, .waiting: break
        }
    }

    /// Whether later figures of the same source are done for a balance.
    func hasLater(
        than kept: InMemoryReconciliationStore.Kept, of balance: BalanceKey, thatCorrect: Bool = false
    ) -> Bool {
        self.kept.values.contains { other in
            other.source == kept.source && other.stored.isDone && other.stored.asOf > kept.stored.asOf
                && (!thatCorrect || kept.stored.corrects && kept.stored.isAuthoritative)
                && other.lines.contains { $0.key == balance }
        }
    }
}

extension InMemoryReconciliationStore.State {
    /// The same, and of one instant whichever came later.
    fileprivate func hasNewer(than kept: InMemoryReconciliationStore.Kept, of balance: BalanceKey) -> Bool {
        self.kept.values.contains { other in
            other.source == kept.source && other.stored.isDone
                && (other.stored.asOf, other.stored.createdAt) > (kept.stored.asOf, kept.stored.createdAt)
                && other.lines.contains { $0.key == balance }
        }
    }
}

extension ReconciliationSummary {
    fileprivate init(_ lines: [ReconciledLine]) {
        self.init()
        self.lines = Int64(lines.count)
        for line in lines {
            switch line.status {
            case .matched: matched += 1
            case .withinTolerance: withinTolerance += 1
            case .explained: explained += 1
            case .variance: variance += 1
            case .corrected: corrected += 1
            case .unknown: unknown += 1
            case .waiting: break
            }
            if line.status != .unknown { unitsTheirs += line.theirs }
            unitsOurs += line.ours ?? 0
            if [.variance, .corrected].contains(line.status) {
                absoluteVariance += Int64((line.difference ?? 0).magnitude)
            }
        }
    }
}
