import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

@Suite struct AvailabilityStoreTests {
    private func id(_ text: String) -> LocationID { LocationID(stored: text) }

    /// Five places of different standing, three items, one of them recalled, some stock below zero.
    private func stock(_ shop: TestShop) async throws {
        try await shop.addItem("A")
        try await shop.addItem("B")
        try await shop.addItem("R", status: .stopSale)
        try await shop.addLocation("open")
        try await shop.addLocation("paused") { $0.status = .paused }
        try await shop.addLocation("shadow") { $0.mode = .shadow }
        try await shop.addLocation("pickup") { $0.capabilities = [.pickup] }
        try await shop.addLocation("minus")
        _ = try await shop.masterStore.putGroup(
            LocationGroup(
                id: GroupID(stored: "web"), name: "Web", channel: Channel(stored: "shop"),
                locations: [id("open"), id("minus"), id("paused")]), .none
        ).get()
        var facts: [FactLine] = []
        for place in ["open", "paused", "shadow", "pickup"] {
            facts.append(.receipt("A/\(place)", "A", at: place, 5))
            facts.append(.receipt("R/\(place)", "R", at: place, 5))
        }
        facts.append(.sale("A/minus", "A", at: "minus", 3))
        facts.append(.receipt("B/open", "B", at: "open", 1))
        _ = try await shop.send(facts)
    }

    private func figure(_ shop: TestShop, _ sku: String, _ filter: NetworkFilter) async throws -> (Int64, [String]) {
        let found = try await shop.availability.item(.sku(SKU(stored: sku)), filter, named: [], around: nil).get().value
        return (found.item.availableToSell, found.places.map(\.balance.location.text))
    }

    @Test func `the network figure sums eligible places, and a negative one eats nobody's stock`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            #expect(try await figure(shop, "A", NetworkFilter()) == (10, ["minus", "open", "pickup"]))
            #expect(try await figure(shop, "A", NetworkFilter(method: .ship)) == (5, ["minus", "open"]))
            #expect(try await figure(shop, "A", NetworkFilter(method: .pickup)) == (10, ["minus", "open", "pickup"]))
            #expect(
                try await figure(shop, "A", NetworkFilter(group: GroupID(stored: "web"))) == (5, ["minus", "open"]))
            #expect(
                try await figure(shop, "A", NetworkFilter(channel: Channel(stored: "shop"))) == (5, ["minus", "open"]))
            #expect(
                try await figure(shop, "A", NetworkFilter(channel: Channel(stored: "other")))
                    == (10, ["minus", "open", "pickup"]), "a channel without a group sells from everywhere")
        }
    }

    @Test func `a recalled item has stock and nothing to sell`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            let (available, places) = try await figure(shop, "R", NetworkFilter())
            #expect(available == 0)
            #expect(places == ["open", "pickup"])
            #expect(try await shop.balance("R", "open").figures.onHand == 5)
            try await shop.addItem("R")
            #expect(try await figure(shop, "R", NetworkFilter()).0 == 10)
        }
    }

    @Test func `a place asked for by name is shown even when it cannot sell`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            let found = try await shop.availability.item(
                .sku(SKU(stored: "A")), NetworkFilter(), named: [id("paused"), id("open")], around: nil
            ).get().value
            #expect(found.places.map(\.balance.location.text) == ["open", "paused"])
            #expect(found.places.map(\.balance.isEligible) == [true, false])
            #expect(found.places.map(\.balance.availableToSell) == [5, 0])
            #expect(found.item.availableToSell == 5)
        }
    }

    @Test func `a known item at a known place without a balance is zeros`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            let view = try await shop.balance("B", "pickup")
            #expect(view.figures == Figures())
            #expect(view.version == 0)
            #expect(view.isEligible)
        }
    }

    @Test func `names that mean nothing are told apart`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            let store = shop.availability
            let sku = ItemReference.sku(SKU(stored: "A"))
            let nothing = ItemReference.sku(SKU(stored: "nothing"))
            let group = NetworkFilter(group: GroupID(stored: "nothing"))
            #expect(try await store.balance(nothing, at: id("open"), NetworkFilter()) == .failure(.item))
            #expect(try await store.balance(sku, at: id("nothing"), NetworkFilter()) == .failure(.location))
            #expect(try await store.balance(nothing, at: id("nothing"), group) == .failure(.group))
            guard
                case .failure(.location) = try await store.item(
                    sku, NetworkFilter(), named: [id("nothing")], around: nil),
                case .failure(.location) = try await store.location(
                    id("nothing"), NetworkFilter(), ListFilter(), PageRequest()),
                case .failure(.group) = try await store.items(group, ListFilter(), PageRequest())
            else { Issue.record("an unknown name was taken"); return }
        }
    }

    @Test func `the list of items has one row each, filtered, counted and paged`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            func list(_ filter: ListFilter, _ page: PageRequest = PageRequest(includesTotal: true)) async throws
                -> Page<ItemAvailability>
            {
                try await shop.availability.items(NetworkFilter(), filter, page).get().value
            }
            let all = try await list(ListFilter())
            #expect(all.elements.map(\.sku.text) == ["A", "B", "R"])
            #expect(all.elements.map(\.availableToSell) == [10, 1, 0])
            #expect(all.total == 3)
            #expect(try await list(ListFilter(band: .out)).elements.map(\.sku.text) == ["R"])
            #expect(try await list(ListFilter(band: .inStock)).total == 2)
            #expect(try await list(ListFilter(band: .low)).elements.isEmpty)
            #expect(try await list(ListFilter(text: "iTEM b")).elements.map(\.sku.text) == ["B"])
            var seen: [String] = []
            var page = PageRequest(limit: 1)
            while true {
                let part = try await list(ListFilter(), page)
                seen += part.elements.map(\.sku.text)
                guard part.hasMore else { break }
                page.after = part.elements.last?.sku.text
            }
            #expect(seen == ["A", "B", "R"])
        }
    }

    @Test func `a store's list has what it has`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            let page = try await shop.availability.location(
                id("open"), NetworkFilter(), ListFilter(), PageRequest(includesTotal: true)
            ).get().value
            #expect(page.elements.map(\.balance.sku.text) == ["A", "B", "R"])
            #expect(page.elements.map(\.balance.terms.availableToSell) == [5, 1, 0])
            #expect(page.total == 3)
            let out = try await shop.availability.location(
                id("open"), NetworkFilter(), ListFilter(band: .out), PageRequest()
            ).get()
                .value
            #expect(out.elements.map(\.balance.sku.text) == ["R"])
        }
    }

    @Test func `a bulk query answers every pair in its order`() async throws {
        try await withShop { shop async throws in
            try await stock(shop)
            try await shop.addAlias("erp", "1", "A")
            func pair(_ item: ItemReference, _ place: AvailabilityPair.Place) -> AvailabilityPair {
                AvailabilityPair(item: item, place: place)
            }
            let a = ItemReference.sku(SKU(stored: "A"))
            let code = ItemReference.code(system: CodeSystem(stored: "erp"), Code(stored: "1"))
            let answers = try await shop.availability.answers(
                [
                    pair(a, .location(id("open"))), pair(code, .location(id("minus"))),
                    pair(a, .location(id("paused"))),
                    pair(a, .network), pair(code, .group(GroupID(stored: "web"))),
                    pair(a, .group(GroupID(stored: "no"))),
                    pair(.sku(SKU(stored: "no")), .network), pair(a, .location(id("no"))),
                ], NetworkFilter()
            ).get().value
            let figures = answers.map { answer -> Int64? in
                switch answer {
                case .balance(let view): view.terms.availableToSell
                case .network(let item): item.availableToSell
                case .unknown: nil
                }
            }
            #expect(figures == [5, 0, 0, 10, 5, nil, nil, nil])
            #expect(answers[5] == .unknown(.group))
            #expect(answers[6] == .unknown(.item))
            #expect(answers[7] == .unknown(.location))
        }
    }
}

@Suite struct LedgerStoreTests {
    @Test func `lines are found by item, place, source, event and time, and paged without gap or repeat`() async throws
    {
        try await withShop { shop async throws in
            for sku in ["A", "B"] { try await shop.addItem(sku) }
            for place in ["L", "M", "N"] { try await shop.addLocation(place) }
            for number in 0..<30 {
                _ = try await shop.send(
                    [
                        .sale(
                            "e\(number)", ["A", "B"][number % 2], at: ["L", "M", "N"][number % 3], 1,
                            occurredAt: Timestamp(microseconds: Int64(number) * 1_000_000))
                    ], source: number < 10 ? "one" : "two")
            }
            func events(_ change: (inout LedgerFilter) -> Void, limit: Int = 100) async throws -> [String] {
                var filter = LedgerFilter()
                change(&filter)
                var found: [String] = []
                var after: LedgerPosition?
                while true {
                    let page = try await shop.ledger.lines(filter, after: after, limit: limit).get()
                    found += page.entries.map(\.line.eventID.text)
                    guard page.hasMore else { return found }
                    after = page.entries.last?.position
                }
            }
            func names(_ matching: (Int) -> Bool) -> [String] { (0..<30).filter(matching).map { "e\($0)" } }
            #expect(try await events { _ in } == names { _ in true })
            #expect(try await events({ _ in }, limit: 4) == names { _ in true })
            #expect(try await events({ $0.item = .sku(SKU(stored: "A")) }, limit: 3) == names { $0 % 2 == 0 })
            #expect(try await events { $0.location = LocationID(stored: "M") } == names { $0 % 3 == 1 })
            #expect(
                try await events {
                    $0.item = .sku(SKU(stored: "B"))
                    $0.location = LocationID(stored: "L")
                } == names { $0 % 6 == 3 })
            #expect(try await events { $0.source = SourceID(stored: "one") } == names { $0 < 10 })
            #expect(
                try await events {
                    $0.source = SourceID(stored: "two")
                    $0.event = EventID(stored: "e17")
                } == ["e17"])
            #expect(
                try await events {
                    $0.basis = .occurred
                    $0.from = Timestamp(microseconds: 5_000_000)
                    $0.to = Timestamp(microseconds: 9_000_000)
                } == names { (5..<9).contains($0) })
            let all = try await shop.ledger.lines(LedgerFilter(), after: nil, limit: 100).get().entries
            #expect(
                try await events {
                    $0.from = all[7].line.recordedAt
                    $0.to = all[12].line.recordedAt
                } == names { (7..<12).contains($0) })
        }
    }
}
