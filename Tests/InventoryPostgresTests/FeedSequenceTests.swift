import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// Positions of the feed: nothing is skipped, nothing of one item is out of order, and nobody waits for a long transaction.
@Suite struct FeedSequenceTests {
    private static func prepare(_ shop: TestShop) async throws {
        for sku in ["A", "B"] { try await shop.addItem(sku) }
        for location in ["L", "M"] { try await shop.addLocation(location) }
    }

    /// A commit that tells that a location fell silent, as a transaction of its own would append it.
    private static func silent(_ location: String) -> String {
        """
        insert into commit_log (recorded_at, lines, items, change_kinds, change_keys)
        values (clock_timestamp(), 0, '{}', '{11}', '{\(location)}');
        """
    }

    @Test func `a commit that becomes visible late is told behind those that overtook it`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { shop in
                try await Self.prepare(shop)
                let start = try await shop.feedEnd()
                try await whileHeld(Self.silent("L"), on: database, untilWaiting: 0) {}
                // The number of this one is drawn first, and its transaction ends last.
                try await whileHeld(Self.silent("M"), on: database, untilWaiting: 0) {
                    try await shop.send([.receipt("1", "A", at: "L", 5)])
                    let told = try await shop.feed(after: start)
                    #expect(
                        told.map(\.type) == [
                            .locationSilent, .movementRecorded, .availabilityChanged, .bandChanged, .bandChanged,
                        ])
                    #expect(try await shop.count("feed_progress where cardinality(gaps) = 1") == 1)
                }
                let all = try await shop.feed(after: start)
                let silent = all.filter { $0.type == .locationSilent }
                #expect(silent.map(\.placeName) == ["L", "M"])
                #expect(all.last?.placeName == "M", "\(all.map(\.type))")
                #expect(try await shop.count("feed_progress where gaps = '{}' and gap_xids = '{}'") == 1)
            }
        }
    }

    @Test func `a look at all balances does not wait for commits that never stop`() async throws {
        try await withShop { shop in
            try await Self.prepare(shop)
            try await shop.send([.receipt("0", "A", at: "L", 1)])
            let start = try await shop.feedEnd()
            try await shop.send([.receipt("1", "A", at: "L", 5)])
            // As after long in which nobody followed.
            try await shop.runSQL("update feed_progress set is_behind = true")
            _ = try await shop.eventStore.sequence()
            try await shop.send([.receipt("2", "B", at: "L", 7)])
            #expect(try await shop.eventStore.tell() == .more)
            #expect(try await shop.count("feed_scan") == 1)
            let told = try await shop.feed(after: start).compactMap { event in
                if case .availability(let view) = event.data { "\(view.sku) \(view.availableToSell)" } else { nil }
            }
            #expect(told.sorted() == ["A 6", "B 7"])
        }
    }

    @Test func `a number that was drawn for nothing is given up once nobody can bring it`() async throws {
        try await withShop { shop in
            try await Self.prepare(shop)
            let start = try await shop.feedEnd()
            try await shop.runSQL(
                "do $$ begin perform nextval(pg_get_serial_sequence('commit_log', 'commit_id')); end $$")
            try await shop.send([.receipt("1", "A", at: "L", 5)])
            #expect(try await shop.feed(after: start).first?.type == .movementRecorded)
            #expect(try await shop.count("feed_progress where cardinality(gaps) = 1") == 1)
            // Transactions of the tests beside this one may be older, and hold it back for a while.
            for number in 2...500 where try await shop.count("feed_progress where gaps = '{}'") == 0 {
                try await shop.send([.receipt("\(number)", "A", at: "L", 5)])
                _ = try await shop.feed(after: start)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await shop.count("feed_progress where gaps = '{}' and gap_xids = '{}'") == 1)
        }
    }

    @Test func `a hold that ends while a pass waits for another is told by the next`() async throws {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await Self.prepare(shop)
                try await shop.send([.receipt("1", "A", at: "L", 5)])
                let line = WantedLine(
                    id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                    method: .pickup, quantity: .of(5), pointer: "", locationPointer: "")
                let new = NewReservation(
                    reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "L"),
                    holdSeconds: 1, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
                let (start, end) = try await Self.hold(new, shop)
                // Something to do, so that a pass begins.
                try await shop.send([.receipt("2", "B", at: "L", 1)])
                _ = try await shop.eventStore.sequence()
                let lock = "select pg_advisory_xact_lock(hashtextextended(current_schema(), 7021009));"
                try await whileHeld(lock, on: database, untilWaiting: 2) {
                    async let pass = shop.eventStore.tell()
                    try await shop.awaitWaiting(1)
                    while try await shop.count("config_epoch where clock_timestamp() > '\(end)'::timestamptz") == 0 {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    async let other: Void = shop.runSQL(lock)
                    _ = try await pass
                    try await other
                }
                let told = try await shop.feed(after: start).compactMap { event in
                    if case .availability(let view) = event.data, view.sku.text == "A" {
                        view.availableToSell
                    } else {
                        nil
                    }
                }
                #expect(told == [5])
            }
        }
    }

    /// Makes a hold that has not ended when the feed's end is known, and makes another where the machine was too slow for that.
    private static func hold(
        _ new: NewReservation, _ shop: TestShop
    ) async throws -> (start: EventCursor, end: Timestamp) {
        var tries = 0
        while true {
            tries += 1
            let key = RequestKey(text: RequestKeyText(stored: "h\(tries)"), fingerprint: Fingerprint(sha256([1])))
            let held = try await shop.reservations.create(new, key: key).get()
            let end = try #require(held.reservation.expiresAt)
            let start = try await shop.feedEnd()
            let isOver = try await shop.count("config_epoch where clock_timestamp() > '\(end)'::timestamptz") == 1
            if !isOver || tries == 20 { return (start, end) }
        }
    }

    @Test func `neither a dump nor a long writer beside it holds the feed up`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { shop in
                try await Self.prepare(shop)
                let start = try await shop.feedEnd()
                let dump = "set transaction isolation level repeatable read; select count(*) from movement;"
                let writer = "create table of_somebody_else (n int4); insert into of_somebody_else values (1);"
                try await whileHeld(dump, on: database, untilWaiting: 0) {
                    try await whileHeld(writer, on: database, untilWaiting: 0) {
                        for number in 1...3 {
                            try await shop.send([.receipt("\(number)", "A", at: "L", 5)])
                            let movements = try await shop.feed(after: start).filter { $0.type == .movementRecorded }
                            #expect(movements.count == number)
                        }
                    }
                }
            }
        }
    }

    @Test func `whoever dies while it gives positions leaves nothing behind`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { shop in
                try await Self.prepare(shop)
                let start = try await shop.feedEnd()
                try await shop.send([.receipt("1", "A", at: "L", 5)])
                let half = """
                    select pg_advisory_xact_lock(hashtextextended(current_schema(), 7021009));
                    insert into feed_position (position, commit_id, recorded_at)
                    select p.newest + 1, max(c.commit_id), now() from feed_progress p, commit_log c group by p.newest;
                    update feed_progress set newest = newest + 1, high = high + 1;
                    """
                await #expect(throws: (any Error).self) {
                    // For one more than waits, or it would end by itself before it is ended.
                    try await whileHeld(half, on: database, untilWaiting: 2) {
                        async let told = shop.feed(after: start)
                        try await shop.awaitWaiting(1)
                        // As when its process is killed.
                        try await shop.runSQL(
                            """
                            select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
                            where l.locktype = 'advisory' and l.granted and d.datname = current_database()
                            """)
                        #expect(try await told.map(\.type).prefix(1) == [.movementRecorded])
                    }
                }
                let all = try await shop.feed(after: start)
                #expect(all.filter { $0.type == .movementRecorded }.count == 1)
            }
        }
    }

    @Test func `two processes that write and follow tell every line once, and each balance in order`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { one in
                try await withShop(on: database) { other in
                    try await Self.prepare(one)
                    let start = try await one.feedEnd()
                    let lines = 40
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for (name, shop) in [("one", one), ("other", other), ("third", one)] {
                            tasks.addTask {
                                for number in 1...lines {
                                    let sku = number.isMultiple(of: 3) ? "B" : "A"
                                    try await shop.send([.receipt("\(name)/\(number)", sku, at: "L", 1)], source: name)
                                }
                            }
                        }
                        for shop in [one, other] {
                            tasks.addTask { for _ in 1...60 { _ = try await shop.eventStore.advance() } }
                        }
                        try await tasks.waitForAll()
                    }
                    let events = try await other.feed(after: start)
                    #expect(events.map(\.cursor) == events.map(\.cursor).sorted())
                    #expect(Set(events.map(\.cursor)).count == events.count)
                    let versions = events.movements
                    #expect(versions.values.map(\.count).reduce(0, +) == 3 * lines)
                    for (balance, versions) in versions {
                        #expect(versions == Array(1...Int64(versions.count)), "\(balance)")
                    }
                    // Whoever reads in small pages sees the same.
                    let pages = try await one.feed(after: start, limit: 7)
                    #expect(pages.map(\.cursor) == events.map(\.cursor))
                    #expect(pages.map(\.type) == events.map(\.type))
                }
            }
        }
    }

    @Test func `what nobody follows gets its positions all the same, however much it is`() async throws {
        try await withShop { shop in
            try await shop.runSQL(
                """
                insert into commit_log (recorded_at, lines, items, locations)
                select clock_timestamp() - interval '8 days', 0, '{}', '{}' from generate_series(1, 12000)
                """)
            let retention = FeedRetention(pools: shop.pools)
            while try await retention.pass().hasMore {}
            #expect(try await shop.count("commit_log") == 0)
            #expect(try await shop.eventStore.ends() == FeedEnds(oldest: 12_001, newest: 12_000))
        }
    }

    @Test func `what is older than the feed is kept is gone, and whoever stands there is told`() async throws {
        try await withShop { shop in
            try await Self.prepare(shop)
            for number in 1...5 { try await shop.send([.receipt("\(number)", "A", at: "L", 1)]) }
            _ = try await shop.feed(after: .beginning)
            let newest = try await shop.eventStore.ends().newest
            try await shop.runSQL(
                "update feed_position set recorded_at = recorded_at - interval '8 days' where position < \(newest - 2)")
            let retention = FeedRetention(pools: shop.pools)
            while try await retention.pass().hasMore {}
            #expect(try await shop.eventStore.ends() == FeedEnds(oldest: newest - 2, newest: newest))
            let filter = ResolvedEventFilter(EventFilter())
            let expired = try await shop.eventStore.events(after: .after(newest - 5), filter, limit: 10)
            guard case .failure(let expired) = expired else {
                Issue.record("a cursor before the oldest is answered")
                return
            }
            #expect(expired.oldest == .after(newest - 3))
            let rest = try await shop.eventStore.events(after: expired.oldest, filter, limit: 10).get()
            #expect(rest.next == .after(newest))
            // What was there is still there: only the feed has forgotten it.
            #expect(try await shop.count("movement") == 5)
        }
    }
}

extension TestShop {
    /// Behind all that is committed now.
    func feedEnd() async throws -> EventCursor {
        while try await eventStore.advance() {}
        return .after(try await eventStore.ends().newest)
    }

    /// All events behind a cursor, once everything is told.
    func feed(after cursor: EventCursor, limit: Int = 1_000) async throws -> [FeedEvent] {
        while try await eventStore.advance() {}
        var (events, cursor): ([FeedEvent], EventCursor) = ([], cursor)
        while true {
            let page = try await eventStore.events(
                after: cursor, ResolvedEventFilter(EventFilter()), limit: limit
            ).get()
            #expect(page.events.count <= limit)
            events += page.events
            cursor = page.next
            if !page.hasMore { return events }
        }
    }
}

extension FeedEvent {
    fileprivate var placeName: String? {
        if case .silence(let location, _) = data { location.text } else { nil }
    }
}

extension [FeedEvent] {
    /// The versions of each balance's lines, in the order told.
    fileprivate var movements: [BalanceKey: [Int64]] {
        var versions: [BalanceKey: [Int64]] = [:]
        for event in self {
            if case .movement(let entry) = event.data {
                versions[entry.line.key, default: []].append(entry.line.version)
            }
        }
        return versions
    }
}

/// What the proof finds is told as well.
@Suite struct ProofEventTests {
    @Test func `a balance that is not the fold of its lines is told`() async throws {
        try await withShop { shop in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            try await shop.send([.receipt("1", "A", at: "L", 5)])
            let start = try await shop.feedEnd()
            try await shop.proof.tell(try await shop.prove().failures)
            #expect(try await shop.feed(after: start).isEmpty, "nothing is wrong")
            try await shop.runSQL("update balance set on_hand = 6")
            let failures = try await shop.prove().failures
            try await shop.proof.tell(failures)
            let told = try #require(try await shop.feed(after: start).first { $0.type == .proofFailed })
            guard case .proof(let sku, let location, let defect) = told.data else {
                Issue.record("no proof is told")
                return
            }
            #expect(sku.text == "A" && location.text == "L")
            #expect(defect == failures.first?.detail)
        }
    }
}
