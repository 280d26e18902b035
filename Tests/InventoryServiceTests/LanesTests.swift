import InventoryService
import TestSupport
import Testing

/// Single calls and bulk work before the same writers.
@Suite struct LanesTests {
    private func scheduler(besideSingles: Int = 1) -> BatchScheduler<String> {
        BatchScheduler(
            linesWaitingMax: 1_000, linesPerBatchMax: 250,
            lanes: Lanes(
                singleLinesMax: 10, singleLinesWaitingMax: 20, bulkBatchesBesideSinglesMax: besideSingles))
    }

    @Test func `a single call goes before bulk work that came earlier`() {
        var scheduler = scheduler()
        _ = scheduler.enqueue("bulk", keys: [1], lines: 250)
        _ = scheduler.enqueue("sale", keys: [2], lines: 1)
        #expect(scheduler.nextBatch()?.entries == ["sale"])
        #expect(scheduler.nextBatch()?.entries == ["bulk"])
    }

    @Test func `bulk work that fills its lane leaves single calls their room, and the other way round`() {
        var scheduler = scheduler()
        for number in 0..<4 { #expect(scheduler.enqueue("bulk", keys: [number], lines: 250) == .admitted) }
        #expect(scheduler.enqueue("bulk", keys: [9], lines: 11) == .overloaded)
        #expect(scheduler.enqueue("sale", keys: [10], lines: 10) == .admitted)
        #expect(scheduler.enqueue("sale", keys: [11], lines: 10) == .admitted)
        #expect(scheduler.enqueue("sale", keys: [12], lines: 1) == .overloaded)
        #expect(scheduler.linesWaiting == 1_020)
    }

    @Test func `bulk work has every writer while there are no single calls, and all but one for a while after`() throws
    {
        var scheduler = scheduler()
        func bulk(_ number: Int) { _ = scheduler.enqueue("bulk \(number)", keys: [number], lines: 250) }
        bulk(1)
        bulk(2)
        let (first, second) = (scheduler.nextBatch(), scheduler.nextBatch())
        #expect([first, second].map { $0?.entries } == [["bulk 1"], ["bulk 2"]])
        for batch in [first, second] { scheduler.finished(try #require(batch).id) }
        _ = scheduler.enqueue("sale", keys: [0], lines: 1)
        let sale = scheduler.nextBatch()
        scheduler.finished(try #require(sale).id)
        bulk(3)
        bulk(4)
        let third = scheduler.nextBatch()
        #expect(third?.entries == ["bulk 3"])
        #expect(scheduler.nextBatch()?.entries == nil, "a sale may come at any moment")
        scheduler.finished(try #require(third).id)
        // As many batches later nobody has sold anything.
        for number in 4..<70 {
            bulk(number + 1)
            let batch = scheduler.nextBatch()
            scheduler.finished(try #require(batch).id)
        }
        bulk(71)
        #expect(scheduler.nextBatch()?.entries == ["bulk 70"])
        #expect(scheduler.nextBatch()?.entries == ["bulk 71"])
    }

    @Test func `bulk work gets its share, however many single calls come`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("bulk", keys: [0], lines: 250)
        var order: [String] = []
        for number in 1...6 {
            _ = scheduler.enqueue("sale", keys: [number], lines: 1)
            let batch = scheduler.nextBatch()
            order += batch?.entries ?? []
            scheduler.finished(try #require(batch).id)
        }
        #expect(order == ["sale", "sale", "sale", "sale", "bulk", "sale", "sale"])
    }

    @Test func `a single call that waits for bulk work on its balance is next, and bulk that waited long has it then`()
        throws
    {
        var scheduler = scheduler()
        _ = scheduler.enqueue("bulk 1", keys: [7], lines: 250)
        _ = scheduler.enqueue("bulk 2", keys: [7], lines: 250)
        let bulk = scheduler.nextBatch()
        #expect(bulk?.entries == ["bulk 1"])
        _ = scheduler.enqueue("sale", keys: [7], lines: 1)
        #expect(scheduler.nextBatch()?.entries == nil)
        scheduler.finished(try #require(bulk).id)
        var batch = scheduler.nextBatch()
        #expect(batch?.entries == ["sale"])
        // Sales on the same balance never end, and there is always one under way.
        var sales = 0
        while sales < 100 {
            _ = scheduler.enqueue("sale", keys: [7], lines: 1)
            scheduler.finished(try #require(batch).id)
            batch = scheduler.nextBatch()
            if batch?.entries == ["bulk 2"] { break }
            sales += 1
        }
        #expect((1..<100).contains(sales))
    }

    @Test func `parts of one request go by one lane, however short the last is`() {
        var scheduler = scheduler()
        _ = scheduler.enqueue("first", keys: [1], lines: 250, of: 252)
        _ = scheduler.enqueue("last", keys: [1], lines: 2, of: 252)
        #expect(scheduler.nextBatch()?.entries == ["first"])
        #expect(scheduler.nextBatch()?.entries == nil)
    }

    @Test func `a balance that single calls have given up waiting for is free for bulk work`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("first", keys: [7], lines: 1)
        let first = scheduler.nextBatch()
        _ = scheduler.enqueue("late", keys: [7], lines: 1)
        #expect(scheduler.nextBatch()?.entries == nil)
        #expect(scheduler.removeFirst { $0 == "late" } == ["late"])
        scheduler.finished(try #require(first).id)
        _ = scheduler.enqueue("bulk", keys: [7], lines: 100)
        #expect(scheduler.nextBatch()?.entries == ["bulk"])
    }

    @Test func `bulk work at the head of its lane is not forgotten over bulk work behind it`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("sale", keys: [7], lines: 1)
        var sale = scheduler.nextBatch()
        _ = scheduler.enqueue("head", keys: [7], lines: 250)
        var others = 0
        var sales = 0
        while sales < 200 {
            _ = scheduler.enqueue("sale", keys: [7], lines: 1)
            _ = scheduler.enqueue("other", keys: [100 + others], lines: 100)
            scheduler.finished(try #require(sale).id)
            sale = scheduler.nextBatch()
            if sale?.entries == ["head"] { break }
            sales += 1
            if sale?.entries.contains("other") == true {
                others += 1
                scheduler.finished(try #require(sale).id)
                sale = scheduler.nextBatch()
            }
            if sale?.entries == ["head"] { break }
        }
        #expect((1..<200).contains(sales))
    }

    @Test func `what bulk work waits for is not kept from single calls while somebody else has it locked`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("locked", keys: [1], lines: 1)
        let locked = scheduler.nextBatch()
        let aside = scheduler.setAside([1])
        scheduler.finished(try #require(locked).id)
        _ = scheduler.enqueue("bulk", keys: [1, 2], lines: 100)
        for _ in 0..<60 {
            _ = scheduler.enqueue("sale", keys: [2], lines: 1)
            let batch = scheduler.nextBatch()
            #expect(batch?.entries == ["sale"])
            scheduler.finished(try #require(batch).id)
        }
        scheduler.finishedAside(aside)
        _ = scheduler.enqueue("sale", keys: [2], lines: 1)
        #expect(scheduler.nextBatch()?.entries == ["bulk"])
    }

    @Test func `what is set aside keeps its keys when its batch is finished, and no others`() throws {
        var scheduler = scheduler()
        _ = scheduler.enqueue("locked", keys: [1, 2], lines: 1)
        _ = scheduler.enqueue("free", keys: [2, 3], lines: 1)
        let batch = scheduler.nextBatch()
        let aside = scheduler.setAside([1, 2])
        scheduler.finished(try #require(batch).id)
        for key in 1...3 { _ = scheduler.enqueue("\(key)", keys: [key], lines: 1) }
        let next = scheduler.nextBatch()
        #expect(next?.entries == ["3"])
        scheduler.finishedAside(aside)
        #expect(!scheduler.isIdle)
        #expect(scheduler.nextBatch()?.entries == ["1", "2"])
    }

    @Test func `what waited too long is taken from the heads of both lanes`() {
        var scheduler = scheduler()
        _ = scheduler.enqueue("old bulk", keys: [1], lines: 100)
        _ = scheduler.enqueue("old sale", keys: [2], lines: 2)
        _ = scheduler.enqueue("new sale", keys: [2], lines: 3)
        #expect(scheduler.removeFirst { $0.hasPrefix("old") } == ["old sale", "old bulk"])
        #expect(scheduler.linesWaiting == 3)
        #expect(scheduler.nextBatch()?.entries == ["new sale"])
    }

    @Test(arguments: seeds)
    func `no key is in two batches, each lane keeps its order by key, and nothing waits for ever`(seed: UInt64) {
        struct Entry {
            let number: Int
            let keys: Set<Int>
            let isBulk: Bool
        }
        var generator = SeededGenerator(seed: seed)
        var scheduler = BatchScheduler<Entry>(
            linesWaitingMax: 1_000_000, linesPerBatchMax: 40,
            lanes: Lanes(singleLinesMax: 10, singleLinesWaitingMax: 1_000_000, bulkBatchesBesideSinglesMax: 1))
        var inFlight: [Int: [Entry]] = [:]
        var aside: [Int: Set<Int>] = [:]
        var lastByKey: [[Int: Int]] = [[:], [:]]
        var number = 0
        var started = 0
        var idleRounds = 0
        let count = 2_000
        while started < count {
            if number < count, generator.isOne(in: 2) {
                let keys = Set(
                    (0...Int.random(in: 0...3, using: &generator)).map { _ in
                        Int.random(in: 0..<12, using: &generator)
                    })
                let lines = Int.random(in: 1...30, using: &generator)
                _ = scheduler.enqueue(Entry(number: number, keys: keys, isBulk: lines > 10), keys: keys, lines: lines)
                number += 1
            }
            idleRounds += 1
            if inFlight.count < 2, let batch = scheduler.nextBatch() {
                idleRounds = 0
                let busy = Set(inFlight.values.joined().flatMap(\.keys)).union(aside.values.joined())
                for entry in batch.entries {
                    #expect(busy.isDisjoint(with: entry.keys), "seed \(seed)")
                    for key in entry.keys {
                        #expect(lastByKey[entry.isBulk ? 1 : 0][key] ?? -1 < entry.number, "seed \(seed)")
                        lastByKey[entry.isBulk ? 1 : 0][key] = entry.number
                    }
                }
                started += batch.entries.count
                inFlight[batch.id] = batch.entries
            }
            if generator.isOne(in: 3) || number == count, let (id, entries) = inFlight.randomElement(using: &generator)
            {
                inFlight[id] = nil
                if generator.isOne(in: 10) {
                    let keys = entries[0].keys
                    aside[scheduler.setAside(keys)] = keys
                }
                scheduler.finished(id)
            }
            if generator.isOne(in: 5), let (id, _) = aside.randomElement(using: &generator) {
                aside[id] = nil
                scheduler.finishedAside(id)
            }
            guard idleRounds < 1_000 else {
                Issue.record("nothing moves any more, seed \(seed)")
                return
            }
        }
        #expect(scheduler.isEmpty)
        #expect(scheduler.linesWaiting == 0)
    }
}
