import Inventory
import InventoryService
import Logging
import Synchronization
import TestSupport
import Testing

/// A store that fails as it is told and applies every line else.
private final class ScriptedStore: BatchStore {
    enum Step: Sendable {
        case succeed
        case fail(StoreError)
        /// Commits, and loses the connection before it can say so.
        case commitAndLose
    }

    private struct State {
        var script: [Step]
        var committed: [EventKey: Int64] = [:]
        var batches: [[FactCommand]] = []
    }

    private let state: Mutex<State>
    private let delay: Duration
    /// Event ids that no batch can be written with, and what it fails with then.
    private let poison: [String: StoreError]

    init(_ script: [Step] = [], delay: Duration = .zero, poison: [String: StoreError] = [:]) {
        state = Mutex(State(script: script))
        self.delay = delay
        self.poison = poison
    }

    var batches: [[FactCommand]] { state.withLock { $0.batches } }
    var committedCount: Int { state.withLock { $0.committed.count } }

    func locked(_: [Command], within: Duration) async throws(StoreError) -> [Int] { [] }

    func commit(_ batch: [Command], within: Duration, isAside: Bool) async throws(StoreError) -> CommittedBatch {
        try? await Task.sleep(for: delay)
        let commands = batch.facts
        let result: Result<CommittedBatch, StoreError> = state.withLock { state in
            state.batches.append(commands)
            let step = state.script.isEmpty ? .succeed : state.script.removeFirst()
            if case .fail(let error) = step { return .failure(error) }
            for case .fact(let fact, _) in commands.flatMap(\.lines).map(\.content) {
                if let error = poison[fact.eventID.text] { return .failure(error) }
            }
            let outcomes = commands.map { command in
                Outcome.facts(
                    CommandOutcome(
                        lines: command.lines.map { Self.judge($0, command, &state.committed) }, isRefused: false))
            }
            if case .commitAndLose = step { return .failure(.outcomeUnknown(outcomes)) }
            return .success(
                CommittedBatch(outcomes: outcomes, firstSequence: 0, balances: [:], asOf: Timestamp(microseconds: 0)))
        }
        return try result.get()
    }

    private static func judge(
        _ line: SubmittedLine, _ command: FactCommand, _ committed: inout [EventKey: Int64]
    ) -> LineOutcome {
        guard case .fact(let fact, _) = line.content else { preconditionFailure("the tests send facts") }
        let key = EventKey(source: command.source, event: fact.eventID)
        if let sequence = committed[key] {
            return LineOutcome(
                eventID: fact.eventID.text, verdict: .duplicate, firstVerdict: .applied,
                sequence: .recorded(sequence), warnings: [])
        }
        committed[key] = Int64(committed.count)
        return LineOutcome(
            eventID: fact.eventID.text, verdict: .applied, sequence: .recorded(committed[key] ?? 0), warnings: [])
    }

    func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber { SourceNumber(1) }

    func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber { ActorNumber(1) }

    func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage { ParkedPage(ready: [], last: nil) }
}

@Suite struct FactServiceTests {
    private func withService(
        _ store: ScriptedStore, _ change: (inout FactService.Limits) -> Void = { _ in },
        _ body: (FactService) async throws -> Void
    ) async throws {
        var limits = FactService.Limits.patient
        change(&limits)
        let service = FactService(
            store: store, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = service.run()
        defer { service.drain() }
        try await body(service)
        service.drain()
        await running
    }

    private func verdicts(_ service: FactService, _ facts: [FactLine]) async throws -> [Verdict] {
        try await service.submit(source: SourceID(stored: "till"), lines: facts.map(\.submitted), isAtomic: false)
            .lines.map(\.verdict)
    }

    @Test func `a commit in doubt is resolved by sending again, and the client hears its first verdict`() async throws {
        let store = ScriptedStore([.commitAndLose])
        try await withService(store) { service async throws in
            #expect(try await verdicts(service, [.sale("a"), .sale("b")]) == [.applied, .applied])
            #expect(try await verdicts(service, [.sale("a")]) == [.duplicate])
        }
        #expect(store.committedCount == 2)
    }

    @Test(arguments: [StoreError.broken("a value that SQL refuses"), .conflict(attempts: 8)])
    func `one command that cannot be written takes no other with it`(error: StoreError) async throws {
        let store = ScriptedStore(delay: .milliseconds(5), poison: ["s37": error])
        // The one that waits is refused then. All others are written long before, also where each access is watched.
        try await withService(store, { $0.answerWithin = .seconds(15) }) { service async throws in
            let failed = await withTaskGroup(of: String?.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        do {
                            let verdicts = try await verdicts(service, [.sale("s\(number)", "item \(number)")])
                            return verdicts == [.applied] ? nil : "s\(number) is \(verdicts)"
                        } catch {
                            return "s\(number)"
                        }
                    }
                }
                return await group.reduce(into: [String]()) { if let name = $1 { $0.append(name) } }
            }
            #expect(failed == ["s37"])
        }
        #expect(store.committedCount == 99)
        // Halving costs two attempts a command at most.
        if case .broken = error { #expect(store.batches.count <= 2 * 100) }
    }

    @Test func `a duplicate stays one even when the commit was in doubt`() async throws {
        let store = ScriptedStore([.succeed, .commitAndLose])
        try await withService(store) { service async throws in
            #expect(try await verdicts(service, [.sale("a")]) == [.applied])
            #expect(try await verdicts(service, [.sale("a"), .sale("b")]) == [.duplicate, .applied])
        }
    }

    @Test func `a database that is away for a moment is waited for`() async throws {
        let store = ScriptedStore([.fail(.unavailable), .fail(.unavailable), .fail(.conflict(attempts: 8))])
        try await withService(store) { service async throws in
            #expect(try await verdicts(service, [.sale("a")]) == [.applied])
        }
    }

    @Test func `a database that stays away is reported in time`() async throws {
        let store = ScriptedStore(Array(repeating: .fail(.unavailable), count: 1_000))
        try await withService(store, { $0.answerWithin = .milliseconds(200) }) { service async throws in
            await #expect(throws: StoreError.unavailable) { try await verdicts(service, [.sale("a")]) }
        }
    }

    @Test func `a defect is not tried again`() async throws {
        let store = ScriptedStore([.fail(.broken("x"))])
        try await withService(store) { service async throws in
            await #expect(throws: StoreError.broken("x")) { try await verdicts(service, [.sale("a")]) }
        }
        #expect(store.batches.count == 1)
    }

    @Test func `requests that arrive during a commit share the next one`() async throws {
        let store = ScriptedStore()
        let held = ScriptedBatchStore(store, [.hold])
        try await withFacts(held, { $0.writers = 1 }) { service async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await self.verdicts(service, [.sale("e0", "S0")]) }
                while await held.commitsBegun == 0 { try await Task.sleep(for: .milliseconds(5)) }
                for number in 1..<40 {
                    group.addTask { _ = try await self.verdicts(service, [.sale("e\(number)", "S\(number)")]) }
                }
                #expect(await eventually { service.queue.waiting.singleLines == 39 })
                await held.release()
                try await group.waitForAll()
            }
        }
        #expect(store.committedCount == 40)
        #expect(store.batches.count == 2, "40 requests took \(store.batches.count) commits")
    }

    @Test func `who is called back hears what others wait for, of an unknown source and of a known one`() async throws {
        let store = ScriptedStore([.succeed, .commitAndLose, .succeed, .succeed, .fail(.broken("x"))])
        try await withService(store) { service async throws in
            #expect(try await calledBack(service, [.sale("a")]) == [.applied])
            #expect(try await calledBack(service, [.sale("b")]) == [.applied])
            #expect(try await calledBack(service, [.sale("a"), .sale("c")]) == [.duplicate, .applied])
            await #expect(throws: StoreError.broken("x")) { try await calledBack(service, [.sale("d")]) }
            // One that is written in parts.
            let many = (0..<600).map { FactLine.sale("e\($0)", "S\($0 % 50)") }
            #expect(try await calledBack(service, many) == Array(repeating: .applied, count: 600))
        }
    }

    private func calledBack(_ service: FactService, _ facts: [FactLine]) async throws -> [Verdict] {
        try await withCheckedContinuation { continuation in
            service.submit(
                source: SourceID(stored: "till"), lines: facts.map(\.submitted), isAtomic: false, by: nil
            ) { continuation.resume(returning: $0) }
        }.get().lines.map(\.verdict)
    }

    @Test func `a long request is cut into batches and answered in its own order`() async throws {
        let store = ScriptedStore()
        try await withService(store) { service async throws in
            let facts = (0..<3_500).map { FactLine.sale("e\($0)", "S\($0 % 50)") }
            let answer = try await service.submit(
                source: SourceID(stored: "till"), lines: facts.map(\.submitted), isAtomic: false)
            #expect(answer.lines.map(\.eventID) == facts.map(\.eventID.text))
        }
        #expect(store.batches.flatMap { $0 }.map(\.lines.count) == Array(repeating: 250, count: 14))
    }

    @Test func `an atomic request is never cut`() async throws {
        let store = ScriptedStore()
        try await withService(store) { service async throws in
            let facts = (0..<1_500).map { FactLine.sale("e\($0)") }
            _ = try await service.submit(
                source: SourceID(stored: "till"), lines: facts.map(\.submitted), isAtomic: true)
        }
        #expect(store.batches.flatMap { $0 }.map(\.lines.count) == [1_500])
    }

    @Test func `too much waiting is refused at once`() async throws {
        let store = ScriptedBatchStore(InMemoryStore(items: ["A"], locations: ["L"]), [.hold])
        try await withFacts(store, { ($0.singleLinesWaitingMax, $0.writers) = (2, 1) }) { service async throws in
            let refused = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        do {
                            _ = try await self.verdicts(service, [.sale("e\(number)")])
                            return false
                        } catch { return error as? StoreError == .overloaded }
                    }
                }
                // At most two are written and two wait. Nothing moves before the other six were told.
                var refused = 0
                for await isRefused in group where isRefused {
                    refused += 1
                    if refused == 6 { await store.release() }
                }
                return refused
            }
            #expect(refused >= 6)
        }
    }

    @Test func `shutting down writes what was accepted and refuses what comes after`() async throws {
        let store = ScriptedBatchStore(InMemoryStore(items: ["A"], locations: ["L"]), [.hold])
        var limits = FactService.Limits.patient
        limits.writers = 1
        let service = FactService(
            store: store, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = service.run()
        async let first = verdicts(service, [.sale("a")])
        while await store.commitsBegun == 0 { try await Task.sleep(for: .milliseconds(5)) }
        // One is being written, and one waits.
        async let second = verdicts(service, [.sale("b")])
        #expect(await eventually { service.queue.waiting.singleLines == 1 })
        service.drain()
        await store.release()
        #expect(try await first == [.applied])
        #expect(try await second == [.applied])
        await running
        await #expect(throws: StoreError.unavailable) { try await verdicts(service, [.sale("c")]) }
    }
}
