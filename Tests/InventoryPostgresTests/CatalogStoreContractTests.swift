import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What every catalog promises (see `BatchStoreContractTests`).
@Suite struct CatalogStoreContractTests {
    static func location(_ id: String, _ change: (inout Location) -> Void = { _ in }) -> Location {
        var location = Location(id: LocationID(stored: id), name: "Location \(id)")
        change(&location)
        return location
    }

    static func alias(_ system: String, _ code: String, _ sku: String, units: Int64 = 1) -> Alias {
        Alias(
            codeSystem: CodeSystem(stored: system), code: Code(stored: code), sku: SKU(stored: sku),
            unitsPerCode: UnitsPerCode(units: units) ?? .one)
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a location comes back with everything it was given`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
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
            let catalog = ports.catalog
            let stored = try await catalog.putLocation(location, .none, by: nil).get()
            #expect(stored.wasCreated && stored.version == 1)
            #expect(try await catalog.location(location.id)?.value == location)
            let again = try await catalog.putLocation(location, .versions([1]), by: nil).get()
            #expect(!again.wasCreated && again.version == 1 && again.isUnchanged, "as it was")
            location.priority = 4
            let changed = try await catalog.putLocation(location, .versions([1]), by: nil).get()
            #expect(!changed.wasCreated && changed.version == 2 && !changed.isUnchanged)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a change that expects another version is refused before anything else is looked at`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            let item = Item(sku: SKU(stored: "A"), name: "A")
            func put(_ precondition: Precondition, parts: [KitPart] = []) async throws -> MasterRejection? {
                try await catalog.putItem(item, parts: parts, precondition, by: nil).rejection
            }
            #expect(try await put(.exists) == .preconditionFailed(current: nil))
            #expect(try await put(.absent) == nil)
            #expect(try await put(.absent) == .preconditionFailed(current: 1), "although it is as it was")
            #expect(try await put(.versions([7])) == .preconditionFailed(current: 1))
            #expect(try await put(.versions([1, 7])) == nil)
            let unknown = [KitPart(item: .sku(SKU(stored: "no")), quantity: 1)]
            #expect(try await put(.versions([7]), parts: unknown) == .preconditionFailed(current: 1))
            let alias = Self.alias("x", "1", "no")
            #expect(
                try await catalog.putAlias(alias, .exists, by: nil).rejection == .preconditionFailed(current: nil))
            let group = LocationGroup(id: GroupID(stored: "g"), name: "G", locations: [LocationID(stored: "no")])
            #expect(
                try await catalog.putGroup(group, .versions([1]), by: nil).rejection
                    == .preconditionFailed(current: nil))
            // Of what is not there, a deletion says so whatever it expects.
            #expect(try await catalog.deleteGroup(group.id, .versions([1]), by: nil).rejection == .notFound)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `of many who create one thing at once one creates it`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await ports.catalog.putLocation(Self.location("L"), .absent, by: nil).rejection == nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 1)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `of many who change one version one changes it`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            let changed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let item = Item(sku: SKU(stored: "A"), name: "name \(number)")
                        return try await ports.catalog.putItem(item, parts: [], .versions([1]), by: nil).rejection
                            == nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(changed == 1)
            #expect(try await ports.catalog.item(SKU(stored: "A"))?.version == 2)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `what has history cannot be deleted, and what was deleted comes back under its number`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            let (used, idle) = (LocationID(stored: "used"), LocationID(stored: "idle"))
            try await ports.addItem("A")
            try await ports.addLocation("used")
            try await ports.addLocation("idle")
            _ = try await ports.commit([.sale("s", "A", at: "used")])
            guard case .resourceInUse? = try await catalog.deleteLocation(used, .none, by: nil).rejection,
                case .resourceInUse? = try await catalog.deleteSource(SourceID(stored: "till"), .none, by: nil)
                    .rejection
            else { Issue.record("something in use was deleted"); return }
            let bin = ItemBin(sku: SKU(stored: "A"), location: idle, text: "7")
            _ = try await catalog.putBin(bin, .none, by: nil).get()
            #expect(try await catalog.deleteLocation(idle, .none, by: nil).rejection == nil)
            #expect(try await catalog.location(idle) == nil)
            #expect(try await catalog.deleteLocation(idle, .none, by: nil).rejection == .notFound)
            #expect(try await ports.commit([.sale("t", "A", at: "idle")]).outcome.verdicts == [.parked])
            try await ports.addLocation("new")
            try await ports.addLocation("idle")
            #expect(try await catalog.location(idle)?.version == 3, "it goes on counting")
            #expect(try await catalog.bin(of: bin.sku, at: idle) == nil, "the bins were another shop's")
            let sale = try await ports.commit([.sale("u", "A", at: "idle"), .sale("v", "A", at: "new")])
            #expect(sale.outcome.verdicts == [.applied, .applied])
            #expect(sale.batch.balances.values.map(\.figures.onHand) == [-1, -1])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a group knows its places in order, and a channel has one group`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            for place in ["x", "y", "z"] { try await ports.addLocation(place) }
            let places = ["z", "x"].map(LocationID.init(stored:))
            let web = LocationGroup(
                id: GroupID(stored: "web"), name: "Web", channel: Channel(stored: "shop"), locations: places)
            _ = try await catalog.putGroup(web, .none, by: nil).get()
            #expect(try await catalog.group(web.id)?.value == web)
            var other = web
            other.id = GroupID(stored: "other")
            #expect(try await catalog.putGroup(other, .none, by: nil).rejection == .channelTaken(by: web.id))
            other.locations.append(LocationID(stored: "nowhere"))
            guard
                case .unknownReference("/locations/2", _)? = try await catalog.putGroup(other, .none, by: nil)
                    .rejection
            else { Issue.record("an unknown location was taken"); return }
            guard case .resourceInUse? = try await catalog.deleteLocation(places[0], .none, by: nil).rejection
            else { Issue.record("a group's location was deleted"); return }
            _ = try await catalog.deleteGroup(web.id, .none, by: nil).get()
            _ = try await catalog.deleteLocation(places[0], .none, by: nil).get()
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `aliases are found by system, code and sku, GTINs with or without leading zeros`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            try await ports.addItem("A")
            try await ports.addItem("B")
            for alias in [
                Self.alias("gtin", "96385074", "A"), Self.alias("erp", "96385074", "B"),
                Self.alias("erp", "x\u{20}y", "B", units: 12),
            ] { _ = try await catalog.putAlias(alias, .none, by: nil).get() }
            func codes(_ filter: AliasFilter) async throws -> [String] {
                try await catalog.aliases(filter, PageRequest(limit: 1)).elements.map {
                    "\($0.value.codeSystem) \($0.value.code)"
                }
            }
            #expect(try await codes(AliasFilter(sku: SKU(stored: "A"))) == ["gtin 00000096385074"])
            #expect(
                try await codes(AliasFilter(codeSystem: .gtin, code: Code(stored: "0096385074")))
                    == ["gtin 00000096385074"])
            let page = try await catalog.aliases(AliasFilter(), PageRequest(limit: 2, includesTotal: true))
            #expect(page.total == 3 && page.hasMore)
            let last = try #require(page.elements.last?.value)
            let rest = try await catalog.aliases(
                AliasFilter(), PageRequest(after: "\(last.codeSystem)\n\(last.code)", limit: 2))
            #expect(rest.elements.map(\.value.codeSystem.text) == ["gtin"] && !rest.hasMore)
            let unknown = Alias(codeSystem: .gtin, code: Code(stored: "1"), sku: SKU(stored: "no"))
            guard case .unknownReference("/sku", _)? = try await catalog.putAlias(unknown, .none, by: nil).rejection
            else { Issue.record("an alias of an unknown item was taken"); return }
            _ = try await catalog.deleteAlias(codeSystem: .gtin, code: Code(stored: "96385074"), .none, by: nil).get()
            #expect(try await codes(AliasFilter(sku: SKU(stored: "A"))).isEmpty)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a kit's parts are known items, each once, and no kits`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let catalog = ports.catalog
            for sku in ["A", "B", "stocked"] { try await ports.addItem(sku) }
            try await ports.addLocation("L")
            _ = try await ports.commit([.receipt("r", "stocked", at: "L", 1)])
            _ = try await catalog.putAlias(Self.alias("gtin", "96385074", "B", units: 12), .none, by: nil).get()
            let code = ItemReference.code(system: .gtin, Code(stored: "96385074"))
            func put(_ sku: String, _ parts: (item: ItemReference, quantity: Int64)...) async throws -> String {
                let parts = parts.map { KitPart(item: $0.item, quantity: $0.quantity) }
                return try await catalog.putItem(
                    Item(sku: SKU(stored: sku), name: sku), parts: parts, .none, by: nil
                ).gist()
            }
            func sku(_ text: String) -> ItemReference { .sku(SKU(stored: text)) }
            #expect(try await put("K", (sku("A"), 1), (sku("no"), 1)) == "unknown /components/1/sku")
            #expect(
                try await put("K", (.code(system: .gtin, Code(stored: "1")), 1)) == "unknown /components/0/code")
            #expect(try await put("K", (code, 1_000_000)) == "invalid /components/0/quantity")
            #expect(try await put("K", (sku("B"), 1), (code, 1)) == "invalid /components/1/code")
            #expect(try await put("A", (sku("A"), 1)) == "invalid /components/0/sku")
            #expect(try await put("stocked", (sku("A"), 1)) == "in use")
            #expect(try await put("K", (sku("A"), 1), (code, 2)) == "created v1")
            #expect(
                try await catalog.item(SKU(stored: "K"))?.value.components
                    == [.init(sku: SKU(stored: "A"), quantity: 1), .init(sku: SKU(stored: "B"), quantity: 24)])
            #expect(try await put("K", (sku("A"), 1), (code, 2)) == "unchanged v1")
            #expect(try await put("A", (sku("stocked"), 1)) == "in use", "it is part of a kit")
            #expect(try await put("T", (sku("K"), 1)) == "in use", "a kit is no part")
            #expect(try await put("K") == "changed v2", "an item of its own")
        }
    }

}

extension Result where Failure == MasterRejection {
    var rejection: MasterRejection? {
        if case .failure(let rejection) = self { rejection } else { nil }
    }
}

extension MasterRejection {
    /// Without the words for people, which a store in memory does not repeat.
    var gist: String {
        switch self {
        case .preconditionFailed(let current): "expected another version than \(current.map { "v\($0)" } ?? "none")"
        case .unknownReference(let pointer, _): "unknown \(pointer)"
        case .requestKeyReused: "key reused"
        case .resourceInUse: "in use"
        case .channelTaken(let group): "channel of \(group)"
        case .notFound: "not found"
        case .invalid(let pointer, _): "invalid \(pointer)"
        }
    }
}

extension Result where Failure == MasterRejection {
    /// What became of a change, in few words.
    func gist<Value>() -> String where Success == Stored<Value> {
        switch self {
        case .failure(let rejection): rejection.gist
        case .success(let stored):
            "\(stored.isUnchanged ? "unchanged" : stored.wasCreated ? "created" : "changed") v\(stored.version)"
        }
    }
}
