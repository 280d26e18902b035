import Inventory
import InventoryService
import Logging
import Synchronization
import TestSupport
import Testing

/// The queue before a store that is held, full or away, and lines that wait for a name.
@Suite struct BatchQueueTests {
    private func send(_ facts: FactService, _ lines: [FactLine]) async throws -> [Verdict] {
        try await facts.submit(source: SourceID(stored: "till"), lines: lines.map(\.submitted), isAtomic: false)
            .lines.map(\.verdict)
    }

    @Test func `a full queue refuses one line more at once, and writes all that it took`() async throws {
        let store = InMemoryStore(items: ["A"], locations: ["L"])
        let scripted = ScriptedBatchStore(store, [.hold])
        try await withFacts(scripted, { ($0.writers, $0.singleLinesWaitingMax) = (1, 2) }) { facts async throws in
            async let first = send(facts, [.sale("first")])
            while await scripted.commitsBegun == 0 { await Task.yield() }
            // The writer is busy: two of five wait, and three are told before anything moves.
            let verdicts = await withTaskGroup(of: [Verdict]?.self) { tasks in
                for number in 0..<5 { tasks.addTask { try? await self.send(facts, [.sale("\(number)")]) } }
                var verdicts: [[Verdict]?] = []
                for await verdict in tasks {
                    verdicts.append(verdict)
                    if verdicts.count == 3 { await scripted.release() }
                }
                return verdicts
            }
            #expect(verdicts == [nil, nil, nil, [.applied], [.applied]])
            #expect(try await first == [.applied])
        }
        #expect(store.world.balance("A", "L").figures.onHand == -3)
    }

    @Test func `a command that waited past its deadline is given up before it is tried`() async throws {
        let store = InMemoryStore(items: ["A"], locations: ["L"])
        let scripted = ScriptedBatchStore(store, [.hold])
        try await withFacts(scripted, { ($0.writers, $0.answerWithin) = (1, .seconds(6)) }) {
            facts async throws in
            async let first = send(facts, [.sale("1")])
            while await scripted.commitsBegun == 0 { await Task.yield() }
            async let second: Result<[Verdict], any Error> = {
                do { return .success(try await send(facts, [.sale("2")])) } catch { return .failure(error) }
            }()
            #expect(await eventually { facts.queue.waiting.singleLines == 1 })
            // However slow the machine: the second is past its deadline when the first is let go.
            try await Task.sleep(for: .seconds(7))
            await scripted.release()
            #expect(try await first == [.applied])
            guard case .failure(let error) = await second else {
                Issue.record("a command was tried after its deadline")
                return
            }
            #expect(error as? StoreError == .unavailable)
        }
        #expect(store.world.balance("A", "L").figures.onHand == -1)
    }

    @Test func `what stands behind a locked command on its balance waits with it, and everything else is written`()
        async throws
    {
        let store = InMemoryStore(items: ["A", "B", "C"], locations: ["L"])
        let locking = LockingStore(store, locked: ["a1"])
        try await withFacts(locking, { $0.writers = 1 }) { facts async throws in
            let till = SourceID(stored: "till")
            let waiting = Task {
                // One request in parts, which one batch has together: the first needs a locked row, and the second one of its
                // balances.
                try await facts.submit(
                    source: till,
                    lines: [FactLine.sale("a1", "A"), .sale("b1", "B")].map(\.submitted)
                        + (0..<250).map { FactLine.sale("b2/\($0)", "B").submitted }, isAtomic: false)
            }
            while locking.refusals == 0 { await Task.yield() }
            for number in 0..<5 { #expect(try await send(facts, [.sale("c\(number)", "C")]) == [.applied]) }
            #expect(store.world.lines.map(\.eventID.text) == (0..<5).map { "c\($0)" })
            locking.unlock()
            let verdicts = try await waiting.value.lines.map(\.verdict)
            #expect(verdicts == Array(repeating: .applied, count: 252))
            let written = store.world.lines.map(\.eventID.text).filter { !$0.hasPrefix("c") }
            #expect(written == ["a1", "b1"] + (0..<250).map { "b2/\($0)" })
        }
    }

    @Test func `a line that was parked while its item was put is applied by whoever parked it`() async throws {
        let store = InMemoryStore(locations: ["L"])
        let late = HookedStore(store) { store.add(item: "A") }
        try await withFacts(late) { facts async throws in
            #expect(try await send(facts, [.sale("1")]) == [.parked])
            #expect(store.world.balance("A", "L").figures.onHand == -1)
            #expect(try await send(facts, [.sale("1")]) == [.duplicate])
        }
    }

    @Test func `a parked line that could not be looked at again is safe, and a sweep applies it`() async throws {
        let store = InMemoryStore(locations: ["L"])
        let late = HookedStore(store, looksFail: 1) { store.add(item: "A") }
        try await withFacts(late) { facts async throws in
            #expect(try await send(facts, [.sale("1")]) == [.parked])
            #expect(store.world.balance("A", "L").figures.onHand == 0)
            let sweep = ParkedSweep(facts: facts, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(try await sweep.pass().items == 1)
            #expect(store.world.balance("A", "L").figures.onHand == -1)
            #expect(try await sweep.pass().items == 0)
        }
    }
}

/// Does something between a first commit and what follows it, and cannot look at parked lines for a while.
private final class HookedStore: BatchStore {
    private let store: InMemoryStore
    private let hook: Mutex<(@Sendable () -> Void)?>
    private let looksFailing: Mutex<Int>

    init(_ store: InMemoryStore, looksFail: Int = 0, afterFirstCommit hook: @escaping @Sendable () -> Void) {
        self.store = store
        self.hook = Mutex(hook)
        looksFailing = Mutex(looksFail)
    }

    func locked(_ commands: [Command], within: Duration) async throws(StoreError) -> [Int] {
        try await store.locked(commands, within: within)
    }

    func commit(_ commands: [Command], within: Duration, isAside: Bool) async throws(StoreError) -> CommittedBatch {
        let batch = try await store.commit(commands, within: within)
        let hook = hook.withLock { hook in
            defer { hook = nil }
            return hook
        }
        hook?()
        return batch
    }

    func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber { try await store.sourceNumber(id) }

    func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber { try await store.actorNumber(name) }

    func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage {
        let fails = looksFailing.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw .unavailable }
        return try await store.parkedReady(selection, after: after, limit: limit)
    }
}

/// Has rows locked that the facts with some event ids need.
private final class LockingStore: BatchStore {
    private let store: InMemoryStore
    private let state: Mutex<(locked: Set<String>, refusals: Int)>

    init(_ store: InMemoryStore, locked: Set<String>) {
        self.store = store
        state = Mutex((locked, 0))
    }

    /// Batches that were told so.
    var refusals: Int { state.withLock { $0.refusals } }

    func unlock() { state.withLock { $0.locked = [] } }

    func locked(_ commands: [Command], within: Duration) async throws(StoreError) -> [Int] {
        state.withLock { state in
            commands.indices.filter { index in
                [commands[index]].facts.flatMap(\.lines).contains { line in
                    if case .fact(let fact, _) = line.content {
                        state.locked.contains(fact.eventID.text)
                    } else {
                        false
                    }
                }
            }
        }
    }

    func commit(_ commands: [Command], within: Duration, isAside: Bool) async throws(StoreError) -> CommittedBatch {
        let places = try await locked(commands, within: within)
        guard places.isEmpty else {
            state.withLock { $0.refusals += 1 }
            throw .locked(places)
        }
        return try await store.commit(commands, within: within)
    }

    func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber { try await store.sourceNumber(id) }

    func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber { try await store.actorNumber(name) }

    func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage {
        try await store.parkedReady(selection, after: after, limit: limit)
    }
}
