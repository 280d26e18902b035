import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What every store that plans are made of promises (see `BatchStoreContractTests`).
@Suite struct SourcingStoreContractTests {
    private static func sku(_ text: String) -> ItemReference { .sku(SKU(stored: text)) }

    private func stock(
        _ ports: Ports, _ items: [ItemReference], _ filter: NetworkFilter = NetworkFilter(method: .ship),
        _ objective: SourcingObjective = .nearest, freed: [BalanceKey: Int64] = [:]
    ) async throws -> Result<SourcingStock, UnknownInSourcing> {
        try await ports.sourcing.stock(
            SourcingQuestion(items: items, filter: filter, objective: objective, freed: freed))
    }

    /// Items A and B, and locations W, X, Y and Z with some of both at W and X.
    private func withStock(_ kind: Ports.Kind, _ body: @escaping @Sendable (Ports) async throws -> Void) async throws {
        try await Ports.run(kind) { ports async throws in
            for sku in ["A", "B"] { try await ports.addItem(sku) }
            for (id, priority) in [("W", 3), ("X", 1), ("Y", nil), ("Z", 2)] as [(String, Int64?)] {
                try await ports.addLocation(id) { location in
                    location.coordinates = id == "Y" ? nil : Coordinates(latitude: 48, longitude: 9)
                    location.priority = priority
                    location.costPerShipment = Money(amount: 499, currency: "EUR")
                    location.costPerKm = id == "X" ? Money(amount: 12, currency: "EUR") : nil
                }
            }
            _ = try await ports.commit([
                .receipt("a", "A", at: "W", 10), .receipt("b", "A", at: "X", 4), .receipt("c", "B", at: "X", 7),
                .sale("d", "A", at: "Y", 3),
            ])
            try await body(ports)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `stock is what nobody was promised, where there is some, one line for each that is asked`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            _ = try await ports.reserve("kept", 3, at: "W").get()
            _ = try await ports.reserve("ends", 4, at: "X", holdSeconds: 60).get()
            let first = try await stock(ports, [Self.sku("B"), Self.sku("A"), Self.sku("A")]).get()
            #expect(first.lines.map(\.sku.text) == ["B", "A", "A"])
            #expect(first.named(1) == ["W": 7], "below nothing is nothing, as at Y")
            #expect(first.named(2) == first.named(1))
            #expect(first.named(0) == ["X": 7])
            #expect(Set(first.places.map(\.place.location.text)) == ["W", "X"])
            try await ports.advanceClock(61)
            let second = try await stock(ports, [Self.sku("A")]).get()
            #expect(second.named(0) == ["W": 7, "X": 4], "a hold that ended keeps nothing")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a place comes with what its plans cost, as the location says`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let stock = try await stock(ports, [Self.sku("A")]).get()
            let place = try #require(stock.places.map(\.place).first { $0.location.text == "X" })
            #expect(place.coordinates == Coordinates(latitude: 48, longitude: 9))
            #expect(place.costPerShipment == Money(amount: 499, currency: "EUR"))
            #expect(place.costPerKm == Money(amount: 12, currency: "EUR"))
            #expect(place.priority == 1 && place.isEligible && !place.isFull)
            let ids = ["X", "Y", "no"].map(LocationID.init(stored:))
            let named = try await ports.sourcing.places(ids)
            #expect(Set(named.keys) == Set(ids.prefix(2)))
            #expect(named[ids[0]] == place)
            #expect(named[ids[1]]?.coordinates == nil && named[ids[1]]?.priority == nil)
            #expect(try await ports.sourcing.places([]).isEmpty)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `who takes part is said by status, mode, capability, group, channel and binding`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            _ = try await ports.commit(["Y", "Z"].map { .receipt("more \($0)", "A", at: $0, 13) })
            for (id, channel, places) in [("web", "shop", ["W", "X"]), ("far", nil, ["Z", "X"])]
                as [(String, String?, [String])]
            {
                let group = LocationGroup(
                    id: GroupID(stored: id), name: id, channel: channel.map(Channel.init(stored:)),
                    locations: places.map(LocationID.init(stored:)))
                _ = try await ports.catalog.putGroup(group, .none, by: nil).get()
            }
            func places(_ filter: NetworkFilter) async throws -> Set<String> {
                Set(try await stock(ports, [Self.sku("A")], filter).get().named(0).keys)
            }
            let (far, shop) = (GroupID(stored: "far"), Channel(stored: "shop"))
            #expect(try await places(NetworkFilter()) == ["W", "X", "Y", "Z"])
            #expect(try await places(NetworkFilter(channel: shop)) == ["W", "X"])
            #expect(try await places(NetworkFilter(channel: Channel(stored: "other"))) == ["W", "X", "Y", "Z"])
            #expect(try await places(NetworkFilter(group: far)) == ["X", "Z"])
            #expect(try await places(NetworkFilter(group: far, channel: shop)) == ["X", "Z"], "who asked for it knows")
            #expect(try await places(NetworkFilter(within: [LocationID(stored: "Z")])) == ["Z"])
            try await ports.addLocation("W") { $0.status = .paused }
            try await ports.addLocation("X") { $0.mode = .shadow }
            try await ports.addLocation("Y") { $0.capabilities = [.pickup] }
            #expect(try await places(NetworkFilter()) == ["Y", "Z"])
            #expect(try await places(NetworkFilter(method: .ship)) == ["Z"])
            #expect(try await places(NetworkFilter(method: .pickup)) == ["Y", "Z"])
            // What comes free by the order itself is there for it, also where nothing else is for sale.
            let item = try await stock(ports, [Self.sku("A")]).get().lines[0].item
            let numbers = try await ports.numbers(of: ["W", "Z"], for: "A")
            let freed = Dictionary(
                uniqueKeysWithValues: numbers.map { (BalanceKey(item: item, location: $0), Int64(7)) })
            let also = try await stock(ports, [Self.sku("A")], freed: freed).get()
            #expect(also.named(0).keys.sorted() == ["W", "Z"] && also.named(0)["W"] == 7, "\(also.named(0))")
            #expect(numbers.map { also.place($0)?.isEligible } == [false, true])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `what is not known is said with its place among the items, the group first`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let code = ItemReference.code(system: .gtin, Code(stored: "96385074"))
            func asked(_ items: [ItemReference], _ group: String? = nil) async throws -> UnknownInSourcing? {
                let filter = NetworkFilter(group: group.map(GroupID.init(stored:)), method: .ship)
                if case .failure(let unknown) = try await stock(ports, items, filter) { return unknown }
                return nil
            }
            #expect(try await asked([Self.sku("A"), Self.sku("no")]) == .item(1))
            #expect(try await asked([code]) == .item(0))
            #expect(try await asked([code], "no") == .group)
            let alias = Alias(
                codeSystem: .gtin, code: Code(stored: "96385074"), sku: SKU(stored: "B"),
                unitsPerCode: UnitsPerCode(units: 12) ?? .one)
            _ = try await ports.catalog.putAlias(alias, .none, by: nil).get()
            let found = try await stock(ports, [code, Self.sku("B")]).get()
            #expect(found.lines.map(\.unitsPerCode) == [12, 1])
            #expect(found.lines[0].item == found.lines[1].item)
            #expect(found.named(0) == ["X": 7], "in base units")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `of a kit there are as many as every part allows, and none of what is called back`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            func putKit(_ status: ItemStatus) async throws {
                let parts = [KitPart(item: Self.sku("A"), quantity: 2), KitPart(item: Self.sku("B"), quantity: 1)]
                let kit = Item(sku: SKU(stored: "K"), name: "K", status: status)
                _ = try await ports.catalog.putItem(kit, parts: parts, .none, by: nil).get()
            }
            try await putKit(.active)
            let before = try await stock(ports, [Self.sku("K"), Self.sku("A")]).get()
            #expect(before.named(0) == ["X": 2] && !before.lines[0].isSaleStopped)
            #expect(before.lines[0].parts.map(\.quantity) == [2, 1])
            #expect(before.lines[0].parts.map(\.item)[0] == before.lines[1].item)
            try await putKit(.stopSale)
            let stopped = try await stock(ports, [Self.sku("K"), Self.sku("A")]).get()
            #expect(stopped.named(0) == [:] && stopped.lines[0].isSaleStopped)
            #expect(stopped.named(1) == ["W": 10, "X": 4], "its parts are sold alone")
            try await putKit(.active)
            let part = Item(sku: SKU(stored: "B"), name: "B", status: .stopSale)
            _ = try await ports.catalog.putItem(part, parts: [], .none, by: nil).get()
            let without = try await stock(ports, [Self.sku("K"), Self.sku("B")]).get()
            #expect(without.lines.map(\.isSaleStopped) == [true, true])
            #expect(without.named(0) == [:] && without.named(1) == [:])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a group's order is its locations' priority where that is the objective`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let group = LocationGroup(
                id: GroupID(stored: "g"), name: "G", locations: ["Z", "X", "W"].map(LocationID.init(stored:)))
            _ = try await ports.catalog.putGroup(group, .none, by: nil).get()
            func priorities(_ objective: SourcingObjective, _ group: GroupID?) async throws -> [String: Int64?] {
                let filter = NetworkFilter(group: group, method: .ship)
                let found = try await stock(ports, [Self.sku("A")], filter, objective).get()
                return Dictionary(
                    uniqueKeysWithValues: found.places.map { ($0.place.location.text, $0.place.priority) })
            }
            #expect(try await priorities(.priority, group.id) == ["X": 2, "W": 3])
            #expect(try await priorities(.priority, nil) == ["X": 1, "W": 3])
            #expect(try await priorities(.nearest, group.id) == ["X": 1, "W": 3])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `rates of sale are told only for the objective that balances by them`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            _ = try await ports.commit([.sale("s", "A", at: "W", 2), .sale("t", "B", at: "X", 7)])
            for objective in SourcingObjective.allCases {
                let found = try await stock(ports, [Self.sku("A"), Self.sku("B")], .init(method: .ship), objective)
                    .get()
                let rates = found.lines.map { line in
                    line.dailySales.filter { $0.value > 0 }.keys.map { found.place($0)?.location.text }
                }
                #expect(
                    rates == (objective == .balanced ? [["W"], []] : [[], []]), "what is sold out is not balanced")
            }
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a location that has taken its day's shipments is full, for shipments alone`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            try await ports.addLocation("X") { $0.dailyCapacity = 1 }
            func isFull(_ method: FulfilmentMethod) async throws -> Bool? {
                let found = try await stock(ports, [Self.sku("A")], NetworkFilter(method: method)).get()
                return found.places.first { $0.place.location.text == "X" }?.place.isFull
            }
            #expect(try await isFull(.ship) == false)
            _ = try await ports.reserve("collected", 1, at: "X").get()
            #expect(try await isFull(.ship) == false)
            _ = try await ports.reserve("shipped", 1, at: "X", holdSeconds: 60, method: .ship).get()
            #expect(try await isFull(.ship) == true)
            #expect(try await isFull(.pickup) == false)
            try await ports.advanceClock(61)
            #expect(try await isFull(.ship) == false, "a hold that ended gives its shipment back")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `dated supply is told soonest first, where goods may come to, and not what is overdue`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            let day: Int64 = 86_400
            for (location, days, units) in [("X", 3, 5), ("W", 2, 7), ("Z", 3, 9), ("X", -1, 100)]
                as [(String, Int64, Int64)]
            { try await ports.expectSupply("A", units, location, days * day) }
            try await ports.addLocation("Z") { $0.capabilities = [.pickup] }
            func coming(_ location: String?, _ filter: NetworkFilter) async throws -> [String] {
                let skus = ["A", "B", "no"].map(SKU.init(stored:))
                let found = try await ports.sourcing.coming(skus, at: location.map(LocationID.init(stored:)), filter)
                #expect(found.keys.allSatisfy { $0.text == "A" })
                return (found[SKU(stored: "A")] ?? []).map { "\($0.location) \($0.units)" }
            }
            #expect(try await coming(nil, NetworkFilter()) == ["W 7", "X 5", "Z 9"])
            #expect(try await coming(nil, NetworkFilter(method: .ship)) == ["W 7", "X 5"])
            #expect(try await coming("X", NetworkFilter(method: .ship)) == ["X 5"])
            #expect(try await coming("Z", NetworkFilter(method: .ship)) == [])
            try await ports.advanceClock(2 * day)
            #expect(try await coming(nil, NetworkFilter(method: .ship)) == ["X 5"])
        }
    }
}

extension SourcingStock {
    /// What a line has, by the ids of locations.
    fileprivate func named(_ line: Int) -> [String: Int64] {
        let available = lines[line].available
        return Dictionary(
            uniqueKeysWithValues: available.locations.map { number in
                (place(number)?.location.text ?? "no place", available[number] ?? 0)
            })
    }

    fileprivate func place(_ number: LocationNumber) -> SourcingPlace? {
        places.first { $0.number == number }?.place
    }
}

extension Ports {
    /// Of locations that have had some of an item.
    fileprivate func numbers(of locations: [String], for sku: String) async throws -> [LocationNumber] {
        let facts = locations.map { FactLine.receipt("number \($0)", sku, at: $0, 1) }
        let outcome = try await commit(facts).outcome
        return outcome.lines.compactMap { $0.name?.key.location }
    }
}
