import Inventory
import InventoryService
import TestSupport
import Testing

/// Plans, and orders that are planned, over stores in memory in which others may be quicker.
@Suite struct SourcingServiceTests {
    private struct Shop: Sendable {
        let sourcing: SourcingService
        let stock: InMemorySourcingStore
        let catalog: InMemoryCatalogStore
        let store: InMemoryStore
        let facts: FactService
        let reservations: ReservationService

        func receive(_ sku: String, _ units: Int64, at location: String) async throws {
            let fact = FactLine.receipt("\(sku) \(location)", sku, at: location, units)
            _ = try await facts.submit(source: SourceID(stored: "wms"), lines: [fact.submitted], isAtomic: false)
        }

        /// As another shopper would, under way to here.
        func sell(_ units: Int64, at location: String) async {
            let fact = FactLine.sale("sold at \(location)", "A", at: location, units)
            _ = try? await facts.submit(source: SourceID(stored: "till"), lines: [fact.submitted], isAtomic: false)
        }
    }

    /// Items A and B, and stores from the nearest on, each with so many units of A.
    private func withShop(
        _ units: [Int64], _ body: (Shop) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: [], locations: [])
        let catalog = InMemoryCatalogStore(store)
        for sku in ["A", "B"] {
            _ = try await catalog.putItem(Item(sku: SKU(stored: sku), name: sku), parts: [], .none, by: nil).get()
        }
        for number in units.indices {
            var location = Location(id: LocationID(stored: "L\(number)"), name: "")
            location.coordinates = Coordinates(latitude: 48 + Double(number) / 100, longitude: 9)
            _ = try await catalog.putLocation(location, .none, by: nil).get()
        }
        let stock = InMemorySourcingStore(catalog)
        try await withFacts(store) { facts async throws in
            let shop = Shop(
                sourcing: SourcingService(store: stock), stock: stock, catalog: catalog, store: store, facts: facts,
                reservations: ReservationService(
                    store: store, sourcing: stock, costs: NoFulfilmentCosts(), facts: facts))
            for (number, units) in units.enumerated() where units > 0 {
                try await shop.receive("A", units, at: "L\(number)")
            }
            try await body(shop)
        }
    }

    private let here = Coordinates(latitude: 48, longitude: 9)

    private func order(
        _ units: Int64, of item: ItemReference = .sku(SKU(stored: "A")), locationsMax: Int? = nil,
        group: String? = nil, minimumLeft: Int64 = 0, lines: Int = 1
    ) -> SourcedOrder {
        SourcedOrder(
            lines: (0..<lines).map { .init(id: LineID(stored: "\($0)"), item: item, quantity: units) },
            terms: SourcingTerms(
                objective: .nearest, locationsMax: locationsMax, group: group.map(GroupID.init(stored:)),
                minimumLeft: minimumLeft),
            channel: nil, destination: here)
    }

    private func new(_ units: Int64, locationsMax: Int? = nil, allowsPartial: Bool = false) -> NewReservation {
        NewReservation(
            reference: nil, owner: nil, channel: nil, method: .ship, location: nil, holdSeconds: nil,
            allowsPartial: allowsPartial, replaces: nil,
            lines: [
                WantedLine(
                    id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: nil, method: .ship,
                    quantity: .of(units), pointer: "/lines/0", locationPointer: "/location")
            ],
            pickupBy: nil, shipTo: here, sourcing: SourcingTerms(objective: .nearest, locationsMax: locationsMax))
    }

    private func key(_ text: String) -> RequestKey {
        RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(testHash(Array(text.utf8))))
    }

    private func parts(_ preview: SourcingPreview) -> [String] {
        preview.lines.flatMap(\.parts).map { "\($0.units) from \($0.location)" }
    }

    private func kinds(_ preview: SourcingPreview) -> [Alternative.Kind] { preview.alternatives.map(\.kind) }

    // MARK: Previews

    @Test func `a preview says who would ship what, and keeps nothing`() async throws {
        try await withShop([3, 5]) { shop async throws in
            let preview = try await shop.sourcing.preview(order(4), allowsPartial: false).get()
            #expect(preview.isComplete && preview.isOptimal)
            #expect(parts(preview) == ["3 from L0", "1 from L1"])
            #expect(preview.alternatives.isEmpty)
            #expect(shop.store.world.balance("A", "L0").figures.reserved == 0)
        }
    }

    @Test func `of many that were passed over the ten nearest are named, nearest first, each with its reason`()
        async throws
    {
        // The fifth ships; the second has none, and the last two are the eleventh and twelfth that have some.
        try await withShop([1, 0, 1, 1, 5, 1, 1, 1, 1, 1, 1, 5, 1, 1]) { shop async throws in
            let preview = try await shop.sourcing.preview(order(5, locationsMax: 1), allowsPartial: false).get()
            #expect(parts(preview) == ["5 from L4"])
            let passed = preview.passedOver.map { "\($0.location) \($0.reason)" }
            #expect(
                passed == ["L0", "L2", "L3", "L5", "L6", "L7", "L8", "L9", "L10"].map { "\($0) stock" } + [
                    "L11 objective"
                ])
        }
    }

    @Test func `what cannot be shipped whole is planned in part only where that is allowed`() async throws {
        try await withShop([3, 5]) { shop async throws in
            let whole = try await shop.sourcing.preview(order(9), allowsPartial: false).get()
            #expect(!whole.isComplete && parts(whole) == [])
            #expect(kinds(whole) == [], "there is no way to nine")
            let partial = try await shop.sourcing.preview(order(9), allowsPartial: true).get()
            #expect(!partial.isComplete && parts(partial) == ["3 from L0", "5 from L1"])
        }
    }

    @Test func `alternatives are another location, a split, and a date`() async throws {
        try await withShop([3, 5, 9]) { shop async throws in
            let group = LocationGroup(
                id: GroupID(stored: "g"), name: "G", locations: ["L0", "L1"].map(LocationID.init(stored:)))
            _ = try await shop.catalog.putGroup(group, .none, by: nil).get()
            let soon = shop.store.world.now.advanced(byMicroseconds: 86_400_000_000)
            shop.stock.expect("A", 4, at: "L1", on: soon)
            let preview = try await shop.sourcing.preview(
                order(8, locationsMax: 1, group: "g"), allowsPartial: false
            ).get()
            #expect(kinds(preview) == [.location, .split])
            #expect(preview.alternatives[0].location?.text == "L2")
            #expect(preview.alternatives[1].lines.map(\.quantity) == [3, 5])
            let more = try await shop.sourcing.preview(order(12, group: "g"), allowsPartial: false).get()
            #expect(kinds(more) == [.later])
            #expect(more.alternatives[0].availableFrom == soon)
            #expect(more.alternatives[0].lines.map(\.quantity) == [4], "what is missing")
        }
    }

    @Test func `lines of one item wait for supply together`() async throws {
        try await withShop([5]) { shop async throws in
            let days = (1...2).map { shop.store.world.now.advanced(byMicroseconds: $0 * 86_400_000_000) }
            shop.stock.expect("A", 3, at: "L0", on: days[0])
            shop.stock.expect("A", 3, at: "L0", on: days[1])
            func later(_ units: Int64) async throws -> Alternative? {
                try await shop.sourcing.preview(order(units, lines: 2), allowsPartial: false).get().alternatives.first
            }
            // Five are there: the first line has four of them, the second one, and waits for three.
            let four = try await later(4)
            #expect(four?.availableFrom == days[0] && four?.lines.map(\.quantity) == [3])
            let five = try await later(5)
            #expect(five?.availableFrom == days[1] && five?.lines.map(\.quantity) == [5])
            #expect(try await later(6) == nil, "eleven are all there will be")
        }
    }

    @Test func `nobody waits for what is called back`() async throws {
        try await withShop([5]) { shop async throws in
            let recalled = Item(sku: SKU(stored: "A"), name: "A", status: .stopSale)
            _ = try await shop.catalog.putItem(recalled, parts: [], .none, by: nil).get()
            shop.stock.expect("A", 50, at: "L0", on: shop.store.world.now.advanced(byMicroseconds: 86_400_000_000))
            let preview = try await shop.sourcing.preview(order(1), allowsPartial: true).get()
            #expect(parts(preview) == [] && kinds(preview) == [])
        }
    }

    @Test func `who is bound to locations is not told where else there is some`() async throws {
        try await withShop([3, 5]) { shop async throws in
            var order = order(4, minimumLeft: 1)
            order.within = [LocationID(stored: "L0")]
            let preview = try await shop.sourcing.preview(order, allowsPartial: true).get()
            #expect(parts(preview) == ["2 from L0"] && kinds(preview) == [])
            #expect(shop.stock.questions.count == 1, "nothing else is asked for him")
            order.within = nil
            let unbound = try await shop.sourcing.preview(order, allowsPartial: true).get()
            #expect(unbound.isComplete)
        }
    }

    @Test func `an order of more than can be counted or planned is told so`() async throws {
        try await withShop([1]) { shop async throws in
            let cases = Alias(
                codeSystem: CodeSystem(stored: "x"), code: Code(stored: "c"), sku: SKU(stored: "A"),
                unitsPerCode: UnitsPerCode(units: 12) ?? .one)
            _ = try await shop.catalog.putAlias(cases, .none, by: nil).get()
            let code = ItemReference.code(system: cases.codeSystem, cases.code)
            for (units, refusal) in [
                (Quantity.maxUnits / 12, nil), (Quantity.maxUnits / 12 + 1, .tooMany(0)), (.max, .tooMany(0)),
            ]
                as [(Int64, UnknownInSourcing?)]
            {
                let preview = try await shop.sourcing.preview(order(units, of: code), allowsPartial: false)
                if case .failure(let unknown) = preview {
                    #expect(unknown == refusal, "\(units)")
                } else {
                    #expect(refusal == nil, "\(units)")
                }
            }
        }
        try await withShop(Array(repeating: 1, count: 200)) { shop async throws in
            for (lines, isTooLarge) in [(250, false), (251, true)] {
                let preview = try await shop.sourcing.preview(order(1, lines: lines), allowsPartial: false)
                if case .failure(let unknown) = preview {
                    #expect(isTooLarge && unknown == .tooLarge)
                } else {
                    #expect(!isTooLarge)
                }
            }
        }
    }

    // MARK: Orders

    @Test func `an order whose units others took is planned again`() async throws {
        try await withShop([5, 5]) { shop async throws in
            shop.stock.beforeAnswer { asked in if asked == 1 { await shop.sell(3, at: "L0") } }
            let made = try await shop.reservations.create(new(4, locationsMax: 1), key: key("k")).get()
            #expect(made.reservation.allocations.map(\.location.text) == ["L1"])
            #expect(made.sourcing?.attempts == 2)
            #expect(shop.store.world.balance("A", "L0").figures.reserved == 0)
            #expect(shop.store.world.balance("A", "L1").figures.reserved == 4)
        }
    }

    @Test func `who loses three times is planned under locks, over all that may ship`() async throws {
        try await withShop([4, 4, 4, 4, 4]) { shop async throws in
            // Whatever was planned is gone before it is taken.
            shop.stock.beforeAnswer { asked in await shop.sell(4, at: "L\(asked - 1)") }
            let made = try await shop.reservations.create(new(4, locationsMax: 1), key: key("k")).get()
            #expect(made.reservation.allocations.map(\.location.text) == ["L4"])
            #expect(made.sourcing?.attempts == 4 && made.sourcing?.isOptimal == false)
            #expect(shop.stock.questions.count == 4)
        }
    }

    @Test func `what is short is said for each line, and nothing is kept`() async throws {
        try await withShop([2, 1]) { shop async throws in
            guard case .failure(.insufficient(let short)) = try await shop.reservations.create(new(4), key: key("k"))
            else { Issue.record("it was granted"); return }
            #expect(short.map(\.requested) == [4] && short.map(\.available) == [3])
            #expect(shop.store.world.reservations.isEmpty)
            let part = try await shop.reservations.create(new(4, allowsPartial: true), key: key("l")).get()
            #expect(part.reservation.allocations.map(\.quantity) == [2, 1])
        }
    }

    @Test func `an order that took all there was is answered again under its key`() async throws {
        try await withShop([4]) { shop async throws in
            let made = try await shop.reservations.create(new(4), key: key("k")).get()
            let again = try await shop.reservations.create(new(4), key: key("k")).get()
            #expect(again.isReplay && again.reservation.id == made.reservation.id)
            guard case .failure(.insufficient) = try await shop.reservations.create(new(4), key: key("other")) else {
                Issue.record("it was granted twice")
                return
            }
        }
    }

    @Test func `an order takes the units of the one that it replaces`() async throws {
        try await withShop([4]) { shop async throws in
            var held = new(4)
            held.holdSeconds = 600
            let made = try await shop.reservations.create(held, key: key("k")).get()
            var changed = new(3)
            changed.holdSeconds = 600
            changed.replaces = made.reservation.id
            let answer = try await shop.reservations.create(changed, key: key("l")).get()
            #expect(answer.reservation.allocations.map(\.location.text) == ["L0"])
            #expect(shop.store.world.balance("A", "L0").figures.reserved == 3)
        }
    }

    @Test func `names that mean nothing are refused with their place before anything is planned`() async throws {
        try await withShop([4]) { shop async throws in
            var unknown = new(1)
            unknown.lines[0].item = .sku(SKU(stored: "no"))
            guard
                case .failure(.unknownReference("/lines/0/sku", _)) = try await shop.reservations.create(
                    unknown, key: key("k"))
            else { Issue.record("an unknown item was taken"); return }
            var grouped = new(1)
            grouped.sourcing?.group = GroupID(stored: "no")
            guard
                case .failure(.unknownReference("/group", _)) = try await shop.reservations.create(
                    grouped, key: key("l"))
            else { Issue.record("an unknown group was taken"); return }
            #expect(shop.stock.questions.count == 2)
        }
    }
}
