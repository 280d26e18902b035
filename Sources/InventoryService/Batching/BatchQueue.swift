import Inventory
import Logging
import ServiceLifecycle
import Synchronization

/// Forms batches of commands, writes them, and answers each caller when its command is committed.
///
/// Requests that arrive while a commit is in flight form the next batch; nobody waits on a timer.
package final class BatchQueue: Sendable {
    package struct Limits: Sendable {
        /// Batches in flight, which is also the connections they need, besides the one for those set aside.
        package var writers = 2
        /// Lines of bulk work that may wait.
        package var linesWaitingMax = 50_000
        /// A request of up to so many lines is a single call, which goes before bulk work.
        package var singleLinesMax = 50
        /// Lines of single calls that may wait.
        package var singleLinesWaitingMax = 10_000
        package var linesPerBatchMax = 1_000
        /// Of bulk work while there are single calls.
        package var bulkLinesBesideSinglesMax = 250
        /// Lines of one part of a long request. Parts wait for whatever touches their balances, so long ones would
        /// nearly always wait for each other, and one writer would stand idle.
        package var linesPerPartMax = 250
        /// How long an accepted command may stay without an answer; after it, 503.
        package var answerWithin: Duration = .seconds(10)

        package init() {}

        /// One writer is for single calls while there are any.
        fileprivate var lanes: Lanes {
            Lanes(
                singleLinesMax: singleLinesMax, singleLinesWaitingMax: singleLinesWaitingMax,
                bulkBatchesBesideSinglesMax: max(1, writers - 1),
                bulkLinesBesideSinglesMax: bulkLinesBesideSinglesMax)
        }
    }

    private typealias Scheduler = BatchScheduler<PendingCommand>

    private struct State {
        var scheduler: Scheduler
        var idleWriters: [CheckedContinuation<Scheduler.Batch?, Never>] = []
        var aside: [SetAside] = []
        /// Between two looks at what is set aside, and at what has waited too long.
        var pauses: [Pause: Task<Void, Never>] = [:]
        var isDraining = false
        /// Commands that found no room.
        var overloaded = 0
    }

    private enum Pause { case attending, expiring }

    private let store: any BatchStore
    private let limits: Limits
    private let logger: Logger
    private let heard: LastSeenTracker
    private let state: Mutex<State>
    /// What the batches have come to.
    package let figures = BatchFigures()

    /// - Parameter heard: is told whom every batch came from.
    init(store: any BatchStore, limits: Limits, heard: LastSeenTracker, logger: Logger) {
        self.store = store
        self.heard = heard
        self.limits = limits
        self.logger = logger
        state = Mutex(
            State(
                scheduler: BatchScheduler(
                    linesWaitingMax: limits.linesWaitingMax, linesPerBatchMax: limits.linesPerBatchMax,
                    lanes: limits.lanes)))
    }

    /// Waits until all of them are committed, or refused.
    /// - Parameter commands: each with hashes of what it touches, and its weight in lines, 1 or more. They enter the queue
    ///   together and in order.
    /// - Throws: `.overloaded` when too much is waiting, `.unavailable` when the database cannot be reached within
    ///   `answerWithin`, `.conflict` when somebody has held what it needs for as long.
    func submit(
        _ commands: [(command: Command, keys: Set<Int>, lines: Int)]
    ) async throws(StoreError) -> [CommittedEntry] {
        let deadline = ContinuousClock.now.advanced(by: limits.answerWithin)
        let waiting = commands.map { command, keys, lines in
            (pending: PendingCommand(command: command, keys: keys, deadline: deadline), lines: lines)
        }
        let total = waiting.reduce(0) { $0 + $1.lines }
        if total > limits.singleLinesMax {
            // Not on the thread of bulk work, which gives way: everybody waits for whoever is in here.
            await withTaskExecutorPreference(globalConcurrentExecutor) { enqueue(waiting, total) }
        } else {
            enqueue(waiting, total)
        }
        var answers: [CommittedEntry] = []
        for (pending, _) in waiting { answers.append(try await pending.waiter.value.get()) }
        return answers
    }

    /// The same of one command, for who cannot wait.
    /// - Parameter then: called once, on the writer's thread or at once.
    func submit(
        _ command: Command, keys: Set<Int>, lines: Int,
        then: @escaping @Sendable (Result<CommittedEntry, StoreError>) -> Void
    ) {
        let deadline = ContinuousClock.now.advanced(by: limits.answerWithin)
        let pending = PendingCommand(command: command, keys: keys, deadline: deadline)
        pending.waiter.whenFulfilled(then)
        enqueue([(pending, lines)], lines)
    }

    /// - Parameter total: lines of all of them.
    private func enqueue(_ waiting: [(pending: PendingCommand, lines: Int)], _ total: Int) {
        let refused: [(PendingCommand, StoreError)] = state.withLock { state in
            waiting.compactMap { pending, lines in
                if state.isDraining { return (pending, .unavailable) }
                let admission = state.scheduler.enqueue(pending, keys: pending.keys, lines: lines, of: total)
                if admission == .admitted { return nil }
                state.overloaded += 1
                return (pending, .overloaded)
            }
        }
        for (pending, refusal) in refused { pending.waiter.fulfil(.failure(refusal)) }
        if refused.count < waiting.count { wakeWriters() }
    }

    // MARK: - Writing

    func run() async {
        // Cancelled when another service fails: idle writers must be woken then too, or nobody ever would.
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    for _ in 0..<limits.writers { group.addTask { await self.write() } }
                    group.addTask { await self.attend() }
                    group.addTask { await self.expire() }
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

    /// What waits at the moment.
    package var waiting: WaitingFigures {
        state.withLock { state in
            var figures = WaitingFigures()
            (figures.singleLines, figures.bulkLines) = state.scheduler.linesWaitingByLane
            figures.setAside = state.aside.reduce(0) { $0 + $1.attempts.count }
            figures.overloaded = state.overloaded
            return figures
        }
    }

    /// Takes no more commands. Accepted ones are still written; the writers leave when the queue is empty.
    func drain() {
        state.withLock { $0.isDraining = true }
        wakeWriters()
        endWithLast()
    }

    private func write() async {
        while let batch = await nextBatch() {
            let writing = BatchWriting(store: store, heard: heard, figures: figures, logger: logger, isAside: false)
            let locked = await writing.commit(batch.entries.map { Attempt(entry: $0) })
            state.withLock { state in
                if !locked.isEmpty {
                    let keys = locked.reduce(into: Set<Int>()) { $0.formUnion($1.entry.keys) }
                    state.aside.append(SetAside(id: state.scheduler.setAside(keys), attempts: locked))
                }
                state.scheduler.finished(batch.id)
            }
            wakeWriters()
        }
        endWithLast()
    }

    private func nextBatch() async -> Scheduler.Batch? {
        await withCheckedContinuation { writer in
            let decided: Scheduler.Batch?? = state.withLock { state in
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
            let wake: (CheckedContinuation<Scheduler.Batch?, Never>, Scheduler.Batch?)? =
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

    // MARK: - Waiting for others

    // These two loops are not a `PeriodicService`: that ends with the process's work, and what was accepted before has to be
    // answered after that. They read no table, and end with the last command.

    /// Between two looks at what is set aside, and at what has waited too long.
    private static let lookEvery: Duration = .milliseconds(100)
    /// One round through what is set aside. What it did not come to is first in the next.
    private static let roundMax: Duration = .seconds(1)

    /// Answers what waited past its deadline.
    private func expire() async {
        while true {
            let (expired, error, isOver): ([PendingCommand], StoreError, Bool) = state.withLock { state in
                let now = ContinuousClock.now
                let expired = state.scheduler.removeFirst { $0.deadline <= now }
                let error = state.scheduler.hasSetAside ? StoreError.conflict(attempts: 1) : .unavailable
                return (expired, error, state.isDraining && state.scheduler.isIdle)
            }
            for pending in expired { pending.waiter.fulfil(.failure(error)) }
            if isOver || !expired.isEmpty { wakeWriters() }
            if isOver { return }
            await pause(.expiring)
        }
    }

    /// Tries what somebody else's lock was in the way of, on a connection of its own, so that no writer waits for it.
    private func attend() async {
        while true {
            let (aside, isOver) = state.withLock { state in
                defer { state.aside = [] }
                return (state.aside, state.isDraining && state.scheduler.isIdle)
            }
            if isOver { return }
            let left = await attend(to: aside)
            state.withLock { $0.aside.insert(contentsOf: left, at: 0) }
            await pause(.attending)
        }
    }

    /// - Returns: what is still locked; at its head what there was no time for.
    private func attend(to aside: [SetAside]) async -> [SetAside] {
        let end = ContinuousClock.now.advanced(by: Self.roundMax)
        var left: [SetAside] = []
        for (index, group) in aside.enumerated() {
            guard ContinuousClock.now < end else { return Array(aside[index...]) + left }
            let waiting = await attend(to: group)
            if waiting.isEmpty {
                state.withLock { $0.scheduler.finishedAside(group.id) }
                wakeWriters()
            } else {
                left.append(SetAside(id: group.id, attempts: waiting))
            }
        }
        return left
    }

    /// - Returns: those of the group that are still locked, in their order.
    private func attend(to group: SetAside) async -> [Attempt] {
        let now = ContinuousClock.now
        for attempt in group.attempts where attempt.entry.deadline <= now {
            attempt.entry.waiter.fulfil(.failure(.conflict(attempts: 1)))
        }
        let attempts = group.attempts.filter { $0.entry.deadline > now }
        guard let latest = attempts.map(\.entry.deadline).max() else { return [] }
        // Where it cannot be asked, they are tried.
        let places = Set(
            (try? await store.locked(attempts.map(\.entry.command), within: now.duration(to: latest))) ?? [])
        var (locked, keys): ([Attempt], Set<Int>) = ([], [])
        let free = BatchWriting.setAside(attempts, into: &locked, &keys, where: places.contains)
        guard !free.isEmpty else { return locked }
        let writing = BatchWriting(store: store, heard: heard, figures: figures, logger: logger, isAside: true)
        let stillLocked = await writing.commit(free) + locked
        let waiting = Set(stillLocked.map { ObjectIdentifier($0.entry) })
        let doubts = Dictionary(stillLocked.map { (ObjectIdentifier($0.entry), $0) }) { first, _ in first }
        return attempts.filter { waiting.contains(ObjectIdentifier($0.entry)) }
            .map { doubts[ObjectIdentifier($0.entry)] ?? $0 }
    }

    /// Not cancelled with the service: what was accepted is tried to the end.
    private func pause(_ pause: Pause) async {
        let task = Task { _ = try? await Task.sleep(for: Self.lookEvery) }
        state.withLock { $0.pauses[pause] = task }
        endWithLast()
        await task.value
    }

    /// Once there is nothing left to look after, nobody waits for the next look.
    private func endWithLast() {
        state.withLock { state in
            guard state.isDraining, state.scheduler.isIdle else { return }
            for task in state.pauses.values { task.cancel() }
        }
    }
}

/// Commands of one batch that somebody else's lock is in the way of. Their keys stay taken.
private struct SetAside: Sendable {
    let id: Int
    let attempts: [Attempt]
}
