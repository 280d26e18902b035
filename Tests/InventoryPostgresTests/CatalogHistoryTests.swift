import Inventory
import InventoryService
import TestSupport
import Testing

/// Random changes of master data with facts between them, told to both catalogs: they must answer the same.
@Suite struct CatalogHistoryTests {
    private typealias Step = @Sendable (Ports) async throws -> String

    @Test(arguments: seeds.prefix(4))
    func `both catalogs answer the same, whatever they are told`(seed: UInt64) async throws {
        let steps = history(seed)
        let expected = try await tell(steps, .inMemory)
        let found = try await tell(steps, .postgres)
        for (index, pair) in zip(expected, found).enumerated() where pair.0 != pair.1 {
            Issue.record("seed \(seed), step \(index)\nin memory: \(pair.0)\nPostgreSQL: \(pair.1)")
            return
        }
        #expect(expected.count == found.count)
    }

    private func tell(_ steps: [(what: String, step: Step)], _ kind: Ports.Kind) async throws -> [String] {
        try await Ports.run(kind) { ports async throws in
            var answers: [String] = []
            for (what, step) in steps { answers.append("\(what): \(try await step(ports))") }
            return answers
        }
    }

    private func history(_ seed: UInt64) -> [(what: String, step: Step)] {
        var random = SeededGenerator(seed: seed)
        return (0..<250).map { number in
            switch Int.random(in: 0..<12, using: &random) {
            case 0, 1: item(&random)
            case 2: bin(&random)
            case 3, 4: location(&random)
            case 5, 6: group(&random)
            case 7: source(&random)
            case 8: alias(&random)
            case 9: locationAlias(&random)
            case 10: fact(number, &random)
            default: list(&random)
            }
        }
    }

    private func precondition(_ random: inout SeededGenerator) -> Precondition {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .absent
        case 1: .exists
        case 2: .versions([Int64.random(in: 1...4, using: &random)])
        default: .none
        }
    }

    private func sku(_ random: inout SeededGenerator) -> SKU { SKU(stored: random.pick(["A", "B", "K"])) }
    private func place(_ random: inout SeededGenerator) -> LocationID {
        LocationID(stored: random.pick(["L", "M", "N"]))
    }
    private func places(_ random: inout SeededGenerator) -> [LocationID] {
        ["N", "L", "M"].filter { _ in random.isOne(in: 3) }.map(LocationID.init(stored:))
    }
    private func code(_ random: inout SeededGenerator) -> (system: CodeSystem, code: Code) {
        let (system, code) = random.pick([("gtin", "96385074"), ("gtin", "00096385074"), ("x", "1"), ("x", "2")])
        return (CodeSystem(stored: system), Code(stored: code))
    }

    private func item(_ random: inout SeededGenerator) -> (String, Step) {
        let expected = precondition(&random)
        var item = Item(
            sku: sku(&random), name: random.pick(["one", "two"]), unit: random.pick([.each, .gram]),
            status: random.pick(ItemStatus.allCases))
        if random.isOne(in: 3) { item.family = Family(stored: "F") }
        if random.isOne(in: 3) { item.attributes = [.init(name: "size", value: random.pick(["S", "M"]))] }
        let listed = ListedItem(item, namesUnit: random.isOne(in: 2), namesStatus: random.isOne(in: 2))
        let (system, code) = code(&random)
        let named: ItemReference = random.isOne(in: 3) ? .code(system: system, code) : .sku(sku(&random))
        let parts = random.isOne(in: 3) ? [KitPart(item: named, quantity: Int64.random(in: 1...3, using: &random))] : []
        if random.isOne(in: 3) {
            return (
                "list \(listed)",
                { [item] ports in
                    try await ports.catalog.putItems([listed], by: nil)
                    return "\(String(describing: try await ports.catalog.item(item.sku)))"
                }
            )
        }
        return (
            "put \(item) of \(parts) if \(expected)",
            { [item] ports in
                let put = try await ports.catalog.putItem(item, parts: parts, expected, by: nil)
                return "\(put.gist()) \(String(describing: try await ports.catalog.item(item.sku)))"
            }
        )
    }

    private func bin(_ random: inout SeededGenerator) -> (String, Step) {
        let expected = precondition(&random)
        let bin = ItemBin(sku: sku(&random), location: place(&random), text: random.pick(["1", "2"]))
        if random.isOne(in: 4) {
            return (
                "delete \(bin) if \(expected)",
                {
                    try await $0.catalog.deleteBin(of: bin.sku, at: bin.location, expected, by: nil).rejection?.gist
                        ?? ""
                }
            )
        }
        return ("put \(bin) if \(expected)", { try await $0.catalog.putBin(bin, expected, by: nil).gist() })
    }

    private func location(_ random: inout SeededGenerator) -> (String, Step) {
        let expected = precondition(&random)
        var location = Location(id: place(&random), name: random.pick(["one", "two"]))
        location.status = random.pick([.active, .paused])
        if random.isOne(in: 3) {
            return (
                "delete \(location.id) if \(expected)",
                { [location] in
                    try await $0.catalog.deleteLocation(location.id, expected, by: nil).rejection?.gist ?? ""
                }
            )
        }
        return (
            "put \(location.id) \(location.name) \(location.status) if \(expected)",
            { [location] in try await $0.catalog.putLocation(location, expected, by: nil).gist() }
        )
    }

    private func group(_ random: inout SeededGenerator) -> (String, Step) {
        let expected = precondition(&random)
        let group = LocationGroup(
            id: GroupID(stored: random.pick(["g", "h"])), name: "G",
            channel: random.isOne(in: 2) ? Channel(stored: "web") : nil, locations: places(&random))
        if random.isOne(in: 3) {
            return (
                "delete \(group.id) if \(expected)",
                { try await $0.catalog.deleteGroup(group.id, expected, by: nil).rejection?.gist ?? "" }
            )
        }
        return ("put \(group) if \(expected)", { try await $0.catalog.putGroup(group, expected, by: nil).gist() })
    }

    private func source(_ random: inout SeededGenerator) -> (String, Step) {
        let expected = precondition(&random)
        let source = Source(
            id: SourceID(stored: random.pick(["till", "wms"])), name: random.pick(["one", nil]),
            codeSystem: random.isOne(in: 2) ? CodeSystem(stored: "x") : nil, locations: places(&random),
            authority: random.pick(Source.Authority.allCases))
        if random.isOne(in: 3) {
            return (
                "delete \(source.id) if \(expected)",
                { try await $0.catalog.deleteSource(source.id, expected, by: nil).rejection?.gist ?? "" }
            )
        }
        return (
            "put \(source) if \(expected)",
            { ports in
                let put = try await ports.catalog.putSource(source, expected, by: nil)
                return "\(put.gist()) \(String(describing: try await ports.catalog.source(source.id)))"
            }
        )
    }

    private func alias(_ random: inout SeededGenerator) -> (String, Step) {
        let (expected, (system, code)) = (precondition(&random), code(&random))
        if random.isOne(in: 3) {
            return (
                "delete \(system) \(code) if \(expected)",
                {
                    try await $0.catalog.deleteAlias(codeSystem: system, code: code, expected, by: nil).rejection?.gist
                        ?? ""
                }
            )
        }
        let alias = Alias(
            codeSystem: system, code: code, sku: sku(&random),
            unitsPerCode: UnitsPerCode(units: Int64.random(in: 1...2, using: &random)) ?? .one)
        return ("put \(alias) if \(expected)", { try await $0.catalog.putAlias(alias, expected, by: nil).gist() })
    }

    private func locationAlias(_ random: inout SeededGenerator) -> (String, Step) {
        let (expected, (system, code)) = (precondition(&random), code(&random))
        if random.isOne(in: 3) {
            return (
                "delete place \(system) \(code) if \(expected)",
                {
                    try await $0.catalog.deleteLocationAlias(codeSystem: system, code: code, expected, by: nil)
                        .rejection?.gist ?? ""
                }
            )
        }
        let alias = LocationAlias(codeSystem: system, code: code, location: place(&random))
        return (
            "put \(alias) if \(expected)", { try await $0.catalog.putLocationAlias(alias, expected, by: nil).gist() }
        )
    }

    /// What names mean to facts, and what is then in use.
    private func fact(_ number: Int, _ random: inout SeededGenerator) -> (String, Step) {
        let (sku, place, source) = (sku(&random), place(&random), random.pick(["till", "wms"]))
        let fact = FactLine.receipt("\(number)", sku.text, at: place.text, 1)
        return (
            "receipt of \(sku) at \(place) from \(source)",
            { "\(try await $0.commit([fact], source: source).outcome.verdicts)" }
        )
    }

    private func list(_ random: inout SeededGenerator) -> (String, Step) {
        let page = PageRequest(
            after: random.pick([nil, "A", "K", "L", "x\n1", "gtin\n"]), limit: Int.random(in: 1...3, using: &random),
            includesTotal: random.isOne(in: 2))
        let (sku, place, (system, code)) = (sku(&random), place(&random), code(&random))
        let which = Int.random(in: 0..<7, using: &random)
        return (
            "list \(which) \(page)",
            { ports in
                let catalog = ports.catalog
                switch which {
                case 0: return "\(try await catalog.items(ItemFilter(family: Family(stored: "F")), page))"
                case 1: return "\(try await catalog.items(ItemFilter(skus: [sku, SKU(stored: "B")]), page))"
                case 2: return "\(try await catalog.bins(at: place, page))"
                case 3: return "\(try await catalog.groups(within: [place], page))"
                case 4:
                    let found = try await catalog.locations(LocationFilter(), in: .id, page)
                    return "\(found.elements.map { "\($0.stored.value.id) v\($0.stored.version)" }) \(found.hasMore)"
                case 5: return "\(try await catalog.aliases(AliasFilter(codeSystem: system, code: code), page))"
                default: return "\(try await catalog.locationAliases(LocationAliasFilter(location: place), page))"
                }
            }
        )
    }
}
