import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// A PUT of what is there already, and numbers that are not to be burned.
@Suite struct UnchangedPutTests {
    private func number(_ shop: TestShop, _ name: String, _ sql: String) async throws -> Int64 {
        try await shop.pools.read.run(timeout: .seconds(10)) { session throws(PQError) in
            try session.query(Statement("test_\(name)", sql: sql))[0].int8(0)
        }
    }

    /// The epoch of names and rules, and how many commits noted a change.
    private func marks(_ shop: TestShop) async throws -> [Int64] {
        [
            try await number(shop, "epoch", "select epoch from config_epoch"),
            try await number(shop, "commits", "select count(*) from commit_log"),
            try await number(
                shop, "history",
                "select (select count(*) from item_history) + (select count(*) from location_history) "
                    + "+ (select count(*) from location_group_history)"),
        ]
    }

    /// What identity columns have given out so far.
    private func numbersTaken(_ shop: TestShop) async throws -> [Int64] {
        var taken: [Int64] = []
        for (table, column) in [
            ("item", "item_id"), ("location", "location_id"), ("location_group", "group_id"),
            ("source", "source_id"), ("expected_supply", "supply_id"),
        ] {
            taken.append(
                try await number(
                    shop, "sequence_\(table)",
                    "select coalesce(pg_sequence_last_value(pg_get_serial_sequence('\(table)', '\(column)')), 0)"))
        }
        return taken
    }

    private let item = Item(sku: SKU(stored: "A"), name: "A")
    private let kit = Item(sku: SKU(stored: "K"), name: "K")
    private let parts = [KitPart(item: .sku(SKU(stored: "A")), quantity: 2)]
    private let source = Source(
        id: SourceID(stored: "s"), name: "Till", codeSystem: CodeSystem(stored: "x"),
        locations: [LocationID(stored: "L")])
    private let group = LocationGroup(
        id: GroupID(stored: "g"), name: "G", channel: Channel(stored: "web"), locations: [LocationID(stored: "L")])
    private let alias = Alias(
        codeSystem: CodeSystem(stored: "x"), code: Code(stored: "1"), sku: SKU(stored: "A"), unitsPerCode: .one)

    private var location: Location {
        var location = Location(id: LocationID(stored: "L"), name: "L")
        location.coordinates = Coordinates(latitude: 49.5, longitude: 8.25)
        location.costPerKm = Money(amount: 12, currency: "EUR")
        return location
    }

    private func supply(_ units: Int64) -> ExpectedSupply {
        let at = Timestamp(microseconds: 4_000_000_000_000_000)
        return ExpectedSupply(
            id: SupplyID(stored: "p"), sku: SKU(stored: "A"), location: LocationID(stored: "L"), quantity: units,
            expectedAt: at, firstExpectedAt: at, reference: nil)
    }

    /// Puts everything; what came of it, in order: versions.
    private func putAll(_ shop: TestShop, _ change: Int64 = 0) async throws -> [Int64] {
        let store = shop.masterStore
        var (item, kit, location, source, group, alias) = (item, kit, location, source, group, alias)
        if change > 0 {
            item.name = "A\(change)"
            kit.name = "K\(change)"
            location.priority = change
            source.name = "Till \(change)"
            group.name = "G\(change)"
            alias.unitsPerCode = UnitsPerCode(units: change + 1) ?? .one
        }
        return [
            try await store.putItem(item, parts: [], .none).get().version,
            try await store.putItem(kit, parts: parts, .none).get().version,
            try await store.putLocation(location, .none).get().version,
            try await store.putSource(source, .none).get().version,
            try await store.putGroup(group, .none).get().version,
            try await store.putAlias(alias, .none).get().version,
            try await store.putSupply(supply(5 + change), of: .sku(item.sku), .none).get().version,
        ]
    }

    @Test func `what is put as it is keeps its version, its history, the epoch and the change log`() async throws {
        try await withShop { shop async throws in
            _ = try await putAll(shop)
            let (versions, marks) = (try await putAll(shop), try await marks(shop))
            for _ in 0..<3 {
                #expect(try await putAll(shop) == versions)
                try await shop.masterStore.putItems([item, kit])
            }
            #expect(try await self.marks(shop) == marks)
            #expect(try await putAll(shop, 1) == versions.map { $0 + 1 })
            #expect(try await self.marks(shop)[0] > marks[0])
            #expect(try await shop.masterStore.item(SKU(stored: "K"))?.value.components.count == 1)
        }
    }

    @Test func `no number is taken for what is known, changed or not`() async throws {
        try await withShop { shop async throws in
            _ = try await putAll(shop)
            let taken = try await numbersTaken(shop)
            for change in [0, 1, 2, 2] as [Int64] { _ = try await putAll(shop, change) }
            try await shop.masterStore.putItems([item, kit])
            // What comes back after it was deleted has its own number again.
            _ = try await shop.masterStore.deleteSource(source.id, .none).get()
            _ = try await shop.masterStore.putSource(source, .none).get()
            _ = try await shop.masterStore.deleteSource(source.id, .none).get()
            _ = try await shop.send([.sale("1", "A", at: "L", 1)], source: "s")
            #expect(try await numbersTaken(shop) == taken)
            try await shop.addItem("B")
            #expect(try await numbersTaken(shop)[0] == taken[0] + 1)
        }
    }

    @Test func `a precondition comes before the answer that nothing is changed`() async throws {
        try await withShop { shop async throws in
            _ = try await putAll(shop)
            #expect(
                try await shop.masterStore.putLocation(location, .absent).rejection
                    == .preconditionFailed(current: 1))
            #expect(
                try await shop.masterStore.putItem(item, parts: [], .versions([7])).rejection
                    == .preconditionFailed(current: 1))
        }
    }

    /// Took 8.7 seconds and 250 MB once.
    @Test func `great numbers make no list longer`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            for id in ["L", "M", "P"] { try await shop.addLocation(id) { if id == "P" { $0.status = .paused } } }
            try await shop.runSQL("alter table location alter column location_id restart with 5000000")
            try await shop.runSQL("alter table item alter column item_id restart with 500000000")
            try await shop.addItem("B")
            for id in ["Q", "R", "S"] { try await shop.addLocation(id) { if id == "R" { $0.status = .paused } } }
            // One that is gone leaves its stock where nobody may sell it.
            for id in ["L", "M", "P", "Q", "R", "S"] {
                for (place, sku) in ["A", "B"].enumerated() {
                    _ = try await shop.send([.receipt("\(id)/\(sku)", sku, at: id, Int64(place + 1))])
                }
            }
            let started = ContinuousClock.now
            for _ in 0..<2 {
                for (band, expected) in [(nil, ["A 4", "B 8"]), (.inStock, ["A 4", "B 8"]), (.out, [])]
                    as [(Band?, [String])]
                {
                    let page = try await shop.availability.items(
                        NetworkFilter(), ListFilter(band: band, text: nil), PageRequest(includesTotal: true)
                    ).get().value
                    #expect(page.elements.map { "\($0.sku) \($0.availableToSell)" } == expected)
                    #expect(page.total == Int64(expected.count))
                }
            }
            // Sized by the greatest id, a page takes about nine seconds, and these are six.
            #expect(started.duration(to: .now) < .seconds(25))
        }
    }
}
