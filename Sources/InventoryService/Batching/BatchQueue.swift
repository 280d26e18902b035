import Inventory
import Logging
import ServiceLifecycle
import Synchronization

/// Forms batches of commands, writes them, and answers each caller when its command is committed.
///
/// Requests that arrive while a commit is in flight form the next batch; nobody waits on a timer.
package final class BatchQueue: Sendable {
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

    private typealias Waiter = Completion<Result<CommittedEntry, StoreError>>

    /// One object, so that moving it about in the queue costs nothing.
    private final class Pending: Sendable {
        let command: Command
        let deadline: ContinuousClock.Instant
        let waiter: Waiter

        init(command: Command, deadline: ContinuousClock.Instant, waiter: Waiter) {
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

    private let store: any BatchStore
    private let limits: Limits
    private let logger: Logger
    private let heard: LastSeenTracker
    private let state: Mutex<State>

    /// - Parameter heard: is told whom every batch came from.
    init(store: any BatchStore, limits: Limits, heard: LastSeenTracker, logger: Logger) {
        self.store = store
        self.heard = heard
        self.limits = limits
        self.logger = logger
        state = Mutex(
            State(
                scheduler: BatchScheduler(
                    linesWaitingMax: limits.linesWaitingMax, linesPerBatchMax: limits.linesPerBatchMax)))
    }

    /// Waits until all of them are committed, or refused.
    /// - Parameter commands: each with hashes of what it touches, and its weight in lines, 1 or more. They enter the queue
    ///   together and in order.
    /// - Throws: `.overloaded` when too much is waiting, `.unavailable` when the database cannot be reached within
    ///   `answerWithin`.
    func submit(
        _ commands: [(command: Command, keys: Set<Int>, lines: Int)]
    ) async throws(StoreError) -> [CommittedEntry] {
        let deadline = ContinuousClock.now.advanced(by: limits.answerWithin)
        let waiters = commands.map { command, keys, lines in
            let waiter = Waiter()
            enqueue(Pending(command: command, deadline: deadline, waiter: waiter), keys, lines)
            return waiter
        }
        var answers: [CommittedEntry] = []
        for waiter in waiters { answers.append(try await waiter.value.get()) }
        return answers
    }

    private func enqueue(_ pending: Pending, _ keys: Set<Int>, _ lines: Int) {
        let refusal: StoreError? = state.withLock { state in
            if state.isDraining { return .unavailable }
            return state.scheduler.enqueue(pending, keys: keys, lines: lines) == .admitted ? nil : .overloaded
        }
        if let refusal { pending.waiter.fulfil(.failure(refusal)) } else { wakeWriters() }
    }

    // MARK: - Writing

    func run() async {
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
    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Takes no more commands. Accepted ones are still written; the writers leave when the queue is empty.
    func drain() {
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
    ///
    /// What fails again and again may be one command of the batch: halves are tried, until it is alone, at most two
    /// attempts a command. One that others are in the way of then waits behind those that can be written.
    private func commit(_ entries: [Pending]) async {
        var groups = [entries.map { Attempt(entry: $0) }]
        var pause: Duration = .milliseconds(20)
        var lastError = StoreError.unavailable
        var conflictsInRow = 0
        while !groups.isEmpty {
            var attempts = groups.removeFirst()
            let now = ContinuousClock.now
            for attempt in attempts where attempt.entry.deadline <= now {
                attempt.entry.waiter.fulfil(.failure(lastError))
            }
            attempts.removeAll { $0.entry.deadline <= now }
            guard let earliest = attempts.map(\.entry.deadline).min() else { continue }
            do {
                let commands = attempts.map(\.entry.command)
                let batch = try await store.commit(commands, within: now.duration(to: earliest))
                heard.note(batch, commands, at: batch.asOf)
                for (index, attempt) in attempts.enumerated() {
                    attempt.entry.waiter.fulfil(
                        .success(CommittedEntry(batch: batch, index: index, inDoubt: attempt.inDoubt)))
                }
                conflictsInRow = 0
            } catch {
                lastError = error
                if case .outcomeUnknown(let outcomes) = error, outcomes.count == attempts.count {
                    for index in attempts.indices { attempts[index].inDoubt = outcomes[index] }
                }
                let label: Logger.Metadata = ["error": "\(error)", "commands": "\(attempts.count)"]
                if error.mayBeOneCommands, attempts.count > 1 {
                    logger.warning("batch is split", metadata: label)
                    let middle = attempts.count / 2
                    groups.insert(contentsOf: [Array(attempts[..<middle]), Array(attempts[middle...])], at: 0)
                    continue
                }
                guard error.isPassing else {
                    logger.error("batch given up", metadata: label)
                    for attempt in attempts { attempt.entry.waiter.fulfil(.failure(error)) }
                    continue
                }
                logger.warning("batch is tried again", metadata: label)
                if case .conflict = error {
                    groups.append(attempts)
                    conflictsInRow += 1
                    // Everybody else has had a turn since.
                    guard conflictsInRow >= groups.count else { continue }
                    conflictsInRow = 0
                } else {
                    groups.insert(attempts, at: 0)
                }
                // Not cancelled with the service: what was accepted is tried to the end.
                await Task { [pause] in try? await Task.sleep(for: pause) }.value
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    private struct Attempt: Sendable {
        let entry: Pending
        /// What an attempt had decided whose commit may or may not have happened.
        var inDoubt: Outcome?
    }
}

/// One command's place in a committed batch.
struct CommittedEntry: Sendable {
    let batch: CommittedBatch
    let index: Int
    /// What an earlier attempt, whose commit was in doubt, had decided.
    let inDoubt: Outcome?
}

extension StoreError {
    /// The same work may pass when it is tried again.
    fileprivate var isPassing: Bool {
        switch self {
        case .unavailable, .outcomeUnknown, .conflict: true
        case .overloaded, .broken: false
        }
    }

    /// What fails so again and again may be one command of the batch, which must not take its neighbours with it: a value
    /// that SQL refuses, or a row that somebody holds.
    fileprivate var mayBeOneCommands: Bool {
        switch self {
        case .broken, .conflict: true
        case .unavailable, .outcomeUnknown, .overloaded: false
        }
    }
}
