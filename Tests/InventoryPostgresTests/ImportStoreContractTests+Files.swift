import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Files, when they came, and what is left of them.
extension ImportStoreContractTests {
    @Test(arguments: Ports.Kind.allCases)
    func `a file of this machine is one import, which begins again once it has ended`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let (store, id, digest) = (ports.imports, Self.id(1), Self.digest("file"))
            func claim(_ worker: String) async throws -> StoredImport? {
                try await store.claim(id, Self.order(), bytes: 12, digest: digest, by: worker)
            }
            let first = try #require(try await claim("a"))
            #expect(first.state == .running && first.bytesReceived == 12 && first.digest == digest)
            #expect(try await claim("b") == nil, "somebody works on it")
            #expect(try await store.claimNext(by: "c") == nil, "it has no body")
            var progress = ImportProgress()
            progress.recordsDone = 4
            let line = ImportReportLine(line: 1, eventID: nil, verdict: .parked, code: "c", detail: "d", raw: "r")
            #expect(try await store.checked(id, recordsTotal: 5, by: "a"))
            #expect(try await store.advance(id, to: progress, [line], without: nil, by: "a"))
            try await store.release(id, afterSeconds: 30, by: "a")
            let second = try #require(try await claim("b"))
            #expect(second.progress == progress && second.recordsTotal == 5, "who starts it again goes on")
            #expect(try await store.finish(id, ImportProblem(code: "bad", detail: "d"), by: "b"))
            let third = try #require(try await claim("c"))
            #expect(third.progress == ImportProgress() && third.recordsTotal == nil && third.problem == nil)
            #expect(third.finishedAt == nil)
            #expect(try await store.report(id, verdict: nil, after: 0, limit: 9).isEmpty)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a file was received when it first came, however often it comes again and is read`(_ kind: Ports.Kind)
        async throws
    {
        try await Ports.run(kind) { ports async throws in
            let store = ports.imports
            let (content, reading, other) = (Self.digest("body"), Self.digest("reading"), Self.digest("other reading"))
            try await waiting([1], ports)
            let first = try await store.firstReceived(Self.id(1), content, as: reading)
            #expect(first.content == first.reading)
            try await ports.advanceClock(60)
            try await waiting([2], ports)
            #expect(try await store.firstReceived(Self.id(2), content, as: reading) == first)
            try await waiting([3], ports) { $0.codeSystem = CodeSystem(stored: "x") }
            let second = try await store.firstReceived(Self.id(3), content, as: other)
            #expect(second.content == first.content && second.reading > first.reading)
            #expect(try await store.firstReceived(Self.id(1), content, as: reading) == first)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a dry run is not when a file came`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let store = ports.imports
            try await waiting([1], ports) { $0.isDryRun = true }
            let dryRun = try #require(try await store.importJob(Self.id(1)))
            try await waiting([2], ports)
            let real = try #require(try await store.importJob(Self.id(2)))
            let receipt = try await store.firstReceived(Self.id(2), Self.digest("body"), as: Self.digest("reading"))
            #expect(receipt.content > dryRun.createdAt && receipt.content <= real.createdAt)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `bodies of which nothing comes any more are given up, and what ended leaves nothing`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            let store = ports.imports
            try await waiting([1], ports)
            _ = try await store.claimNext(by: "w")
            #expect(try await store.finish(Self.id(1), nil, by: "w"))
            try await waiting([2], ports)
            try await store.receive(Self.id(3), Self.order())
            try await store.append([1], as: 0, to: Self.id(3), bytesReceived: 1)
            #expect(try await store.deleteStale(afterSeconds: 3_600) == 0)
            #expect(try await store.chunk(0, of: Self.id(1)) == nil, "it has ended")
            try await ports.advanceClock(3_601)
            #expect(try await store.deleteStale(afterSeconds: 3_600) == 1)
            #expect(try await store.importJob(Self.id(3)) == nil)
            #expect(try await store.chunk(0, of: Self.id(3)) == nil)
            #expect(try await state(2, ports) == .waiting, "what was received waits as long as it takes")
            #expect(try await store.chunk(0, of: Self.id(2)) == [1, 2])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `the newest imports are listed first`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            for number in 1...3 {
                try await waiting([number], ports)
                try await ports.advanceClock(1)
            }
            let first = try await ports.imports.imports(PageRequest(limit: 2, includesTotal: true))
            #expect(first.elements.map(\.id) == [Self.id(3), Self.id(2)] && first.hasMore && first.total == 3)
            let second = try await ports.imports.imports(PageRequest(after: Self.id(2).text, limit: 2))
            #expect(second.elements.map(\.id) == [Self.id(1)] && !second.hasMore)
            #expect(try await ports.imports.imports(PageRequest(after: Self.id(9).text)).elements.isEmpty)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `book figures are kept by place and item until they are compared`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let (store, id) = (ports.imports, Self.id(1))
            for sku in ["A", "B", "part"] { try await ports.addItem(sku) }
            for location in ["L", "M"] { try await ports.addLocation(location) }
            let parts = [KitPart(item: .sku(SKU(stored: "part")), quantity: 1)]
            let kit = Item(sku: SKU(stored: "K"), name: "K")
            _ = try await ports.catalog.putItem(kit, parts: parts, .none, by: nil).get()
            let erp = Source(id: SourceID(stored: "erp"), codeSystem: CodeSystem(stored: "x"))
            _ = try await ports.catalog.putSource(erp, .none, by: nil).get()
            let alias = Alias(
                codeSystem: CodeSystem(stored: "x"), code: Code(stored: "case"), sku: SKU(stored: "A"),
                unitsPerCode: UnitsPerCode(units: 12) ?? .one)
            _ = try await ports.catalog.putAlias(alias, .none, by: nil).get()
            try await waiting([1], ports) { $0.kind = .bookFigures }
            _ = try await store.claimNext(by: "w")
            let asOf = Timestamp(microseconds: 1_700_000_000_000_000)
            func figure(_ line: Int64, _ item: ItemReference, _ location: LocationReference, _ units: Int64)
                -> StagedFigure
            {
                StagedFigure(
                    line: line,
                    figure: BookFigure(source: erp.id, asOf: asOf, item: item, location: location, quantity: units),
                    raw: "row \(line)")
            }
            func sku(_ text: String) -> ItemReference { .sku(SKU(stored: text)) }
            let (atL, atM) = (
                LocationReference.id(LocationID(stored: "L")), LocationReference.id(LocationID(stored: "M"))
            )
            let figures = [
                figure(1, sku("B"), atM, 1), figure(2, sku("A"), atL, 2), figure(3, sku("no"), atL, 3),
                figure(4, .code(system: nil, alias.code), atL, 4), figure(5, .code(system: .gtin, alias.code), atL, 5),
                figure(6, sku("K"), atL, 6), figure(7, sku("A"), .id(LocationID(stored: "no")), 7),
                figure(8, sku("A"), .code(system: nil, Code(stored: "?")), 8), figure(9, sku("B"), atL, 9),
            ]
            let problems: [FigureProblem?] = [
                nil, nil, .unknownSku, nil, .unknownCode, .kit, .unknownLocation, .unknownLocationCode, nil,
            ]
            for _ in 0..<2 { #expect(try await store.stage(figures, of: id) == problems) }
            let first = try #require(try await store.heap(of: id, limit: 1))
            #expect(first.place == FigurePlace(source: erp.id, location: LocationID(stored: "L"), asOf: asOf))
            #expect(first.sums == [FigureSum(sku: SKU(stored: "A"), units: 50, rows: 2, line: 2, raw: "row 2")])
            #expect(first.hasMore)
            #expect(try await store.heap(of: id, limit: 1) == first, "until it is said that they are done")
            #expect(try await store.advance(id, to: ImportProgress(), [], without: first, by: "w"))
            let second = try #require(try await store.heap(of: id, limit: 9))
            #expect(second.place == first.place && !second.hasMore)
            #expect(second.sums.map(\.units) == [9])
            #expect(try await !store.advance(id, to: ImportProgress(), [], without: second, by: "another"))
            #expect(try await store.heap(of: id, limit: 9) == second)
            #expect(try await store.advance(id, to: ImportProgress(), [], without: second, by: "w"))
            let third = try #require(try await store.heap(of: id, limit: 9))
            #expect(third.place.location.text == "M" && third.sums.map(\.sku.text) == ["B"])
            #expect(try await store.advance(id, to: ImportProgress(), [], without: third, by: "w"))
            #expect(try await store.heap(of: id, limit: 9) == nil)
            // More than can be.
            _ = try await store.stage([10, 11].map { figure($0, sku("A"), atL, Figures.unitsMax / 2 + 1) }, of: id)
            #expect(try await store.heap(of: id, limit: 9)?.sums.map(\.units) == [nil])
        }
    }
}
