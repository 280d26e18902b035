import InventoryService
import Synchronization
import TestSupport
import Testing

@Suite struct SharedRoundsTests {
    /// Counts rounds, and holds each until it is let go.
    private final class Work: Sendable {
        let begun = Mutex(0)
        let served = Mutex(0)
        let gate = Turns(0)

        @Sendable func round() async throws(StoreError) {
            begun.withLock { $0 += 1 }
            await gate.take()
        }
    }

    @Test func `those who ask while a round runs share the next one`() async throws {
        let (rounds, work) = (SharedRounds(), Work())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { _ = try await rounds.run(work.round) }
            #expect(await eventually { work.begun.withLock { $0 } == 1 })
            for _ in 0..<20 {
                tasks.addTask {
                    try await rounds.run(work.round)
                    // Nobody is served by the round that had begun before they asked.
                    #expect(work.begun.withLock { $0 } == 2)
                    work.served.withLock { $0 += 1 }
                }
            }
            // All twenty have asked, and wait behind the first.
            #expect(await eventually { rounds.waiting == 20 })
            work.gate.giveBack()
            #expect(await eventually { work.begun.withLock { $0 } == 2 })
            #expect(work.served.withLock { $0 } == 0)
            work.gate.giveBack()
            try await tasks.waitForAll()
        }
        #expect(work.begun.withLock { $0 } == 2)
        #expect(work.served.withLock { $0 } == 20)
    }

    @Test func `a failed round fails those who shared it, and the next is tried afresh`() async throws {
        let rounds = SharedRounds()
        await #expect(throws: StoreError.self) {
            try await rounds.run { () async throws(StoreError) in throw .unavailable }
        }
        let work = Work()
        work.gate.giveBack()
        try await rounds.run(work.round)
        #expect(work.begun.withLock { $0 } == 1)
    }

    @Test func `one who goes away does not fail the round for others`() async throws {
        let (rounds, work) = (SharedRounds(), Work())
        let first = Task { try await rounds.run(work.round) }
        #expect(await eventually { work.begun.withLock { $0 } == 1 })
        let second = Task { try await rounds.run(work.round) }
        #expect(await eventually { rounds.waiting == 1 })
        first.cancel()
        work.gate.giveBack()
        #expect(await eventually { work.begun.withLock { $0 } == 2 })
        work.gate.giveBack()
        _ = try await second.value
    }
}
