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
        try await withFacts(scripted, { ($0.writers, $0.answerWithin) = (1, .seconds(2)) }) {
            facts async throws in
            async let first = send(facts, [.sale("1")])
            while await scripted.commitsBegun == 0 { await Task.yield() }
            async let second: Result<[Verdict], any Error> = {
                do { return .success(try await send(facts, [.sale("2")])) } catch { return .failure(error) }
            }()
            // However slow the machine: the second is past its deadline when the first is let go.
            try await Task.sleep(for: .seconds(3))
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

    func locked(_ commands: [Command]) async throws(StoreError) -> [Int] { try await store.locked(commands) }

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
