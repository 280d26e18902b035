import Inventory
import InventoryService
import Logging
import TestSupport
import Testing

/// Files of things, and of figures; how they come, and in what turns.
extension ImportServiceTests {
    @Test func `things are put by their kind, and say whether that changed anything`() async throws {
        var known = item("A", "renamed")
        known.status = .stopSale
        let places = ["L", "M"].map { Location(id: LocationID(stored: $0), name: "from the file") }
        let (system, unknown) = (CodeSystem(stored: "x"), SKU(stored: "no"))
        let group = LocationGroup(
            id: GroupID(stored: "g"), name: "G", locations: ["L", "no"].map(LocationID.init(stored:)))
        let records = [
            record(1, .item(ListedItem(known, namesStatus: false), parts: [])),
            record(2, .item(ListedItem(item("B")), parts: []), notes: ["its name is missing"]),
            record(3, .location(places[0])), record(4, .location(places[1])),
            record(5, .alias(Alias(codeSystem: system, code: Code(stored: "1"), sku: SKU(stored: "B")))),
            record(6, .alias(Alias(codeSystem: system, code: Code(stored: "2"), sku: unknown))),
            record(7, .locationGroup(group)),
            record(8, .source(Source(id: SourceID(stored: "s"), codeSystem: system)), named: ["codeSystem"]),
            record(9, .item(ListedItem(item("K")), parts: [KitPart(item: .sku(SKU(stored: "B")), quantity: 2)])),
        ]
        try await withShop(ScriptedImportReader(records)) { shop async throws in
            var source = Source(id: SourceID(stored: "s"), name: "set by hand")
            source.labels = []
            _ = try await shop.catalog.putSource(source, .none, by: nil).get()
            let first = try await shop.send(.items)
            #expect(try await shop.imports.runNext())
            var counts = try await shop.job(first).progress.counts
            #expect(counts[.stored] == 6 && counts[.unchanged] == 1 && counts[.rejected] == 2)
            #expect(
                try await shop.report(first) == [
                    "2 stored note", "6 rejected unknownSku", "7 rejected unknownReference",
                ])
            #expect(try await shop.catalog.item(SKU(stored: "A"))?.value.status == .active)
            #expect(try await shop.catalog.location(places[0].id)?.value.name == "L", "people's own stays")
            #expect(try await shop.catalog.source(source.id)?.value.name == "set by hand")
            // The same file again.
            let second = try await shop.send(.items)
            #expect(try await shop.imports.runNext())
            counts = try await shop.job(second).progress.counts
            #expect(counts[.unchanged] == 7 && counts[.rejected] == 2)
        }
    }

    @Test func `lines that waited for what a file brings are applied at its end, and not by a dry run`() async throws {
        let records = [record(1, .item(ListedItem(item("NEW")), parts: []))]
        try await withShop(ScriptedImportReader(records)) { shop async throws in
            try await withFacts(shop.facts) { facts async throws in
                _ = try await facts.submit(
                    source: SourceID(stored: "till"), lines: [FactLine.sale("1", "NEW").submitted], isAtomic: false)
            }
            _ = try await shop.send(.items) { $0.isDryRun = true }
            #expect(try await shop.imports.runNext())
            #expect(shop.facts.world.parked.count == 1)
            _ = try await shop.send(.items)
            #expect(try await shop.imports.runNext())
            #expect(shop.facts.world.parked.isEmpty && shop.onHand("NEW") == -1)
        }
    }

    @Test func `location codes are looked up for files of things that may name some`() async throws {
        let alias = LocationAlias(
            codeSystem: CodeSystem(stored: "erp"), code: Code(stored: "0815"), location: LocationID(stored: "L"))
        try await withShop(ScriptedImportReader([])) { shop async throws in
            _ = try await shop.catalog.putLocationAlias(alias, .none, by: nil).get()
            for (kind, mapping, isKnown) in [
                (.locationGroups, nil, true), (.locationGroups, "locationCode: x", true),
                (.locationGroups, "location: x", false), (.movements, nil, false),
            ] as [(ImportKind, String?, Bool)] {
                _ = try await shop.send(kind) { $0.mapping = mapping }
                #expect(try await shop.imports.runNext())
                let file = try #require(shop.reader.files.last)
                #expect(file.location("erp", "0815") == (isKnown ? alias.location : nil), "\(kind)")
            }
        }
    }

    @Test func `book figures are compared once all of them are there, and a dry run only looks`() async throws {
        let source = SourceID(stored: "erp")
        func figure(_ line: Int, _ sku: String, _ units: Int64) -> ImportRecord {
            record(
                line,
                .figure(
                    BookFigure(
                        source: source, asOf: Timestamp(microseconds: 1_000), item: .sku(SKU(stored: sku)),
                        location: .id(LocationID(stored: "L")), quantity: units)))
        }
        let records = [figure(1, "A", 4), figure(2, "no", 1), figure(3, "A", -4), figure(4, "B", 7)]
        try await withShop(ScriptedImportReader(records)) { shop async throws in
            _ = try await shop.catalog.putItem(item("B"), parts: [], .none, by: nil).get()
            var said: [[String]] = []
            for isDryRun in [true, false, false] {
                let id = try await shop.send(.bookFigures) { $0.isDryRun = isDryRun }
                #expect(try await shop.imports.runNext())
                let counts = try await shop.job(id).progress.counts
                #expect(counts.records == 4)
                said.append(ImportVerdict.allCases.filter { counts[$0] > 0 }.map { "\($0) \(counts[$0])" })
                shop.facts.advanceClock(bySeconds: 1)
            }
            #expect(said[0] == ["matched 2", "variance 1", "unknown 1"])
            #expect(said[1] == said[0])
            #expect(said[2] == ["duplicate 3", "unknown 1"], "the same figures again")
            #expect(shop.facts.world.lines.isEmpty)
        }
    }

    @Test func `a body is kept piece by piece, with all but the last piece's rest in the store`() async throws {
        try await withShop(ScriptedImportReader([])) { shop async throws in
            var reception = try await shop.imports.receive(ImportOrder(kind: .movements))
            #expect(try await !reception.write(Array(repeating: 1, count: 1_000)))
            #expect(shop.store.pieces(of: reception.id) == 0)
            #expect(try await reception.write(Array(repeating: 2, count: 2 << 20)))
            #expect(shop.store.pieces(of: reception.id) == 2)
            guard case .accepted(let job) = try await reception.finish({ _ in nil }) else {
                Issue.record("it was not accepted")
                return
            }
            #expect(shop.store.pieces(of: job.id) == 3 && job.bytesReceived == 1_000 + 2 << 20)
            #expect(reception.bytesReceived == job.bytesReceived)
        }
    }

    @Test func `of many imports each is run, and one that cannot be is left for later`() async throws {
        try await withShop(ScriptedImportReader(receipts(1))) { shop async throws in
            var ids: [ImportID] = []
            for _ in 0..<3 {
                ids.append(try await shop.send(.movements))
                shop.facts.advanceClock(bySeconds: 1)
            }
            shop.store.failReading(ids[1])
            #expect(try await shop.imports.runAll() == 2)
            let states = try await [shop.job(ids[0]), shop.job(ids[1]), shop.job(ids[2])].map(\.state)
            #expect(states == [.done, .waiting, .done])
            #expect(try await shop.imports.runAll() == 0, "not at once")
            shop.facts.advanceClock(bySeconds: 31)
            await #expect(throws: StoreError.unavailable) { try await shop.imports.runAll() }
        }
    }
}
