import Inventory
import InventoryService
import Logging
import TestSupport
import Testing

/// What follows from a change of master data: lines that waited for it are applied, at once as far as they are few.
@Suite struct CatalogServiceTests {
    private struct Shop {
        let service: CatalogService
        let catalog: InMemoryCatalogStore
        let store: InMemoryStore
        let facts: FactService

        func send(_ lines: FactLine...) async throws {
            _ = try await facts.submit(
                source: SourceID(stored: "till"), lines: lines.map(\.submitted), isAtomic: false)
        }

        /// Events that still wait.
        var parked: [String] { store.world.parked.keys.map(\.event.text).sorted() }
    }

    /// A shop that knows A at L.
    private func withShop(
        _ steps: [ScriptedBatchStore.Step] = [], linesPerBatch: Int? = nil, _ body: (Shop) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: [], locations: [])
        let catalog = InMemoryCatalogStore(store)
        _ = try await catalog.putItem(item("A"), parts: [], .none, by: nil).get()
        _ = try await catalog.putLocation(location("L"), .none, by: nil).get()
        let change: (inout FactService.Limits) -> Void = { limits in
            if let linesPerBatch { limits.linesPerBatchMax = linesPerBatch }
        }
        try await withFacts(ScriptedBatchStore(store, steps), change) { facts async throws in
            let service = CatalogService(
                store: catalog, facts: facts, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(Shop(service: service, catalog: catalog, store: store, facts: facts))
        }
    }

    private func item(_ sku: String) -> Item { Item(sku: SKU(stored: sku), name: sku) }
    private func location(_ id: String, name: String = "") -> Location {
        Location(id: LocationID(stored: id), name: name)
    }
    private func alias(_ code: String) -> Alias {
        Alias(codeSystem: .gtin, code: Code(stored: code), sku: SKU(stored: "A"))
    }
    private let far = LocationAlias(
        codeSystem: CodeSystem(stored: "erp"), code: Code(stored: "0815"), location: LocationID(stored: "L"))

    @Test func `what waited for an item, a code or a place is applied when that is put, and nothing else is`()
        async throws
    {
        try await withShop { shop async throws in
            var coded = FactLine.sale("by place code", "A")
            coded.place = .code(system: far.codeSystem, far.code)
            try await shop.send(
                .sale("item", "NEW"), .sale("place", "A", at: "FAR"), .scan("code", "gtin", "96385074"), coded,
                .sale("other", "OTHER"))
            #expect(shop.parked == ["by place code", "code", "item", "other", "place"])
            _ = try await shop.service.put(item("NEW"), .none, by: nil).get()
            #expect(shop.parked == ["by place code", "code", "other", "place"])
            _ = try await shop.service.put(location("FAR"), .none, by: nil).get()
            #expect(shop.parked == ["by place code", "code", "other"])
            _ = try await shop.service.put(alias("96385074"), .none, by: nil).get()
            #expect(shop.parked == ["by place code", "other"])
            _ = try await shop.service.put(far, .none, by: nil).get()
            #expect(shop.parked == ["other"])
            #expect(shop.store.world.balance("NEW", "L").figures.onHand == -1)
            #expect(shop.store.world.balance("A", "FAR").figures.onHand == -1)
            #expect(shop.store.world.balance("A", "L").figures.onHand == -2)
        }
    }

    @Test func `only what is new lets lines be looked for, but for an item, which may have been a kit`() async throws {
        try await withShop { shop async throws in
            try await shop.send(.sale("place", "A", at: "FAR"), .sale("item", "NEW"))
            // Somebody else makes both, and has not applied what waits.
            _ = try await shop.catalog.putLocation(location("FAR"), .none, by: nil).get()
            _ = try await shop.catalog.putItem(item("NEW"), parts: [], .none, by: nil).get()
            _ = try await shop.service.put(location("FAR", name: "another"), .none, by: nil).get()
            #expect(shop.parked == ["item", "place"])
            _ = try await shop.service.put(item("NEW"), .none, by: nil).get()
            #expect(shop.parked == ["place"])
        }
    }

    @Test func `a change that is refused applies nothing`() async throws {
        try await withShop { shop async throws in
            try await shop.send(.sale("item", "NEW"))
            let refused = try await shop.service.put(item("NEW"), .exists, by: nil)
            guard case .failure(.preconditionFailed(current: nil)) = refused else {
                Issue.record("it was put")
                return
            }
            #expect(shop.parked == ["item"])
        }
    }

    @Test func `a mapping is stored although what waited for it cannot be applied now, and a sweep does it later`()
        async throws
    {
        try await withShop([.pass, .fail(.broken("test"))]) { shop async throws in
            try await shop.send(.sale("item", "NEW"))
            let put = try await shop.service.put(item("NEW"), .none, by: nil).get()
            #expect(put.wasCreated)
            #expect(shop.parked == ["item"])
            let sweep = ParkedSweep(
                facts: shop.facts, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(try await sweep.pass().items == 1)
            #expect(shop.parked == [])
        }
    }

    @Test func `a request applies five batches of what waited, and leaves the rest to the sweep`() async throws {
        try await withShop(linesPerBatch: 2) { shop async throws in
            for number in 10..<23 { try await shop.send(.sale("\(number)", "NEW")) }
            _ = try await shop.service.put(item("NEW"), .none, by: nil).get()
            #expect(shop.parked == ["20", "21", "22"])
        }
    }

    @Test func `a place's code means what its system says, which may be that of the source`() async throws {
        try await withShop { shop async throws in
            _ = try await shop.service.put(far, .none, by: nil).get()
            let gtin = LocationAlias(codeSystem: .gtin, code: Code(stored: "96385074"), location: far.location)
            _ = try await shop.service.put(gtin, .none, by: nil).get()
            let wms = Source(id: SourceID(stored: "wms"), codeSystem: far.codeSystem)
            _ = try await shop.service.put(wms, .none, by: nil).get()
            func meant(_ place: LocationReference, _ source: String = "till") async throws -> LocationID? {
                try await shop.service.location(meantBy: place, from: SourceID(stored: source))
            }
            #expect(try await meant(.code(system: far.codeSystem, far.code)) == far.location)
            #expect(try await meant(.code(system: nil, far.code), "wms") == far.location)
            #expect(try await meant(.code(system: .gtin, Code(stored: "096385074"))) == far.location)
            #expect(try await meant(.code(system: nil, far.code)) == nil, "a source that nobody knows")
            #expect(try await meant(.code(system: .gtin, far.code), "wms") == nil)
            #expect(try await meant(.id(LocationID(stored: "nowhere"))) == LocationID(stored: "nowhere"))
        }
    }
}
