import Inventory
import Logging

/// Takes an import that somebody claimed through its file: a look at the whole of it first, then batch by batch, each
/// batch's position kept behind it. Killed at any point, whoever claims the import next goes on.
package struct ImportRunner: Sendable {
    package enum End: Sendable, Hashable {
        /// Every record was looked at.
        case done
        case failed(ImportProblem)
        /// This process is to stop, or could not go on for long; the import waits for whoever is next.
        case givenBack
        /// Somebody else has taken it over.
        case lost
    }

    private let store: any ImportStore
    private let reader: any ImportReader
    private let targets: ImportTargets
    private let batch: ImportBatch
    private let turns: ImportTurns
    private let logger: Logger

    /// Work on one import in one process, waits for its turn included: what takes longer is sent in parts.
    private static let within: Duration = .seconds(12 * 3_600)
    /// Records that are read without giving others a turn.
    private static let recordsPerSlice = 250
    /// Slices whose records are applied together, and whose position is kept together.
    private static let slicesPerBatch = 8
    private static let passedPerSlice = 5_000
    /// Attempts at a batch while the database is away or overloaded, a second apart.
    private static let attemptsMax = 30
    private static let renewEvery: Duration = .seconds(2)
    private static let parkedStepsMax = 1_000

    init(
        store: any ImportStore, reader: any ImportReader, targets: ImportTargets, turns: ImportTurns, logger: Logger
    ) {
        self.store = store
        self.reader = reader
        self.targets = targets
        self.turns = turns
        self.logger = logger
        batch = ImportBatch(store: store, targets: targets)
    }

    private enum Stop: Error {
        case problem(ImportProblem)
        case store(StoreError)
        case lost
        case cancelled
    }

    /// One import's work on this process: its place among the others, and when its time is over.
    private struct Shift {
        let place: ImportTurns.Place
        let deadline: ContinuousClock.Instant
    }

    /// - Parameter onProgress: called after each batch, and with what was found before the first.
    package func run(
        _ job: StoredImport, _ file: ImportFile, by worker: String,
        onProgress: @escaping @Sendable (StoredImport) async -> Void = { _ in }
    ) async -> End {
        await withTaskGroup(of: End?.self) { group in
            group.addTask { await attempt(job, file, worker, onProgress) }
            // Not behind bulk work: what is kept too late is lost.
            group.addTask(executorPreference: globalConcurrentExecutor) { await keep(job.id, worker) ? nil : .lost }
            let first = await group.next() ?? nil
            group.cancelAll()
            guard first == .lost || first == nil else { return first ?? .lost }
            // Whoever has it now must not be worked against; but it may just have come to its end here.
            let second = await group.next() ?? nil
            switch (first, second) {
            case (_, .done?), (_, .failed?): return second ?? .lost
            case (nil, let end?): return end
            default: return .lost
            }
        }
    }

    /// Says that the import is worked on until cancelled.
    /// - Returns: false when somebody else has taken it over.
    private func keep(_ id: ImportID, _ worker: String) async -> Bool {
        while true {
            try? await Task.sleep(for: Self.renewEvery)
            if Task.isCancelled { return true }
            // A database that is away for a moment says nothing.
            if (try? await store.renew(id, by: worker)) == false { return Task.isCancelled }
        }
    }

    private func attempt(
        _ job: StoredImport, _ file: ImportFile, _ worker: String,
        _ onProgress: @Sendable (StoredImport) async -> Void
    ) async -> End {
        let shift = Shift(place: await turns.take(), deadline: .now.advanced(by: Self.within))
        defer { turns.giveBack(shift.place) }
        do throws(Stop) {
            if Task.isCancelled { throw .cancelled }
            try await work(job, file, worker, shift, onProgress)
            return .done
        } catch {
            return await end(job.id, error, worker)
        }
    }

    private func end(_ id: ImportID, _ stop: Stop, _ worker: String) async -> End {
        switch stop {
        case .lost: return .lost
        case .problem(let problem): return await fail(id, problem, worker)
        case .store(.broken(let what)):
            logger.error("import failed", metadata: ["import": "\(id)", "error": "\(what)"])
            return await fail(id, Self.defect, worker)
        case .store(let error):
            logger.warning("import interrupted", metadata: ["import": "\(id)", "error": "\(error)"])
            try? await store.release(id, afterSeconds: ImportService.delaySeconds, by: worker)
            return .givenBack
        case .cancelled:
            try? await store.release(id, afterSeconds: 0, by: worker)
            return .givenBack
        }
    }

    private static let defect = ImportProblem(
        code: "internalError", detail: "this is a defect of the service; what was applied before stays applied")

    /// An import whose problem cannot be written would be taken up for ever: it gets one that can.
    private func fail(_ id: ImportID, _ problem: ImportProblem, _ worker: String) async -> End {
        do throws(StoreError) {
            return try await store.finish(id, problem, by: worker) ? .failed(problem) : .lost
        } catch {
            logger.error("problem of an import not written", metadata: ["import": "\(id)", "error": "\(error)"])
            guard case .broken = error else { return .lost }
        }
        let isOurs = try? await store.finish(id, Self.defect, by: worker)
        return isOurs == true ? .failed(Self.defect) : .lost
    }

    private func work(
        _ job: StoredImport, _ file: ImportFile, _ worker: String, _ shift: Shift,
        _ onProgress: @Sendable (StoredImport) async -> Void
    ) async throws(Stop) {
        var job = job
        let records = try open(file)
        // What names things twice has to be known before the first of them is put, and which items have rows that cannot be
        // read before others of theirs are counted.
        if job.recordsTotal == nil || job.order.kind.isMaster || job.order.kind.addsUp {
            let total = try await check(records, shift)
            let isOurs = try await trying { () throws(StoreError) in
                try await store.checked(job.id, recordsTotal: total, by: worker)
            }
            guard isOurs else { throw .lost }
            job.recordsTotal = total
            try reading { () throws(ImportProblem) in try records.rewind() }
        }
        let unread = records.unread
        let whole = try await trying { () throws(StoreError) in try await WholeItems(without: unread, store) }
        await onProgress(job)
        var passed: Int64 = 0
        while passed < job.progress.recordsDone {
            let limit = Int(min(Int64(Self.passedPerSlice), job.progress.recordsDone - passed))
            guard let count = try reading({ () throws(ImportProblem) in try records.pass(limit) }) else { break }
            passed += Int64(count)
            try await pause(shift)
        }
        let memory = RehearsalMemory()
        var next = try await read(records, shift)
        while !next.isEmpty {
            let current = next
            // The next batch is read while this one is written.
            async let applied = attempt(current, whole, of: ImportJob(job, memory))
            next = try await read(records, shift)
            let outcome: ImportBatch.Outcome
            switch await applied {
            case .success(let value): outcome = value
            case .failure(let error): throw .store(error)
            }
            try await advance(&job, outcome, records: current.reduce(0) { $0 + $1.rows }, by: worker)
            await onProgress(job)
            try await pause(shift)
        }
        try await compareFigures(&job, records, worker, shift, onProgress)
        if job.order.kind.isMaster, !job.order.isDryRun {
            // Lines that waited for any of these.
            _ = try await trying { () throws(StoreError) in
                try await targets.facts.applyParked(.all, stepsMax: Self.parkedStepsMax)
            }
        }
        let id = job.id
        let isOurs = try await trying { () throws(StoreError) in try await store.finish(id, nil, by: worker) }
        guard isOurs else { throw .lost }
    }

    private func advance(
        _ job: inout StoredImport, _ outcome: ImportBatch.Outcome, records: Int, without heap: FigureHeap? = nil,
        by worker: String
    ) async throws(Stop) {
        let lines = job.progress.add(outcome, records: records)
        let (id, progress) = (job.id, job.progress)
        let isOurs = try await trying { () throws(StoreError) in
            try await store.advance(id, to: progress, lines, without: heap, by: worker)
        }
        guard isOurs else { throw .lost }
    }

    /// Book figures are compared once all of the file are there, place by place.
    private func compareFigures(
        _ job: inout StoredImport, _ records: any ImportRecords, _ worker: String, _ shift: Shift,
        _ onProgress: @Sendable (StoredImport) async -> Void
    ) async throws(Stop) {
        guard job.order.kind == .bookFigures else { return }
        let (id, isDryRun) = (job.id, job.order.isDryRun)
        let comparison = FigureComparison(
            reconciliations: targets.reconciliations, startedAt: job.startedAt ?? job.createdAt)
        while true {
            let heap = try await trying { () throws(StoreError) in
                try await store.heap(of: id, limit: ReconciliationService.linesMax)
            }
            guard let heap else { return }
            let event = records.event(of: heap.place)
            let outcome = try await trying { () throws(StoreError) in
                try await comparison.outcome(of: heap, event: event, isDryRun: isDryRun)
            }
            try await advance(&job, outcome, records: 0, without: heap, by: worker)
            await onProgress(job)
            try await pause(shift)
        }
    }

    /// Reads the whole file once, so that of a file with something wrong with the whole nothing is applied.
    /// - Returns: how many rows it has.
    private func check(_ records: any ImportRecords, _ shift: Shift) async throws(Stop) -> Int64 {
        var total: Int64 = 0
        while true {
            let count = try reading { () throws(ImportProblem) in try records.pass(Self.passedPerSlice) }
            guard let count else { return total }
            total += Int64(count)
            let codes = records.unknownCodes
            let skus = try await trying { () throws(StoreError) in try await store.skus(of: codes) }
            records.know(skus)
            try await pause(shift)
        }
    }

    /// - Returns: none at the end only.
    private func read(_ records: any ImportRecords, _ shift: Shift) async throws(Stop) -> [ImportRecord] {
        var read: [ImportRecord] = []
        read.reserveCapacity(Self.recordsPerSlice * Self.slicesPerBatch)
        var slices = 0
        // Slices may be empty where the file holds what is no record.
        while slices < Self.slicesPerBatch || read.isEmpty {
            let slice = try reading { () throws(ImportProblem) in try records.next(Self.recordsPerSlice) }
            guard let slice else { break }
            slices += 1
            read += slice
            // Otherwise the batch before this one is still written, with its position.
            if read.isEmpty { try await pause(shift) } else { await Task.yield() }
        }
        return read
    }

    private func open(_ file: ImportFile) throws(Stop) -> any ImportRecords {
        do {
            return try reader.open(file)
        } catch {
            throw .problem(error)
        }
    }

    private func reading<T>(_ body: () throws(ImportProblem) -> T) throws(Stop) -> T {
        do {
            return try body()
        } catch {
            throw .problem(error)
        }
    }

    /// Gives others their turn.
    private func pause(_ shift: Shift) async throws(Stop) {
        await Task.yield()
        await turns.pause(shift.place)
        if Task.isCancelled { throw .cancelled }
        guard .now < shift.deadline else { throw .problem(Self.tookTooLong) }
    }

    private static let tookTooLong = ImportProblem(
        code: "tookTooLong",
        detail:
            "it took more than \(within.components.seconds / 3_600) hours; what was applied stays, send the rest in parts"
    )

    private func attempt(
        _ records: [ImportRecord], _ whole: WholeItems, of job: ImportJob
    ) async -> Result<ImportBatch.Outcome, StoreError> {
        do throws(StoreError) {
            return .success(
                try await repeating { () throws(StoreError) in
                    try await batch.apply(try await whole.marked(records), of: job)
                })
        } catch {
            return .failure(error)
        }
    }

    private func trying<T>(_ body: () async throws(StoreError) -> T) async throws(Stop) -> T {
        do throws(StoreError) {
            return try await repeating(body)
        } catch {
            throw .store(error)
        }
    }

    /// An overloaded or restarting database is waited for: event ids make sending again harmless.
    private func repeating<T>(_ body: () async throws(StoreError) -> T) async throws(StoreError) -> T {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await body()
            } catch {
                if case .broken = error { throw error }
                if Task.isCancelled { throw error }
            }
            try? await Task.sleep(for: .seconds(1))
        }
        return try await body()
    }
}

extension ImportProgress {
    /// - Returns: the lines for which the report has room.
    fileprivate mutating func add(_ outcome: ImportBatch.Outcome, records: Int) -> [ImportReportLine] {
        recordsDone += Int64(records)
        for verdict in ImportVerdict.allCases { counts[verdict] += outcome.counts[verdict] }
        for reason in outcome.skipped { skip(because: reason) }
        let room = max(0, Self.reportedMax - reported)
        if outcome.lines.count > room { isReportTruncated = true }
        reported += min(room, outcome.lines.count)
        return Array(outcome.lines.prefix(room))
    }
}
