import Inventory
import InventoryService
import Logging
import Synchronization
import TestSupport
import Testing

/// Following the feed, over a store in memory that tests let go on step by step.
@Suite struct EventTailTests {
    private let store = InMemoryEventStore()

    /// Where a history ends; unknown while it is made.
    private final class LastPosition: Sendable {
        let position = Mutex<Int64>(.max)
    }

    private func tail(_ set: (inout EventTail.Limits) -> Void = { _ in }) -> EventTail {
        var limits = EventTail.Limits()
        set(&limits)
        return EventTail(
            .over(store), limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func filter(_ set: (inout EventFilter) -> Void = { _ in }) -> ResolvedEventFilter {
        var filter = EventFilter()
        set(&filter)
        return ResolvedEventFilter(filter)
    }

    private func follow(
        _ tail: EventTail, after cursor: String? = nil, _ set: (inout EventFilter) -> Void = { _ in }
    ) async throws -> EventFollower {
        let cursor = try cursor.map { try #require(EventCursor($0)) }
        return try await tail.follow(filter(set), after: cursor).get().follower
    }

    /// The ids of what comes, until there are so many.
    private func ids(_ follower: EventFollower, _ count: Int) async throws -> [String] {
        var ids: [String] = []
        while ids.count < count {
            switch try await follower.next() {
            case .events(let events): ids += events.map { $0.event.cursor.description }
            case .pulse: break
            case .ended(let end):
                Issue.record("ended: \(end), after \(ids)")
                return ids
            }
        }
        return ids
    }

    @Test func `a follower gets what is committed after it began, in order and once`() async throws {
        let tail = tail()
        store.band("A", at: "L")
        let follower = try await follow(tail)
        for _ in 0..<3 { store.band("A", at: "L") }
        #expect(try await tail.poll() == 3)
        store.commit((.bandChanged, .band(BandChange("A", at: "L"))), (.bandChanged, .band(BandChange("B", at: "L"))))
        #expect(try await tail.poll() == 2)
        #expect(try await tail.poll() == 0)
        #expect(try await ids(follower, 5) == ["2-1", "3-1", "4-1", "5-1", "5-2"])
    }

    @Test func `each gets what its filter lets through, whatever it is found by`() async throws {
        let tail = tail()
        store.set("north", [LocationID(stored: "L"), LocationID(stored: "M")])
        let all = try await follow(tail)
        let ofA = try await follow(tail) { $0.sku = SKU(stored: "A") }
        let atL = try await follow(tail) { $0.location = LocationID(stored: "L") }
        let ofAAtL = try await follow(tail) {
            ($0.sku, $0.location) = (SKU(stored: "A"), LocationID(stored: "L"))
        }
        let boundToL = try await follow(tail) { $0.within = [LocationID(stored: "L")] }
        let boundToBoth = try await follow(tail) { $0.within = [LocationID(stored: "L"), LocationID(stored: "N")] }
        let silences = try await follow(tail) { $0.types = [.locationSilent] }
        var group = EventFilter()
        group.group = GroupID(stored: "north")
        let resolved = try await tail.feed.resolve(group).get()
        let north = try await tail.follow(resolved, after: nil).get().follower
        store.band("A", at: "L")
        store.band("A", at: "M")
        store.band("B", at: "L")
        store.band("A", at: nil)
        store.silence("L")
        store.silence("N")
        try await tail.poll()
        #expect(try await ids(all, 6) == ["1-1", "2-1", "3-1", "4-1", "5-1", "6-1"])
        #expect(try await ids(ofA, 3) == ["1-1", "2-1", "4-1"])
        #expect(try await ids(atL, 3) == ["1-1", "3-1", "5-1"])
        #expect(try await ids(ofAAtL, 1) == ["1-1"])
        #expect(try await ids(boundToL, 3) == ["1-1", "3-1", "5-1"])
        #expect(try await ids(boundToBoth, 4) == ["1-1", "3-1", "5-1", "6-1"])
        #expect(try await ids(silences, 2) == ["5-1", "6-1"])
        #expect(try await ids(north, 4) == ["1-1", "2-1", "3-1", "5-1"])
        // Nothing more waits for anybody.
        #expect(tail.heldBytes == 0)
    }

    @Test func `nobody there costs nothing, and the first who comes begins anew`() async throws {
        let tail = tail()
        store.band("A", at: "L")
        #expect(try await tail.poll() == nil)
        #expect(store.asked == 0)
        let first = try await follow(tail)
        store.band("A", at: "L")
        try await tail.poll()
        #expect(try await ids(first, 1) == ["2-1"])
        #expect(tail.followers == 1)
        first.leave()
        #expect(tail.followers == 0)
        let asked = store.asked
        store.band("A", at: "L")
        #expect(try await tail.poll() == nil)
        #expect(store.asked == asked)
        let next = try await follow(tail)
        store.band("A", at: "L")
        try await tail.poll()
        #expect(try await ids(next, 1) == ["4-1"])
    }

    @Test func `who comes back goes on where it was, by what is remembered and by the store`() async throws {
        let tail = tail { $0.ringEventsMax = 3 }
        for _ in 0..<4 { store.band("A", at: "L") }
        let first = try await follow(tail)
        for _ in 0..<6 { store.band("A", at: "L") }
        try await tail.poll()
        #expect(try await ids(first, 6).last == "10-1")
        // The last three are remembered.
        let asked = store.asked
        let near = try await follow(tail, after: "8-1")
        #expect(try await ids(near, 2) == ["9-1", "10-1"])
        #expect(store.asked == asked)
        let far = try await follow(tail, after: "2")
        #expect(try await ids(far, 8).first == "3-1")
        #expect(store.asked > asked)
        // Ahead of what the tail has read: the store is, too.
        store.band("A", at: "L")
        store.band("A", at: "L")
        _ = try await store.advance()
        let ahead = try await follow(tail, after: "11-1")
        try await tail.poll()
        for follower in [near, far] { #expect(try await ids(follower, 2) == ["11-1", "12-1"]) }
        #expect(try await ids(ahead, 1) == ["12-1"])
    }

    @Test func `events of commits do not wait until what they changed of availability is told`() async throws {
        let tail = tail()
        let follower = try await follow(tail)
        await store.telling.take()
        store.band("A", at: "L")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await tail.run() }
            for number in 1...3 {
                let came = try await ids(follower, 1)
                #expect(came == ["\(number)-1"])
                // The next look begins behind the end of this one, and finds what is committed until then.
                while store.telling.waiting == 0 { await Task.yield() }
                store.band("A", at: "L")
                store.telling.giveBack()
                await store.telling.take()
            }
            store.telling.giveBack()
            tasks.cancelAll()
        }
    }

    @Test func `what another process gave positions is read before this one has told what it changed`() async throws {
        let tail = tail()
        let follower = try await follow(tail)
        await store.telling.take()
        store.band("A", at: "L")
        #expect(try await store.sequence() == .done)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await tail.run() }
            let came = try await ids(follower, 1)
            #expect(came == ["1-1"])
            store.telling.giveBack()
            tasks.cancelAll()
        }
    }

    @Test func `a cursor that is too old, or another database's, is refused`() async throws {
        let tail = tail()
        for _ in 0..<4 { store.band("A", at: "L") }
        _ = try await store.advance()
        store.forget(before: 3)
        let old = try #require(EventCursor("1-1"))
        #expect(
            try await tail.follow(filter(), after: old).map { $0.from }
                == .failure(.expired(CursorExpired(oldest: .after(2)))))
        let strange = try #require(EventCursor("5-1"))
        #expect(try await tail.follow(filter(), after: strange).map { $0.from } == .failure(.ahead(end: .after(4))))
        #expect(tail.followers == 0)
        let kept = try await follow(tail, after: "2")
        #expect(try await ids(kept, 2) == ["3-1", "4-1"])
    }

    @Test func `one that does not take its events is told and cut, and nobody else notices`() async throws {
        let tail = tail { $0.queueEventsMax = 4 }
        let slow = try await follow(tail)
        let other = try await follow(tail) { $0.sku = SKU(stored: "B") }
        for _ in 0..<4 { store.band("A", at: "L") }
        try await tail.poll()
        #expect(tail.heldBytes > 0)
        store.band("A", at: "L")
        store.band("B", at: "L")
        try await tail.poll()
        guard case .ended(.slow) = try await slow.next() else {
            Issue.record("it was not cut")
            return
        }
        #expect(try await ids(other, 1) == ["6-1"])
        #expect(tail.heldBytes == 0)
        let back = try await follow(tail, after: "0")
        #expect(try await ids(back, 6).last == "6-1")
    }

    @Test func `all together hold so much, and who holds most is cut first`() async throws {
        let tail = tail {
            $0.queueBytesMax = 1 << 20
            $0.allBytesMax = 8 << 10
        }
        let greedy = try await follow(tail)
        let modest = try await follow(tail) { $0.sku = SKU(stored: "B") }
        store.band("B", at: "L")
        for _ in 0..<40 { store.band("A", at: "L") }
        try await tail.poll()
        guard case .ended(.slow) = try await greedy.next() else {
            Issue.record("it was not cut")
            return
        }
        #expect(try await ids(modest, 1) == ["1-1"])
    }

    @Test func `a pulse says how far a follower is, and never before what still waits`() async throws {
        let tail = tail()
        let follower = try await follow(tail) { $0.sku = SKU(stored: "B") }
        func pulse() async throws -> EventCursor?? {
            for group in 0..<10 { tail.pulse(group: group) }
            guard case .pulse(let cursor) = try await follower.next() else { return nil }
            return .some(cursor)
        }
        #expect(try await pulse() == .some(.after(0)))
        for _ in 0..<3 { store.band("A", at: "L") }
        try await tail.poll()
        #expect(try await pulse() == .some(.after(3)))
        store.band("B", at: "L")
        try await tail.poll()
        #expect(try await pulse() == .some(nil))
        #expect(try await ids(follower, 1) == ["4-1"])
        #expect(try await pulse() == .some(.after(4)))
    }

    @Test func `a store that is away ends nobody, and nothing is missing afterwards`() async throws {
        let tail = tail()
        let follower = try await follow(tail)
        store.band("A", at: "L")
        store.isAway = true
        await #expect(throws: StoreError.self) { try await tail.poll() }
        await #expect(throws: StoreError.self) { try await tail.follow(filter(), after: .after(9)) }
        store.isAway = false
        try await tail.poll()
        #expect(try await ids(follower, 1) == ["1-1"])
        #expect(tail.followers == 1)
    }

    @Test func `a follower that waits ends at once when its task or the service does`() async throws {
        let tail = tail()
        let waiting = try await follow(tail)
        async let ended = waiting.next()
        waiting.end(.stopping)
        guard case .ended(.stopping) = try await ended else {
            Issue.record("it was not ended")
            return
        }
        let cancelled = try await follow(tail)
        let task = Task { try await cancelled.next() }
        task.cancel()
        guard case .ended(.gone) = try await task.value else {
            Issue.record("it was not cancelled")
            return
        }
    }

    /// Followers of every kind come and read at any time while others commit and the tail reads on, with so little room that
    /// they have to go to the store and back.
    @Test func `whenever they come, followers miss nothing and get nothing twice`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let tail = tail {
            $0.ringEventsMax = 8
            $0.readersMax = 2
        }
        let anchor = try await follow(tail) { $0.types = [.proofFailed] }
        let skus = ["A", "B", "C"]
        let last = LastPosition()
        var committed: [(cursor: EventCursor, sku: String)] = []
        var tasks: [(from: EventCursor, sku: String?, task: Task<[EventCursor], any Error>)] = []
        func commit(_ skus: [String]) {
            let position = (committed.last?.cursor.position ?? 0) + 1
            for (index, sku) in skus.enumerated() {
                committed.append((EventCursor(position: position, ordinal: Int64(index + 1)), sku))
            }
            store.commit(skus.map { (.bandChanged, .band(BandChange($0, at: "L"))) })
        }
        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: commit((0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(skus) })
            case 5..<8: try await tail.poll()
            case 8:
                let sku = Bool.random(using: &random) ? random.pick(skus) : nil
                // Only what has its position already can have been received.
                let newest = try await store.ends().newest
                let received = committed.randomElement(using: &random)?.cursor
                let from = received.flatMap { $0.position <= newest ? $0 : nil } ?? .beginning
                let follower = try await tail.follow(
                    filter { $0.sku = sku.map(SKU.init(stored:)) }, after: from
                ).get().follower
                let task = Task {
                    var got: [EventCursor] = []
                    while true {
                        switch try await follower.next() {
                        case .events(let events):
                            got += events.map(\.event.cursor)
                            let isLast = got.last.map {
                                $0.position == last.position.withLock(\.self) && (sku != nil || $0.ordinal == 3)
                            }
                            if isLast == true { return got }
                        case .pulse: break
                        case .ended: return got
                        }
                    }
                }
                tasks.append((from, sku, task))
            default: await Task.yield()
            }
        }
        // One event of each, so that every follower has its last one.
        last.position.withLock { $0 = (committed.last?.cursor.position ?? 0) + 1 }
        commit(skus)
        try await tail.poll()
        #expect(tasks.count > 10)
        for (from, sku, task) in tasks {
            let expected = committed.filter { $0.cursor > from && (sku == nil || $0.sku == sku) }.map(\.cursor)
            #expect(try await task.value == expected, "seed \(seed), from \(from), \(sku ?? "all")")
        }
        #expect(anchor.filter.filter.types == [.proofFailed])
    }
}
