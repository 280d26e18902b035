package import Inventory
package import InventoryService
import Synchronization

/// Imports in memory, whose clock and names are those of a catalog in memory (`ImportStoreContractTests` holds it to what
/// PostgreSQL does).
package final class InMemoryImportStore: ImportStore {
    struct Job: Sendable {
        var stored: StoredImport
        /// It came as a body; nil: it is a file of this machine's.
        var body: [Int: [UInt8]]?
        var key: RequestKey?
        var worker: String?
        var leaseUntil: Timestamp?
        var touchedAt: Timestamp
        var report: [Int64: ImportReportLine] = [:]
        /// By line of the file.
        var figures: [Int64: Figure] = [:]
    }

    /// A book figure whose names are known.
    struct Figure: Sendable {
        let place: FigurePlace
        let key: BalanceKey
        let sku: SKU
        let units: Int64
        let raw: String
    }

    struct State: Sendable {
        var jobs: [ImportID: Job] = [:]
        var readings: [(content: Digest, reading: Digest, at: Timestamp)] = []
        var beforeAdvance: (@Sendable (ImportID) async -> Void)?
        var failures: [StoreError] = []
        var unreadable: Set<ImportID> = []
    }

    let catalog: InMemoryCatalogStore
    private let state = Mutex(State())

    /// Who works on an import says so more often than this.
    fileprivate static let leaseMicroseconds: Int64 = 6_000_000

    package init(_ catalog: InMemoryCatalogStore) { self.catalog = catalog }

    /// Is called before each time that it is written how far an import is.
    package func beforeAdvance(_ hook: @escaping @Sendable (ImportID) async -> Void) {
        state.withLock { $0.beforeAdvance = hook }
    }

    /// The next calls that write how far an import is fail so.
    package func failAdvancing(_ failures: StoreError...) { state.withLock { $0.failures = failures } }

    /// The body of an import cannot be read from now on.
    package func failReading(_ id: ImportID) { _ = state.withLock { $0.unreadable.insert(id) } }

    /// Pieces that are kept of an import's body.
    package func pieces(of id: ImportID) -> Int { state.withLock { $0.jobs[id]?.body?.count ?? 0 } }

    /// Changes a piece of a body behind everybody's back.
    package func damage(_ id: ImportID) { state.withLock { $0.jobs[id]?.body?[0]?[0] ^= 0xFF } }

    package func things(named names: [FileNames]) async throws(StoreError) -> [NamedThings] {
        catalog.read { tables in
            names.map { name in
                let source = name.source.flatMap { tables.sources[TableKey($0.text)]?.value }
                return NamedThings(
                    sku: name.item.flatMap { tables.named($0, by: source)?.sku },
                    location: name.place.flatMap { tables.location($0, by: source) }, codeSystem: source?.codeSystem)
            }
        }
    }

    /// What takes changes back is a transaction, which is not made here.
    package var trial: any TrialStore { preconditionFailure("dry runs of things with names are tested on PostgreSQL") }

    func run<Result: Sendable>(_ body: (inout State, Timestamp) -> Result) -> Result {
        let now = catalog.now
        return state.withLock { body(&$0, now) }
    }

    // MARK: Receiving

    package func receive(_ id: ImportID, _ order: ImportOrder) async throws(StoreError) {
        run { state, now in
            guard state.jobs[id] == nil else { return }
            state.jobs[id] = Job(
                stored: StoredImport(id, order, .receiving, bytes: 0, digest: nil, now), body: [:], touchedAt: now)
        }
    }

    package func append(
        _ bytes: [UInt8], as number: Int, to id: ImportID, bytesReceived: Int64
    ) async throws(StoreError) {
        run { state, now in
            guard var job = state.jobs[id], job.stored.state == .receiving else { return }
            if job.body?[number] == nil { job.body?[number] = bytes }
            (job.stored.bytesReceived, job.touchedAt) = (bytesReceived, now)
            state.jobs[id] = job
        }
    }

    package func received(
        _ id: ImportID, digest: Digest, key: RequestKey?
    ) async throws(StoreError) -> ImportReceipt {
        let receipt = run { state, now -> ImportReceipt? in
            let known = key.flatMap { key in state.jobs.values.first { $0.key?.text == key.text } }
            if let known, known.stored.id != id {
                state.jobs[id] = nil
                return known.key?.fingerprint == key?.fingerprint ? .known(known.stored) : .keyReused
            }
            guard var job = state.jobs[id] else { return nil }
            if job.stored.state == .receiving { job.stored.state = .waiting }
            (job.stored.digest, job.key, job.touchedAt) = (digest, key, now)
            state.jobs[id] = job
            return .accepted(job.stored)
        }
        guard let receipt else { throw .broken("a body was received of no import") }
        return receipt
    }

    package func discard(_ id: ImportID) async throws(StoreError) {
        run { state, _ in if state.jobs[id]?.stored.state == .receiving { state.jobs[id] = nil } }
    }

    package func chunk(_ number: Int, of id: ImportID) async throws(StoreError) -> [UInt8]? {
        if state.withLock({ $0.unreadable.contains(id) }) { throw .unavailable }
        return run { state, _ in state.jobs[id]?.body?[number] }
    }

    // MARK: Running

    package func claimNext(by worker: String) async throws(StoreError) -> StoredImport? {
        run { state, now in
            let open = state.jobs.values.filter { job in
                guard job.body != nil, [.waiting, .running].contains(job.stored.state) else { return false }
                return job.leaseUntil.map { $0 < now } ?? (job.stored.state == .waiting)
            }
            guard let next = open.min(by: { $0.stored.createdAt < $1.stored.createdAt }) else { return nil }
            return state.claim(next.stored.id, by: worker, now)
        }
    }

    package func claim(
        _ id: ImportID, _ order: ImportOrder, bytes: Int64, digest: Digest, by worker: String
    ) async throws(StoreError) -> StoredImport? {
        run { state, now in
            var job =
                state.jobs[id]
                ?? Job(
                    stored: StoredImport(id, order, .waiting, bytes: bytes, digest: digest, now), body: nil,
                    touchedAt: now)
            if job.stored.state == .running, job.leaseUntil.map({ $0 >= now }) ?? true { return nil }
            if job.hasEnded {
                // One that is finished begins again.
                job.stored = StoredImport(
                    id, job.stored.order, .waiting, bytes: job.stored.bytesReceived, digest: job.stored.digest,
                    job.stored.createdAt)
                job.report = [:]
            }
            job.stored.problem = nil
            state.jobs[id] = job
            return state.claim(id, by: worker, now)
        }
    }

    package func firstReceived(
        _ id: ImportID, _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> FileReceipt {
        run { state, now in
            if !state.readings.contains(where: { $0.content == content && $0.reading == reading }) {
                let own = state.jobs[id]?.stored
                let same = state.jobs.values.map(\.stored).filter { other in
                    own.map { other.digest == $0.digest && other.order.reads(as: $0.order) } ?? false
                }
                state.readings.append((content, reading, same.map(\.createdAt).min() ?? now))
            }
            let known = state.readings.filter { $0.content == content }
            return FileReceipt(
                content: known.map(\.at).min() ?? now,
                reading: known.filter { $0.reading == reading }.map(\.at).min() ?? now)
        }
    }

    package func knownReceipt(
        _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> (content: Timestamp?, reading: Timestamp?) {
        run { state, _ in
            let known = state.readings.filter { $0.content == content }
            return (known.map(\.at).min(), known.filter { $0.reading == reading }.map(\.at).min())
        }
    }

    package func renew(_ id: ImportID, by worker: String) async throws(StoreError) -> Bool {
        change(id, by: worker) { _, _ in }
    }

    package func checked(
        _ id: ImportID, recordsTotal: Int64, by worker: String
    ) async throws(StoreError) -> Bool {
        change(id, by: worker) { job, _ in job.stored.recordsTotal = recordsTotal }
    }

    package func advance(
        _ id: ImportID, to progress: ImportProgress, _ lines: [ImportReportLine], without heap: FigureHeap?,
        by worker: String
    ) async throws(StoreError) -> Bool {
        await state.withLock { $0.beforeAdvance }?(id)
        let failure = state.withLock { $0.failures.isEmpty ? nil : $0.failures.removeFirst() }
        if let failure { throw failure }
        return change(id, by: worker) { job, _ in
            job.stored.progress = progress
            for line in lines { job.report[line.line] = line }
            if let heap {
                job.figures = job.figures.filter { _, figure in
                    figure.place != heap.place || figure.key.item.rawValue > heap.key.lastItem
                }
            }
        }
    }

    package func finish(
        _ id: ImportID, _ problem: ImportProblem?, by worker: String
    ) async throws(StoreError) -> Bool {
        change(id, by: worker) { job, now in
            (job.stored.state, job.stored.problem) = (problem == nil ? .done : .failed, problem)
            (job.stored.finishedAt, job.leaseUntil) = (now, nil)
        }
    }

    package func release(
        _ id: ImportID, afterSeconds seconds: Int64, by worker: String
    ) async throws(StoreError) {
        _ = change(id, by: worker) { job, now in
            (job.stored.state, job.leaseUntil) = (.waiting, now.advanced(byMicroseconds: seconds * 1_000_000))
        }
    }

    /// - Returns: whether the import is this worker's.
    private func change(_ id: ImportID, by worker: String, _ change: (inout Job, Timestamp) -> Void) -> Bool {
        run { state, now in
            guard var job = state.jobs[id], job.worker == worker, job.stored.state == .running else { return false }
            job.leaseUntil = now.advanced(byMicroseconds: InMemoryImportStore.leaseMicroseconds)
            change(&job, now)
            state.jobs[id] = job
            return true
        }
    }

    package func cancel(_ id: ImportID) async throws(StoreError) -> ImportCancellation {
        run { state, now in
            guard var job = state.jobs[id] else { return .notFound }
            guard !job.hasEnded else {
                return job.stored.state == .cancelled ? .cancelled(job.stored) : .tooLate(job.stored)
            }
            (job.stored.state, job.stored.finishedAt) = (.cancelled, now)
            (job.worker, job.leaseUntil) = (nil, nil)
            state.jobs[id] = job
            return .cancelled(job.stored)
        }
    }

    package func deleteBody(_ id: ImportID) async throws(StoreError) {
        run { state, _ in if state.jobs[id]?.body != nil { state.jobs[id]?.body = [:] } }
    }

    package func deleteStale(afterSeconds: Int64) async throws(StoreError) -> Int {
        run { state, now in
            let before = now.advanced(byMicroseconds: -afterSeconds * 1_000_000)
            let stale = state.jobs.filter { $0.value.stored.state == .receiving && $0.value.touchedAt < before }.keys
            for id in stale { state.jobs[id] = nil }
            for (id, job) in state.jobs where job.hasEnded {
                if job.body != nil { state.jobs[id]?.body = [:] }
                state.jobs[id]?.figures = [:]
            }
            return stale.count
        }
    }
}

extension InMemoryImportStore.Job {
    fileprivate var hasEnded: Bool { [.done, .failed, .cancelled].contains(stored.state) }
}

extension InMemoryImportStore.State {
    fileprivate mutating func claim(_ id: ImportID, by worker: String, _ now: Timestamp) -> StoredImport? {
        guard var job = jobs[id] else { return nil }
        (job.stored.state, job.worker) = (.running, worker)
        job.leaseUntil = now.advanced(byMicroseconds: InMemoryImportStore.leaseMicroseconds)
        job.stored.startedAt = job.stored.startedAt ?? now
        jobs[id] = job
        return job.stored
    }
}

extension StoredImport {
    fileprivate init(
        _ id: ImportID, _ order: ImportOrder, _ state: ImportState, bytes: Int64, digest: Digest?, _ now: Timestamp
    ) {
        self.init(
            id: id, order: order, state: state, bytesReceived: bytes, recordsTotal: nil, progress: ImportProgress(),
            problem: nil, digest: digest, createdAt: now, startedAt: nil, finishedAt: nil)
    }
}

extension ImportOrder {
    /// Whether a file is read in the same way for both, and neither is a dry run.
    fileprivate func reads(as other: ImportOrder) -> Bool {
        kind == other.kind && format == other.format && source == other.source && codeSystem == other.codeSystem
            && mapping == other.mapping && !isDryRun
    }
}
