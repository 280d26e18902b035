import InventoryService
import TestSupport
import Testing

@Suite struct BatchSchedulerTests {
    private func scheduler(waiting: Int = 100, perBatch: Int = 10) -> BatchScheduler<String> {
        BatchScheduler(linesWaitingMax: waiting, linesPerBatchMax: perBatch)
    }

    @Test func `what waits forms the next batch, in order of arrival`() {
        var scheduler = scheduler()
        for (index, entry) in ["a", "b", "c"].enumerated() {
            #expect(scheduler.enqueue(entry, keys: [index], lines: 1) == .admitted)
        }
        #expect(scheduler.nextBatch()?.entries == ["a", "b", "c"])
        #expect(scheduler.nextBatch()?.entries == nil)
    }

    @Test func `commands on one key share a batch, and wait for one in flight`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("a", keys: [1], lines: 1)
        _ = scheduler.enqueue("b", keys: [1], lines: 1)
        let next = scheduler.nextBatch()
        let first = try #require(next)
        #expect(first.entries == ["a", "b"])
        _ = scheduler.enqueue("c", keys: [1], lines: 1)
        #expect(scheduler.nextBatch()?.entries == nil)
        scheduler.finished(first.id)
        #expect(scheduler.nextBatch()?.entries == ["c"])
    }

    @Test func `a command that must wait blocks its keys for later ones`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("a", keys: [1], lines: 1)
        let next = scheduler.nextBatch()
        let first = try #require(next)
        _ = scheduler.enqueue("b", keys: [1, 2], lines: 1)
        _ = scheduler.enqueue("c", keys: [2], lines: 1)
        _ = scheduler.enqueue("d", keys: [3], lines: 1)
        #expect(scheduler.nextBatch()?.entries == ["d"], "c may not overtake b on key 2")
        scheduler.finished(first.id)
        #expect(scheduler.nextBatch()?.entries == ["b", "c"])
    }

    @Test func `a batch is bounded in lines, but a larger command goes alone`() {
        var scheduler = scheduler(waiting: 1_000)
        _ = scheduler.enqueue("a", keys: [1], lines: 6)
        _ = scheduler.enqueue("b", keys: [2], lines: 6)
        _ = scheduler.enqueue("huge", keys: [3], lines: 500)
        #expect(scheduler.nextBatch()?.entries == ["a"])
        #expect(scheduler.nextBatch()?.entries == ["b"])
        #expect(scheduler.nextBatch()?.entries == ["huge"])
    }

    @Test func `a full queue says so`() {
        var scheduler = scheduler(waiting: 10)
        #expect(scheduler.enqueue("a", keys: [1], lines: 8) == .admitted)
        #expect(scheduler.enqueue("b", keys: [2], lines: 3) == .overloaded)
        #expect(scheduler.enqueue("c", keys: [3], lines: 2) == .admitted)
        _ = scheduler.nextBatch()
        #expect(scheduler.enqueue("d", keys: [4], lines: 10) == .admitted)
    }

    @Test(arguments: seeds)
    func `no key is ever in two batches at once, and each key's commands keep their order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var scheduler = BatchScheduler<(number: Int, keys: Set<Int>)>(linesWaitingMax: 10_000, linesPerBatchMax: 20)
        var inFlight: [Int: [(number: Int, keys: Set<Int>)]] = [:]
        var lastByKey: [Int: Int] = [:]
        var started = 0
        let count = 2_000
        var number = 0
        while started < count {
            if number < count, generator.isOne(in: 2) {
                let keys = Set(
                    (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                        Int.random(in: 0..<12, using: &generator)
                    })
                _ = scheduler.enqueue((number, keys), keys: keys, lines: Int.random(in: 1...30, using: &generator))
                number += 1
            }
            if inFlight.count < 3, let batch = scheduler.nextBatch() {
                let busy = Set(inFlight.values.joined().flatMap(\.keys))
                for entry in batch.entries {
                    #expect(busy.isDisjoint(with: entry.keys), "seed \(seed)")
                    for key in entry.keys {
                        #expect(lastByKey[key] ?? -1 < entry.number, "seed \(seed)")
                        lastByKey[key] = entry.number
                    }
                }
                started += batch.entries.count
                inFlight[batch.id] = batch.entries
            }
            if generator.isOne(in: 3) || number == count, let id = inFlight.keys.randomElement(using: &generator) {
                inFlight[id] = nil
                scheduler.finished(id)
            }
        }
        #expect(scheduler.isEmpty)
        #expect(scheduler.linesWaiting == 0)
    }
}

/// What the search that is not repeated must not miss.
@Suite struct BlockedQueueTests {
    @Test func `an arrival with free keys is found although the whole queue was blocked before`() {
        var scheduler = BatchScheduler<String>(linesWaitingMax: 100, linesPerBatchMax: 10)
        #expect(scheduler.enqueue("first", keys: [1], lines: 1) == .admitted)
        let first = scheduler.nextBatch()
        #expect(first?.entries == ["first"])
        #expect(scheduler.enqueue("blocked", keys: [1, 2], lines: 1) == .admitted)
        #expect(scheduler.nextBatch()?.entries == nil)
        // Blocked by what is in flight, and by what waits.
        #expect(scheduler.enqueue("behind", keys: [2], lines: 1) == .admitted)
        #expect(scheduler.nextBatch()?.entries == nil)
        #expect(scheduler.enqueue("free", keys: [3], lines: 1) == .admitted)
        #expect(scheduler.nextBatch()?.entries == ["free"])
        #expect(scheduler.nextBatch()?.entries == nil)
        if let first { scheduler.finished(first.id) }
        #expect(scheduler.nextBatch()?.entries == ["blocked", "behind"])
        #expect(scheduler.nextBatch()?.entries == nil)
    }
}
