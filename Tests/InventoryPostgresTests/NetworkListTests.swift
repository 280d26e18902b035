import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import Synchronization
import TestSupport
import Testing

/// Bands that a process remembers, against bands found anew.
@Suite struct NetworkListTests {
    private static let items = (0..<12).map { "A\($0)" }
    private static let locations = ["L", "M", "N"]
    private static let filters = [
        NetworkFilter(), NetworkFilter(group: GroupID(stored: "north")), NetworkFilter(channel: Channel(stored: "web")),
        NetworkFilter(method: .ship),
    ]
    private static let questions = Band.allCases.flatMap { band in
        [nil, "a1"].map { ListFilter(band: band, text: $0) }
    }

    @Test(arguments: seeds)
    func `what two processes remember of a network stays equal to what is asked anew`(seed: UInt64) async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await Self.build(left)
                try await withShop(on: database) { right in
                    var random = SeededGenerator(seed: seed)
                    for step in 0..<25 {
                        try await Self.change(random.pick([left, right]), step, &random)
                        // Not each process asks after each change.
                        let asked = random.pick([[left], [right], [left, right]])
                        for shop in asked {
                            let filter = random.pick(Self.filters)
                            try await Self.compare(shop, [filter], hint: "seed \(seed), step \(step)")
                        }
                    }
                    for number in 0..<6 {
                        try await Self.hold(random.pick(Self.items), 3, seconds: 1, "end\(number)", right, &random)
                    }
                    for filter in Self.filters { _ = try await Self.lists(left.availability, filter) }
                    try await Task.sleep(for: .seconds(2.1))
                    try await Self.compare(left, hint: "seed \(seed), after holds have ended")
                    try await Self.compare(right, hint: "seed \(seed), after holds have ended")
                }
            }
        }
    }

    @Test func `a commit that began before a list and ended after it is in the next one`() async throws {
        try await withShop { shop in
            try await Self.build(shop)
            func inStock() async throws -> Int64? {
                try await shop.availability.items(
                    NetworkFilter(), ListFilter(band: .inStock), PageRequest(includesTotal: true)
                ).get().value.total
            }
            _ = try await shop.send([.receipt("first", "A0", at: "L", 1)])
            let before = try #require(try await inStock())
            let hasBegun = Mutex(false)
            let mayEnd = Mutex(false)
            async let slow: Void = shop.pools.write.run(timeout: .seconds(90)) { session throws(PQError) in
                try session.script(
                    """
                    begin;
                    set local idle_in_transaction_session_timeout = 0;
                    update balance set on_hand = 0, version = version + 1
                        where item_id = (select item_id from item where sku = 'A0');
                    insert into commit_log (recorded_at, lines, items)
                        select clock_timestamp(), 1, array[item_id] from item where sku = 'A0'
                    """, name: "begin")
                hasBegun.withLock { $0 = true }
                for _ in 0..<6_000 where !mayEnd.withLock({ $0 }) { usleep(10_000) }
                try session.script("commit", name: "commit")
            }
            while !hasBegun.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            // Later transactions end first.
            for (number, item) in ["A2", "A3", "A4"].enumerated() {
                _ = try await shop.send([.receipt("while/\(number)", item, at: "L", 1)])
                #expect(try await inStock() == before + Int64(number) + 1)
            }
            mayEnd.withLock { $0 = true }
            try await slow
            #expect(try await inStock() == before + 2)
        }
    }

    @Test func `commits of older programs, which do not say what they touched, are noticed`() async throws {
        try await withShop { shop in
            try await Self.build(shop)
            _ = try await shop.send([.receipt("first", "A0", at: "L", 1)])
            try await Self.compare(shop, hint: "before")
            try await shop.runSQL(
                """
                update balance set on_hand = 0 where item_id = (select item_id from item where sku = 'A0');
                insert into commit_log (recorded_at, lines) values (clock_timestamp(), 1)
                """)
            try await Self.compare(shop, hint: "after")
        }
    }

    @Test func `a list is right though the log no longer has what came since the last one`() async throws {
        try await withShop { shop in
            try await Self.build(shop)
            _ = try await shop.send([.receipt("first", "A0", at: "L", 1)])
            try await Self.compare(shop, hint: "before")
            _ = try await shop.send([.sale("second", "A0", at: "L", 1)])
            try await shop.runSQL("update commit_log set recorded_at = recorded_at - interval '8 days'")
            while try await FeedRetention(pools: shop.pools).pass().hasMore {}
            #expect(try await shop.count("commit_log") == 0)
            try await Self.compare(shop, hint: "after")
        }
    }

    private static func build(_ shop: TestShop) async throws {
        for item in items { try await shop.addItem(item) }
        for location in locations { try await shop.addLocation(location) }
        let north = LocationGroup(
            id: GroupID(stored: "north"), name: "North", channel: Channel(stored: "web"),
            locations: locations.prefix(2).map(LocationID.init(stored:)))
        _ = try await shop.masterStore.putGroup(north, .none).get()
        let kit = Item(sku: SKU(stored: "KA1"), name: "Kit")
        let parts = ["A0", "A1"].map { KitPart(item: .sku(SKU(stored: $0)), quantity: 1) }
        _ = try await shop.master.put(kit, parts: parts, .none).get()
    }

    private static func change(_ shop: TestShop, _ step: Int, _ random: inout SeededGenerator) async throws {
        let (item, location) = (random.pick(items), random.pick(locations))
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<5:
            let units = Int64.random(in: 1...12, using: &random)
            _ = try await shop.send([.receipt("r\(step)", item, at: location, units)])
        case 5..<10:
            let units = Int64.random(in: 1...8, using: &random)
            _ = try await shop.send([.sale("s\(step)", item, at: location, units)])
        case 10..<13: try await hold(item, 2, seconds: 600, "h\(step)", shop, &random)
        case 13:
            let rule = StockRule(
                kind: random.pick(StockRuleKind.allCases), id: StockRuleID(stored: "r"),
                scope: StockRuleScope(sku: random.isOne(in: 2) ? SKU(stored: item) : nil),
                quantity: Int64.random(in: 0...5, using: &random), priority: 0)
            _ = try await shop.masterStore.putRule(rule, about: rule.scope.sku.map { .sku($0) }, .none).get()
        case 14:
            try await shop.addItem("new-a1-\(step)")
            _ = try await shop.send([.receipt("n\(step)", "new-a1-\(step)", at: location, 9)])
        default: try await shop.addItem(item, status: random.pick([.active, .stopSale]))
        }
    }

    private static func hold(
        _ item: String, _ units: Int64, seconds: Int64, _ text: String, _ shop: TestShop,
        _ random: inout SeededGenerator
    ) async throws {
        let location = LocationID(stored: random.pick(locations))
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: item)), location: location, method: .pickup,
            quantity: .of(units), pointer: "", locationPointer: "")
        let new = NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: location, holdSeconds: seconds,
            allowsPartial: true, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
        let key = RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(sha256(Array(text.utf8))))
        _ = try await shop.reservations.create(new, key: key)
    }

    /// Where plans believe that the items and the kit are for sale.
    private static func compareStock(_ shop: TestShop, _ filter: NetworkFilter, _ hint: String) async throws {
        for asked in [items + ["KA1"], Array(items.prefix(2))] {
            let question = SourcingQuestion(
                items: asked.map { .sku(SKU(stored: $0)) }, filter: filter, objective: .nearest)
            let remembered = try await shop.sourcingStore.stock(question).get().lines
            let anew = try await PostgresSourcingStore(pools: shop.pools).stock(question).get().lines
            for (one, other) in zip(remembered, anew) {
                #expect(one.available == other.available, "stock of \(one.sku), \(filter): \(hint)")
            }
        }
    }

    private static func lists(
        _ store: PostgresAvailabilityStore, _ filter: NetworkFilter
    ) async throws -> [Page<ItemAvailability>] {
        var pages: [Page<ItemAvailability>] = []
        for question in questions {
            pages.append(
                try await store.items(filter, question, PageRequest(limit: 5, includesTotal: true)).get().value)
        }
        return pages
    }

    private static func compare(
        _ shop: TestShop, _ filters: [NetworkFilter] = filters, hint: String
    ) async throws {
        for filter in filters {
            let remembered = try await lists(shop.availability, filter)
            let anew = try await lists(PostgresAvailabilityStore(pools: shop.pools), filter)
            for (question, pages) in zip(questions, zip(remembered, anew)) {
                #expect(pages.0.elements == pages.1.elements, "\(question), \(filter): \(hint)")
                #expect(pages.0.total == pages.1.total, "\(question), \(filter): \(hint)")
                #expect(pages.0.hasMore == pages.1.hasMore, "\(question), \(filter): \(hint)")
            }
            try await compareStock(shop, filter, hint)
            // And the two ways of counting agree: of all, and of those of a text that all have.
            let all = try await shop.availability.items(
                filter, ListFilter(band: nil), PageRequest(includesTotal: true)
            ).get().value
            for band in Band.allCases {
                let total = try await shop.availability.items(
                    filter, ListFilter(band: band), PageRequest(includesTotal: true)
                ).get().value.total
                #expect(total == Int64(all.elements.count { $0.band == band }), "\(band), \(filter): \(hint)")
            }
        }
    }
}
