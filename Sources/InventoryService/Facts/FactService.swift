package import Inventory
package import Logging
import ServiceLifecycle
import Synchronization

/// Takes facts in, forms batches of them, and answers each caller when its lines are in the ledger.
///
/// Requests that arrive while a commit is in flight form the next batch; nobody waits on a timer.
package final class FactService: Service {
    package struct Limits: Sendable {
        /// Batches in flight, which is also the connections they need.
        package var writers = 2
        package var linesWaitingMax = 50_000
        package var linesPerBatchMax = 1_000
        /// Lines of one part of a long request. Parts wait for whatever touches their balances, so long ones would
        /// nearly always wait for each other, and one writer would stand idle.
        package var linesPerPartMax = 250
        /// How long an accepted command may stay without an answer; after it, 503.
        package var answerWithin: Duration = .seconds(10)

        package init() {}
    }

    /// Lines of one request.
    package static let linesPerRequestMax = 5_000

    typealias Waiter = Promise<Result<CommittedCommand, StoreError>>

    /// One object, so that moving it about in the queue costs nothing.
    final class Pending: Sendable {
        let command: FactCommand
        let deadline: ContinuousClock.Instant
        let waiter: Waiter

        init(command: FactCommand, deadline: ContinuousClock.Instant, waiter: Waiter) {
            self.command = command
            self.deadline = deadline
            self.waiter = waiter
        }
    }

    private struct State {
        var scheduler: BatchScheduler<Pending>
        var idleWriters: [CheckedContinuation<BatchScheduler<Pending>.Batch?, Never>] = []
        var isDraining = false
    }

    private let store: any FactStore
    private let limits: Limits
    private let logger: Logger
    private let heard: HeardBoard
    private let state: Mutex<State>
    private let sources = SourceNumbers()

    /// - Parameter heard: is told whom every batch came from.
    package init(store: any FactStore, limits: Limits = Limits(), heard: HeardBoard = HeardBoard(), logger: Logger) {
        self.store = store
        self.heard = heard
        self.limits = limits
        self.logger = logger
        state = Mutex(
            State(
                scheduler: BatchScheduler(
                    linesWaitingMax: limits.linesWaitingMax, linesPerBatchMax: limits.linesPerBatchMax)))
    }

    // MARK: - Taking facts

    /// Judges the lines in the order given and returns when all that is to be kept is committed.
    ///
    /// - Throws: `.overloaded` when too much is waiting, `.unavailable` when the database cannot be reached within
    ///   `answerWithin`. Sending the same lines again is then always right.
    package func submit(
        source: SourceID, lines: [SubmittedLine], isAtomic: Bool
    ) async throws(StoreError) -> FactAnswer {
        let number = try await sources.number(of: source, in: store)
        let command = FactCommand(source: number, sourceID: source, lines: lines, isAtomic: isAtomic)
        let parts = command.split(linesMax: min(limits.linesPerPartMax, limits.linesPerBatchMax))
        let answers = try await submit(parts)
        var answer = FactAnswer(lines: [], isRefused: false)
        for part in answers {
            answer.lines.append(contentsOf: part.answer.lines)
            answer.isRefused = answer.isRefused || part.answer.isRefused
        }
        try await applyIfMappedMeanwhile(answers.flatMap(\.parked))
        return answer
    }

    /// Applies parked lines that can be applied now, in bounded steps.
    /// - Returns: how many lines were applied.
    @discardableResult
    package func applyParked(_ selection: ParkedSelection, stepsMax: Int) async throws(StoreError) -> Int {
        var applied = 0
        var after: EventKey?
        for _ in 0..<stepsMax {
            let page = try await store.parkedReady(selection, after: after, limit: limits.linesPerBatchMax)
            let bySource = Dictionary(grouping: page.ready, by: \.key.source)
            let commands = bySource.sorted { $0.key.rawValue < $1.key.rawValue }.map { source, lines in
                FactCommand(
                    source: source, sourceID: lines[0].source,
                    lines: lines.map {
                        SubmittedLine(.fact($0.fact, $0.fingerprint), raw: $0.raw[...], arrivedAt: $0.arrivedAt)
                    },
                    origin: .parked)
            }
            let answers = try await submit(commands)
            applied += answers.reduce(0) { $0 + $1.answer.lines.count { $0.verdict.isInLedger } }
            guard let last = page.last else { break }
            after = last
        }
        return applied
    }

    /// Parking and the mapping's creation can miss each other; whoever parked looks once more after its commit.
    private func applyIfMappedMeanwhile(_ parked: [EventKey]) async throws(StoreError) {
        guard !parked.isEmpty else { return }
        do {
            try await applyParked(.events(parked), stepsMax: 1)
        } catch {
            // The lines are safe in the database, and the sweep will find them.
            logger.warning("could not look at parked lines again", metadata: ["error": "\(error)"])
        }
    }

    private func submit(_ commands: [FactCommand]) async throws(StoreError) -> [CommittedCommand] {
        let deadline = ContinuousClock.now.advanced(by: limits.answerWithin)
        // All parts enter the queue, in order, before the first is awaited.
        let waiters = commands.map { command in
            let waiter = Waiter()
            enqueue(Pending(command: command, deadline: deadline, waiter: waiter))
            return waiter
        }
        var answers: [CommittedCommand] = []
        for waiter in waiters { answers.append(try await waiter.value.get()) }
        return answers
    }

    private func enqueue(_ pending: Pending) {
        let keys = pending.command.schedulingKeys
        let refusal: StoreError? = state.withLock { state in
            if state.isDraining { return .unavailable }
            let lines = max(1, pending.command.lines.count)
            return state.scheduler.enqueue(pending, keys: keys, lines: lines) == .admitted ? nil : .overloaded
        }
        if let refusal { pending.waiter.fulfil(.failure(refusal)) } else { wakeWriters() }
    }

    // MARK: - Writing

    package func run() async {
        // Cancelled when another service fails: idle writers must be woken then too, or nobody ever would.
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    for _ in 0..<limits.writers { group.addTask { await self.write() } }
                }
            } onGracefulShutdown: {
                self.drain()
            }
        } onCancel: {
            self.drain()
        }
    }

    /// The service was told to stop.
    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Takes no more commands. Accepted ones are still written; the writers leave when the queue is empty.
    package func drain() {
        state.withLock { $0.isDraining = true }
        wakeWriters()
    }

    private func write() async {
        while let batch = await nextBatch() {
            await commit(batch.entries)
            state.withLock { $0.scheduler.finished(batch.id) }
            wakeWriters()
        }
    }

    private func nextBatch() async -> BatchScheduler<Pending>.Batch? {
        await withCheckedContinuation { writer in
            let decided: BatchScheduler<Pending>.Batch?? = state.withLock { state in
                if let batch = state.scheduler.nextBatch() { return .some(batch) }
                if state.isDraining, state.scheduler.isEmpty { return .some(nil) }
                state.idleWriters.append(writer)
                return nil
            }
            if let decided { writer.resume(returning: decided) }
        }
    }

    private func wakeWriters() {
        while true {
            let wake: (CheckedContinuation<BatchScheduler<Pending>.Batch?, Never>, BatchScheduler<Pending>.Batch?)? =
                state.withLock { state in
                    guard !state.idleWriters.isEmpty else { return nil }
                    if let batch = state.scheduler.nextBatch() { return (state.idleWriters.removeLast(), batch) }
                    if state.isDraining, state.scheduler.isEmpty { return (state.idleWriters.removeLast(), nil) }
                    return nil
                }
            guard let (writer, batch) = wake else { return }
            writer.resume(returning: batch)
        }
    }

    /// Commits, and while the database is away tries the same again: event ids make that safe. Each command is given
    /// up at its own deadline, those that waited past it before they are tried at all.
    private func commit(_ entries: [Pending]) async {
        var attempts = entries.map { Attempt(entry: $0) }
        var pause: Duration = .milliseconds(20)
        var lastError = StoreError.unavailable
        while true {
            let now = ContinuousClock.now
            for attempt in attempts where attempt.entry.deadline <= now {
                attempt.entry.waiter.fulfil(.failure(lastError))
            }
            attempts.removeAll { $0.entry.deadline <= now }
            guard let earliest = attempts.map(\.entry.deadline).min() else { return }
            do {
                let commands = attempts.map(\.entry.command)
                let batch = try await store.commit(commands, within: now.duration(to: earliest))
                heard.note(batch, commands, at: batch.asOf)
                for (index, attempt) in attempts.enumerated() {
                    attempt.entry.waiter.fulfil(
                        .success(CommittedCommand(batch, index, attempt.entry.command, resumed: attempt.inDoubt)))
                }
                return
            } catch {
                lastError = error
                if case .outcomeUnknown(let outcomes) = error, outcomes.count == attempts.count {
                    for index in attempts.indices { attempts[index].inDoubt = outcomes[index] }
                }
                guard error.isPassing else {
                    logger.error("batch given up", metadata: ["error": "\(error)", "commands": "\(attempts.count)"])
                    for attempt in attempts { attempt.entry.waiter.fulfil(.failure(error)) }
                    return
                }
                logger.warning("batch is tried again", metadata: ["error": "\(error)"])
                // Not cancelled with the service: what was accepted is tried to the end.
                await Task { [pause] in try? await Task.sleep(for: pause) }.value
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    private struct Attempt: Sendable {
        let entry: Pending
        /// What an attempt had decided whose commit may or may not have happened.
        var inDoubt: CommandOutcome?
    }
}

extension StoreError {
    /// The same work may pass when it is tried again.
    fileprivate var isPassing: Bool {
        switch self {
        case .unavailable, .outcomeUnknown, .conflict: true
        case .overloaded, .broken: false
        }
    }
}

/// Numbers of sources, which never change, so they may be remembered.
private final class SourceNumbers: Sendable {
    /// A chain has thousands of tills, not hundreds of thousands; beyond this they are looked up each time.
    private static let countMax = 10_000
    private let known = Mutex<[SourceID: SourceNumber]>([:])

    func number(of id: SourceID, in store: any FactStore) async throws(StoreError) -> SourceNumber {
        if let number = known.withLock({ $0[id] }) { return number }
        let number = try await store.sourceNumber(id)
        known.withLock { if $0.count < Self.countMax { $0[id] = number } }
        return number
    }
}

extension FactCommand {
    /// What the command touches, as sent: sku or code with location, and the event id. Two names of one item merely
    /// meet at the database's row lock instead.
    fileprivate var schedulingKeys: Set<Int> {
        var keys = Set<Int>(minimumCapacity: lines.count * 2)
        for case .fact(let fact, _) in lines.lazy.map(\.content) {
            var hasher = Hasher()
            hasher.combine(fact.item)
            hasher.combine(fact.location)
            keys.insert(hasher.finalize())
            hasher = Hasher()
            hasher.combine(source)
            hasher.combine(fact.eventID)
            keys.insert(hasher.finalize())
        }
        return keys
    }

    /// Parts that a batch can hold. An atomic command stays whole, and so does one with an expected version,
    /// which is compared with the balance before the whole request.
    fileprivate func split(linesMax: Int) -> [FactCommand] {
        let expectsVersion = lines.contains {
            if case .fact(let fact, _) = $0.content { fact.expectedVersion != nil } else { false }
        }
        guard lines.count > linesMax, !isAtomic, !expectsVersion else { return [self] }
        return stride(from: 0, to: lines.count, by: linesMax).map { start in
            var part = self
            part.lines = Array(lines[start..<min(start + linesMax, lines.count)])
            return part
        }
    }
}
