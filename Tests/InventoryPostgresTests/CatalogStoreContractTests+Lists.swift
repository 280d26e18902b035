import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Lists, and what comes in lists.
extension CatalogStoreContractTests {
    @Test(arguments: Ports.Kind.allCases)
    func `many items at once are stored once each, the last of equal ones`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            let items = (0..<900).map { ListedItem(Item(sku: SKU(stored: "S\($0 % 450)"), name: "round \($0 / 450)")) }
            try await catalog.putItems(items, by: nil)
            let page = try await catalog.items(ItemFilter(), PageRequest(limit: 1, includesTotal: true))
            #expect(page.total == 450)
            #expect(try await catalog.item(SKU(stored: "S7"))?.value.name == "round 1")
            try await catalog.putItems(Array(items.suffix(450)), by: nil)
            #expect(try await catalog.item(SKU(stored: "S7"))?.version == 1, "nothing changed")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a list leaves as it is what it does not say`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            for sku in ["A", "part"] { try await ports.addItem(sku) }
            var item = Item(sku: SKU(stored: "A"), name: "A", unit: .gram, status: .stopSale)
            item.family = Family(stored: "F")
            item.attributes = [.init(name: "size", value: "M")]
            let parts = [KitPart(item: .sku(SKU(stored: "part")), quantity: 2)]
            let kit = try await catalog.putItem(item, parts: parts, .none, by: nil).get()
            #expect(kit.version == 2, "one change, whatever it changes")
            let plain = Item(sku: item.sku, name: "B")
            try await catalog.putItems([ListedItem(plain, namesUnit: false, namesStatus: false)], by: nil)
            var expected = kit.value
            expected.name = "B"
            let found = try #require(try await catalog.item(item.sku))
            #expect(found.value == expected && found.version == 3)
            try await catalog.putItems([ListedItem(plain)], by: nil)
            (expected.unit, expected.status) = (.each, .active)
            #expect(try await catalog.item(item.sku)?.value == expected)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `lists are in the order of bytes, page by page, and narrowed by each filter`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            let ids = ["b", "É", "a", "B", "é", "Z"]
            for id in ids {
                try await ports.addLocation(id) { if id == "a" { ($0.status, $0.mode) = (.paused, .shadow) } }
            }
            let inOrder = ["B", "Z", "a", "b", "É", "é"]
            for order in LocationOrder.allCases {
                var (found, after) = ([String](), String?.none)
                while true {
                    let page = try await catalog.locations(
                        LocationFilter(), in: order, PageRequest(after: after, limit: 4, includesTotal: true))
                    #expect(page.total == 6)
                    found += page.elements.map(\.stored.value.id.text)
                    guard page.hasMore, let last = page.elements.last else { break }
                    after = last.key(in: order)
                }
                #expect(found == inOrder, "\(order)")
            }
            func listed(_ change: (inout LocationFilter) -> Void) async throws -> [String] {
                var filter = LocationFilter()
                change(&filter)
                return try await catalog.locations(filter, in: .id, PageRequest()).elements.map(\.stored.value.id.text)
            }
            #expect(try await listed { $0.status = .paused } == ["a"])
            #expect(try await listed { $0.mode = .live } == ["B", "Z", "b", "É", "é"])
            #expect(try await listed { $0.silent = true } == [])
            #expect(try await listed { $0.silent = false } == inOrder)
            #expect(try await listed { $0.within = [LocationID(stored: "Z"), LocationID(stored: "no")] } == ["Z"])
            #expect(try await listed { ($0.within, $0.status) = ([], nil) } == [])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `who is bound sees groups and sources that have something to do with the binding`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            for id in ["L", "M"] { try await ports.addLocation(id) }
            for (id, places) in [("g", ["L", "M"]), ("h", ["M"]), ("none", [])] as [(String, [String])] {
                let places = places.map(LocationID.init(stored:))
                let group = LocationGroup(id: GroupID(stored: id), name: id, locations: places)
                _ = try await catalog.putGroup(group, .none, by: nil).get()
                _ = try await catalog.putSource(Source(id: SourceID(stored: id), locations: places), .none, by: nil)
                    .get()
            }
            // A source is there from its first use on, without anybody having made it.
            _ = try await ports.batches.sourceNumber(SourceID(stored: "used"))
            let seen = Set([LocationID(stored: "L")])
            func groups(_ within: Set<LocationID>?) async throws -> [String] {
                try await catalog.groups(within: within, PageRequest()).elements.map(\.value.id.text)
            }
            func sources(_ binding: AccessBinding) async throws -> [String] {
                try await catalog.sources(within: binding, PageRequest()).elements.map(\.value.id.text)
            }
            #expect(try await groups(nil) == ["g", "h", "none"])
            #expect(try await groups(seen) == ["g"])
            #expect(try await sources(.none) == ["g", "h", "none", "used"])
            #expect(try await sources(AccessBinding(locations: seen, sources: nil)) == ["g", "none", "used"])
            let both = AccessBinding(locations: seen, sources: [SourceID(stored: "h"), SourceID(stored: "used")])
            #expect(try await sources(both) == ["used"])
            #expect(try await catalog.source(SourceID(stored: "used"))?.version == 1)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `open promises of a location are counted as orders, and none where it is not known`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            for id in ["L", "M"] { try await ports.addLocation(id) }
            _ = try await ports.commit([.receipt("r", "A", at: "L", 9), .receipt("s", "A", at: "M", 9)])
            for key in ["1", "2"] { _ = try await ports.reserve(key, 2).get() }
            _ = try await ports.reserve("3", 1, holdSeconds: 60).get()
            func open(_ id: String) async throws -> Int64 {
                try await ports.catalog.openPromises(at: LocationID(stored: id))
            }
            #expect(try await open("L") == 3)
            let page = try await ports.catalog.locations(LocationFilter(), in: .id, PageRequest())
            #expect(page.elements.map(\.openPromises) == [3, 0])
            try await ports.advanceClock(61)
            #expect(try await open("L") == 2)
            #expect(try await open("M") == 0)
            #expect(try await open("no") == 0)
        }
    }
}
