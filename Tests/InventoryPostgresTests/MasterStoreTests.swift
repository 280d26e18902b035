import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

@Suite struct MasterStoreTests {
    @Test func `a location comes back with everything it was given`() async throws {
        try await withShop { shop async throws in
            var location = Location(id: LocationID(stored: "L"), name: "Große Straße 1")
            location.kind = .warehouse
            location.status = .paused
            location.mode = .shadow
            location.capabilities = [.shipFrom]
            location.coordinates = Coordinates(latitude: 49.55, longitude: -8.65)
            location.timeZone = "Europe/Berlin"
            location.leadTimeMinutes = 120
            location.dailyCapacity = 40
            location.priority = 3
            location.costPerShipment = Money(amount: 499, currency: "EUR")
            location.costPerKm = Money(amount: 12, currency: "EUR")
            let period = try #require(OpeningHours.Period(opensMinute: 480, closesMinute: 1_440))
            let christmas = try #require(CivilDate(year: 2026, month: 12, day: 25))
            location.openingHours = OpeningHours(week: [.monday: [period], .sunday: []], exceptions: [christmas: []])
            let stored = try await shop.masterStore.putLocation(location, .none).get()
            #expect(stored.wasCreated && stored.version == 1)
            #expect(try await shop.masterStore.location(location.id)?.value == location)
            let again = try await shop.masterStore.putLocation(location, .versions([1])).get()
            #expect(!again.wasCreated && again.version == 1, "as it was")
            location.priority = 4
            let changed = try await shop.masterStore.putLocation(location, .versions([1])).get()
            #expect(!changed.wasCreated && changed.version == 2)
        }
    }

    @Test func `a change that expects another version is refused`() async throws {
        try await withShop { shop async throws in
            let item = Item(sku: SKU(stored: "A"), name: "A")
            #expect(
                try await shop.masterStore.putItem(item, parts: [], .exists).rejection
                    == .preconditionFailed(current: nil))
            _ = try await shop.masterStore.putItem(item, parts: [], .absent).get()
            #expect(
                try await shop.masterStore.putItem(item, parts: [], .absent).rejection
                    == .preconditionFailed(current: 1))
            #expect(
                try await shop.masterStore.putItem(item, parts: [], .versions([7])).rejection
                    == .preconditionFailed(current: 1))
            _ = try await shop.masterStore.putItem(item, parts: [], .versions([1, 7])).get()
        }
    }

    @Test func `of many who create one thing at once one creates it`() async throws {
        try await withShop { shop async throws in
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await shop.masterStore.putLocation(
                            Location(id: LocationID(stored: "L"), name: "L"), .absent
                        ).rejection == nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 1)
        }
    }

    @Test func `what has history cannot be deleted, and what was deleted comes back under its number`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("used")
            try await shop.addLocation("idle")
            _ = try await shop.send([.sale("s", "A", at: "used")])
            let store = shop.masterStore
            guard case .resourceInUse? = try await store.deleteLocation(LocationID(stored: "used"), .none).rejection,
                case .resourceInUse? = try await store.deleteSource(SourceID(stored: "till"), .none).rejection
            else { Issue.record("something in use was deleted"); return }
            #expect(try await store.deleteLocation(LocationID(stored: "idle"), .none).rejection == nil)
            #expect(try await store.location(LocationID(stored: "idle")) == nil)
            #expect(try await store.deleteLocation(LocationID(stored: "idle"), .none).rejection == .notFound)
            #expect(try await shop.send([.sale("t", "A", at: "idle")]).lines[0].verdict == .parked)
            try await shop.addLocation("idle")
            #expect(try await shop.onHand("A", "idle") == -1)
        }
    }

    @Test func `a group knows its places in order, and a channel has one group`() async throws {
        try await withShop { shop async throws in
            for place in ["x", "y", "z"] { try await shop.addLocation(place) }
            let places = ["z", "x"].map(LocationID.init(stored:))
            let web = LocationGroup(
                id: GroupID(stored: "web"), name: "Web", channel: Channel(stored: "shop"), locations: places)
            _ = try await shop.masterStore.putGroup(web, .none).get()
            #expect(try await shop.masterStore.group(web.id)?.value == web)
            var other = web
            other.id = GroupID(stored: "other")
            #expect(try await shop.masterStore.putGroup(other, .none).rejection == .channelTaken(by: web.id))
            other.channel = nil
            other.locations.append(LocationID(stored: "nowhere"))
            guard
                case .unknownReference("/locations/2", _)? = try await shop.masterStore.putGroup(other, .none).rejection
            else { Issue.record("an unknown location was taken"); return }
            guard case .resourceInUse? = try await shop.masterStore.deleteLocation(places[0], .none).rejection
            else { Issue.record("a group's location was deleted"); return }
            _ = try await shop.masterStore.deleteGroup(web.id, .none).get()
            _ = try await shop.masterStore.deleteLocation(places[0], .none).get()
        }
    }

    @Test func `aliases are found by system, code and sku, GTINs with or without leading zeros`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addItem("B")
            try await shop.addAlias("gtin", "96385074", "A")
            try await shop.addAlias("erp", "96385074", "B")
            try await shop.addAlias("erp", "x\u{20}y", "B", units: 12)
            func codes(_ filter: AliasFilter) async throws -> [String] {
                try await shop.masterStore.aliases(filter, PageRequest(limit: 1)).elements.map {
                    "\($0.value.codeSystem) \($0.value.code)"
                }
            }
            #expect(try await codes(AliasFilter(sku: SKU(stored: "A"))) == ["gtin 00000096385074"])
            #expect(
                try await codes(AliasFilter(codeSystem: .gtin, code: Code(stored: "0096385074")))
                    == ["gtin 00000096385074"])
            let page = try await shop.masterStore.aliases(AliasFilter(), PageRequest(limit: 2, includesTotal: true))
            #expect(page.total == 3 && page.hasMore)
            let last = try #require(page.elements.last?.value)
            let rest = try await shop.masterStore.aliases(
                AliasFilter(), PageRequest(after: "\(last.codeSystem)\n\(last.code)", limit: 2))
            #expect(rest.elements.map(\.value.codeSystem.text) == ["gtin"])
            let unknown = Alias(codeSystem: .gtin, code: Code(stored: "1"), sku: SKU(stored: "no"))
            guard case .unknownReference("/sku", _)? = try await shop.masterStore.putAlias(unknown, .none).rejection
            else { Issue.record("an alias of an unknown item was taken"); return }
            _ = try await shop.masterStore.deleteAlias(codeSystem: .gtin, code: Code(stored: "96385074"), .none).get()
            #expect(try await codes(AliasFilter(sku: SKU(stored: "A"))).isEmpty)
        }
    }

    @Test func `many items at once are stored once each, the last of equal ones`() async throws {
        try await withShop { shop async throws in
            let items = (0..<900).map { Item(sku: SKU(stored: "S\($0 % 450)"), name: "round \($0 / 450)") }
            try await shop.masterStore.putItems(items)
            #expect(try await shop.count("item") == 450)
            #expect(try await shop.masterStore.item(SKU(stored: "S7"))?.value.name == "round 1")
            try await shop.masterStore.putItems(Array(items.suffix(450)))
            #expect(try await shop.masterStore.item(SKU(stored: "S7"))?.version == 1, "nothing changed")
        }
    }
}

extension Result where Failure == MasterRejection {
    var rejection: MasterRejection? {
        if case .failure(let rejection) = self { rejection } else { nil }
    }
}
