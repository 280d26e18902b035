import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What every store promises that takes master data as files bring it (see `BatchStoreContractTests`).
@Suite struct BulkCatalogStoreContractTests {
    private static func item(_ sku: String, _ name: String = "", family: String? = nil) -> Item {
        var item = Item(sku: SKU(stored: sku), name: name)
        item.family = family.map(Family.init(stored:))
        return item
    }

    @Test(arguments: Ports.Kind.allCases)
    func `only items that are new or said otherwise are changed, and saying nothing is saying the same`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            var stored = Self.item("A", "A", family: "F")
            (stored.unit, stored.status) = (.gram, .stopSale)
            stored.attributes = [.init(name: "size", value: "M")]
            _ = try await ports.catalog.putItem(stored, parts: [], .none, by: nil).get()
            func isChanged(_ change: (inout Item) -> Void, unit: Bool = true, status: Bool = true) async throws -> Bool
            {
                var item = stored
                change(&item)
                let listed = ListedItem(item, namesUnit: unit, namesStatus: status)
                return try await ports.bulk.changed([listed, ListedItem(Self.item("new"))])
                    .subtracting([SKU(stored: "new")]) == [stored.sku]
            }
            #expect(try await !isChanged { _ in })
            #expect(try await !isChanged { ($0.family, $0.attributes) = (nil, []) })
            #expect(try await !isChanged({ ($0.unit, $0.status) = (.each, .active) }, unit: false, status: false))
            #expect(try await isChanged { $0.unit = .each })
            #expect(try await isChanged { $0.status = .active })
            #expect(try await isChanged { $0.name = "B" })
            #expect(try await isChanged { $0.family = Family(stored: "G") })
            #expect(try await isChanged { $0.attributes = [.init(name: "size", value: "L")] })
            #expect(
                try await ports.bulk.changed([ListedItem(Self.item("new")), ListedItem(stored)])
                    == [SKU(stored: "new")])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `locations are added, and those that are there stay as they are`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addLocation("old") { $0.status = .paused }
            try await ports.addLocation("gone")
            _ = try await ports.catalog.deleteLocation(LocationID(stored: "gone"), .none, by: nil).get()
            let names = ["old", "new", "new", "gone"].enumerated().map { number, id in
                Location(id: LocationID(stored: id), name: "name \(number)")
            }
            let new = try await ports.bulk.addLocations(names, by: nil)
            #expect(new.map(\.text).sorted() == ["gone", "new"])
            #expect(try await ports.catalog.location(LocationID(stored: "old"))?.value.status == .paused)
            #expect(try await ports.catalog.location(LocationID(stored: "new"))?.value.name == "name 1", "the first")
            #expect(try await ports.bulk.addLocations(names, by: nil).isEmpty)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `of aliases with one code the last counts, and those of unknown items are said`(_ kind: Ports.Kind)
        async throws
    {
        try await Ports.run(kind) { ports async throws in
            for sku in ["A", "B"] { try await ports.addItem(sku) }
            func alias(_ system: String, _ code: String, _ sku: String) -> Alias {
                Alias(codeSystem: CodeSystem(stored: system), code: Code(stored: code), sku: SKU(stored: sku))
            }
            let aliases = [
                alias("gtin", "96385074", "A"), alias("x", "1", "no"), alias("gtin", "0096385074", "B"),
                alias("x", "2", "A"),
            ]
            #expect(try await ports.bulk.putAliases(aliases, by: nil) == [.stored, .unknownItem, .stored, .stored])
            #expect(
                try await ports.bulk.putAliases(aliases, by: nil) == [.unchanged, .unknownItem, .unchanged, .unchanged])
            let found = try await ports.catalog.aliases(AliasFilter(), PageRequest()).elements
            #expect(
                found.map { "\($0.value.code) \($0.value.sku) v\($0.version)" } == ["00000096385074 B v1", "2 A v1"])
            #expect(try await ports.bulk.putAliases([alias("x", "2", "B")], by: nil) == [.stored])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a mapping that is put as it is keeps its version and its time`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            func mapping(_ id: String, _ text: String) -> ImportMapping {
                ImportMapping(
                    id: ImportMappingID(stored: id), kind: .items, text: text, updatedAt: Timestamp(microseconds: 0))
            }
            let store = ports.mappings
            let first = try await store.putMapping(mapping("m", "one"), .absent, by: nil).get()
            #expect(first.wasCreated && first.version == 1 && first.value.updatedAt > Timestamp(microseconds: 0))
            let again = try await store.putMapping(mapping("m", "one"), .versions([1]), by: nil).get()
            #expect(again.isUnchanged && again.version == 1 && again.value.updatedAt == first.value.updatedAt)
            #expect(
                try await store.putMapping(mapping("m", "one"), .absent, by: nil).rejection
                    == .preconditionFailed(current: 1))
            let changed = try await store.putMapping(mapping("m", "two"), .exists, by: nil).get()
            #expect(changed.version == 2 && !changed.wasCreated && changed.value.text == "two")
            for id in ["n", "l"] { _ = try await store.putMapping(mapping(id, id), .none, by: nil).get() }
            let page = try await store.mappings(PageRequest(after: "l", limit: 1, includesTotal: true))
            #expect(page.elements.map(\.value.id.text) == ["m"] && page.hasMore && page.total == 3)
            let id = ImportMappingID(stored: "m")
            #expect(
                try await store.deleteMapping(id, .versions([1]), by: nil).rejection == .preconditionFailed(current: 2))
            #expect(try await store.deleteMapping(id, .none, by: nil).rejection == nil)
            #expect(try await store.deleteMapping(id, .none, by: nil).rejection == .notFound)
            #expect(try await store.mapping(id) == nil)
        }
    }
}
