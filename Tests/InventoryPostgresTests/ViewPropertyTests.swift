import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Every view against the contract's section 5, computed naively from what was sent.
@Suite struct ViewPropertyTests {
    @Test(arguments: seeds)
    func `all views equal a naive computation over what was sent`(seed: UInt64) async throws {
        try await withShop { shop async throws in
            var model = ViewModel(seed: seed)
            try await model.build(shop)
            for question in model.questions(10) { try await compare(question, model, shop) }
            // What is held back changes; every view follows at once.
            try await model.changeRules(shop)
            for question in model.questions(10) { try await compare(question, model, shop) }
        }
    }

    @Test(arguments: seeds)
    func `all views follow rules that begin and end, though nothing but the clock moves`(seed: UInt64) async throws {
        try await withShop(clock: .settable) { shop async throws in
            var model = ViewModel(seed: seed)
            try await model.build(shop)
            for question in model.questions(5) { try await compare(question, model, shop) }
            for _ in 0..<2 {
                try await model.pass(seconds: 600, shop)
                let questions = model.questions(6)
                for question in questions { try await compare(question, model, shop) }
                // What items and locations say is brought up to date, and nothing changes by it.
                _ = try await StockRuleSweep(store: shop.masterStore).pass()
                for question in questions { try await compare(question, model, shop) }
            }
        }
    }

    @Test(arguments: seeds)
    func `all views hold back what silent stores may have sold, until they are heard`(seed: UInt64) async throws {
        try await withShop { shop async throws in
            var model = ViewModel(seed: seed)
            try await model.build(shop)
            for question in model.questions(3) { try await compare(question, model, shop) }
            try await model.fallSilent(shop)
            for question in model.questions(8) { try await compare(question, model, shop) }
            try await model.changeRules(shop)
            for question in model.questions(8) { try await compare(question, model, shop) }
            try await model.comeBack(shop)
            for question in model.questions(4) { try await compare(question, model, shop) }
        }
    }

    private func compare(_ question: ViewModel.Question, _ model: ViewModel, _ shop: TestShop) async throws {
        let hint = "seed \(model.seed), \(question)"
        let store = shop.availability
        let filter = question.filter
        let eligible = model.locations.filter { model.isEligible($0, filter) }
        for item in model.items {
            let sku = SKU(stored: item.sku)
            // One balance.
            let single = try await store.balance(.sku(sku), at: question.location.id, filter).get()
            let naive = model.available(item, at: question.location, filter)
            #expect(single.availableToSell == naive, "balance of \(item.sku): \(hint)")
            #expect(
                single.isEligible == model.isSold(item, question.location, filter), "eligible \(item.sku): \(hint)")
            let threshold = model.threshold(item, at: question.location, filter)
            #expect(single.band == Band(availableToSell: naive, threshold: threshold), "band of \(item.sku): \(hint)")
            // One item across locations.
            let across = try await store.item(.sku(sku), filter, named: [], around: question.around).get().value
            let total = eligible.reduce(0) { $0 + model.available(item, at: $1, filter) }
            if question.around.radiusKm == nil {
                #expect(across.item.availableToSell == total, "item \(item.sku): \(hint)")
            }
            for place in across.places {
                let location = try #require(model.locations.first { $0.id == place.balance.location })
                #expect(
                    place.balance.availableToSell == model.available(item, at: location, filter),
                    "\(item.sku) at \(location.id): \(hint)")
            }
            #expect(across.places.isInOrder, "order: \(hint)")
            let areSold = across.places.allSatisfy { $0.balance.isEligible }
            #expect(areSold, "not sold and not asked for: \(hint)")
            #expect(across.item.threshold == model.networkThreshold(item, filter), "network threshold: \(hint)")
        }
        var unowned = filter
        unowned.owner = nil
        try await compareLists(question, unowned, model, shop, hint)
        // Of a few pairs the rules are asked pair by pair, of many all at once.
        try await comparePairs([question.location], unowned, model, shop, hint)
        try await comparePairs(model.locations, unowned, model, shop, hint)
        try await compareBasket(question, model, shop, hint)
    }

    private func compareLists(
        _ question: ViewModel.Question, _ filter: NetworkFilter, _ model: ViewModel, _ shop: TestShop, _ hint: String
    ) async throws {
        let eligible = model.locations.filter { model.isEligible($0, filter) }
        for band in [nil] + Band.allCases {
            let page = try await shop.availability.items(
                filter, ListFilter(band: band), PageRequest(includesTotal: true)
            ).get().value
            let naive = model.items.compactMap { item -> ItemAvailability? in
                let units = eligible.reduce(0) { $0 + model.available(item, at: $1, filter) }
                let found = ItemAvailability(
                    sku: SKU(stored: item.sku), name: "Item \(item.sku)", availableToSell: units,
                    threshold: model.networkThreshold(item, filter))
                return band == nil || found.band == band ? found : nil
            }.sorted { $0.sku < $1.sku }
            #expect(page.elements == naive, "items, band \(band?.rawValue ?? "any"): \(hint)")
            #expect(page.total == Int64(naive.count), "total, band \(band?.rawValue ?? "any"): \(hint)")

            let there = question.location
            let own = NetworkFilter(channel: filter.channel, method: filter.method)
            let list = try await shop.availability.location(
                there.id, own, ListFilter(band: band), PageRequest(includesTotal: true)
            ).get().value
            let naiveList = model.items.filter { item in
                guard item.components.isEmpty, model.hasHistory(item, there) else { return false }
                let units = model.available(item, at: there, own)
                let found = Band(availableToSell: units, threshold: model.threshold(item, at: there, own))
                return band == nil || found == band
            }.map(\.sku).sorted()
            #expect(list.elements.map(\.balance.sku.text) == naiveList, "store list: \(hint)")
            #expect(list.total == Int64(naiveList.count), "store total: \(hint)")
            for element in list.elements {
                let item = try #require(model.items.first { $0.sku == element.balance.sku.text })
                #expect(element.balance.availableToSell == model.available(item, at: there, own), "store row: \(hint)")
            }
        }
    }

    private func comparePairs(
        _ locations: [ViewModel.Place], _ filter: NetworkFilter, _ model: ViewModel, _ shop: TestShop, _ hint: String
    ) async throws {
        let places = locations.map { AvailabilityPair.Place.location($0.id) } + [.group(ViewModel.north), .network]
        let pairs = model.items.flatMap { item in
            places.map { AvailabilityPair(item: .sku(SKU(stored: item.sku)), place: $0) }
        }
        let filter = NetworkFilter(channel: filter.channel, method: filter.method)
        let answers = try await shop.availability.answers(pairs, filter).get().value
        for (pair, answer) in zip(pairs, answers) {
            let item = try #require(model.items.first { .sku(SKU(stored: $0.sku)) == pair.item })
            switch (pair.place, answer) {
            case (.location(let id), .balance(let view)):
                let location = try #require(locations.first { $0.id == id })
                #expect(view.availableToSell == model.available(item, at: location, filter), "pair: \(hint)")
                #expect(view.isEligible == model.isSold(item, location, filter), "pair: \(hint)")
            case (.group(let group), .network(let sum)):
                var asked = filter
                asked.group = group
                let units = model.locations.reduce(0) { $0 + model.available(item, at: $1, asked) }
                #expect(sum.availableToSell == units, "group pair of \(item.sku): \(hint)")
                #expect(sum.threshold == model.networkThreshold(item, asked), "group pair of \(item.sku): \(hint)")
            case (.network, .network(let sum)):
                let units = model.locations.reduce(0) { $0 + model.available(item, at: $1, filter) }
                #expect(sum.availableToSell == units, "network pair of \(item.sku): \(hint)")
            default: Issue.record("an answer of another kind: \(hint)")
            }
        }
    }

    private func compareBasket(
        _ question: ViewModel.Question, _ model: ViewModel, _ shop: TestShop, _ hint: String
    ) async throws {
        let basket = BasketQuestion(
            lines: model.items.map { .init(item: .sku(SKU(stored: $0.sku)), quantity: 2) }, filter: question.filter,
            around: Surroundings(center: question.around.center))
        let stores = try await shop.views.findStores(for: basket, limit: 100).get().value
        let naive = model.locations.filter { location in
            model.items.contains { model.available($0, at: location, question.filter) > 0 }
        }
        #expect(Set(stores.map(\.card.id)) == Set(naive.map(\.id)), "basket: \(hint)")
        // Two of each, and what the kits among them are made of.
        func demand(_ item: ViewModel.Item) -> Int64 {
            model.items.reduce(2) { sum, kit in
                sum + 2 * (kit.components.first { $0.sku == item.sku }?.quantity ?? 0)
            }
        }
        for store in stores {
            let location = try #require(model.locations.first { $0.id == store.card.id })
            for (item, line) in zip(model.items, store.lines) {
                let units = model.available(item, at: location, question.filter)
                #expect(line.availableToSell == units, "basket line: \(hint)")
                let needed = [item] + model.items.filter { part in item.components.contains { $0.sku == part.sku } }
                let isEnough = needed.allSatisfy { model.available($0, at: location, question.filter) >= demand($0) }
                #expect(line.isEnough == isEnough, "basket line: \(hint)")
            }
        }
        #expect(stores.map(\.completeLines) == stores.map(\.completeLines).sorted(by: >), "basket order: \(hint)")
    }
}

extension [PlacedBalance] {
    /// In stock first, then by distance, without coordinates last.
    fileprivate var isInOrder: Bool {
        zip(self, dropFirst()).allSatisfy { left, right in
            let (leftIn, rightIn) = (left.balance.availableToSell > 0, right.balance.availableToSell > 0)
            if leftIn != rightIn { return leftIn }
            return (left.distanceKm ?? .infinity) <= (right.distanceKm ?? .infinity)
        }
    }
}
