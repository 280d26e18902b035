import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Late facts and counts on a real database, from two processes.
@Suite struct LateDataTests {
    /// The same for all orders, so that they can be compared: some within the last day, some long before it.
    private static let instants: [Timestamp] = {
        let hour: Int64 = 3_600_000_000
        let now = Int64(Date().timeIntervalSince1970) * 1_000_000 - hour
        return [0, 1, 2, 3, 40, 41, 400, 401].map { Timestamp(microseconds: now - $0 * hour) }
    }()

    private func send(_ report: StoreHistory.Report, to shop: TestShop) async throws {
        switch report {
        case .fact(let fact, let source): try await shop.send([fact], source: source.text)
        case .completeCount(let position, let location, let lines):
            _ = try await shop.counts.submit(.of(position, at: location, lines))
        }
    }

    /// Some alone, some in batches, some twice, from two processes and several clients at once.
    private func play(
        _ history: StoreHistory, _ shops: [TestShop], _ generator: inout SeededGenerator
    ) async throws {
        var reports = history.reports + history.reports.filter { _ in generator.isOne(in: 3) }
        reports.shuffle(using: &generator)
        let clients = 4
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for client in 0..<clients {
                let part = reports.enumerated().filter { $0.offset % clients == client }.map(\.element)
                tasks.addTask { for report in part { try await send(report, to: shops[client % shops.count]) } }
            }
            try await tasks.waitForAll()
        }
    }

    private struct Result: Equatable {
        var figures: [String: Figures] = [:]
        var findings: [String: [CountFinding]] = [:]
    }

    private func result(_ history: StoreHistory, of shop: TestShop) async throws -> Result {
        var result = Result()
        for sku in StoreHistory.items {
            for instant in Self.instants {
                let found = try #require(
                    try await shop.availability.occurred(.sku(SKU(stored: sku)), at: nil, instant)
                ).get()
                for balance in found.value { result.figures["\(sku) \(balance.location) \(instant)"] = balance.figures }
            }
            for place in StoreHistory.places {
                result.figures["\(sku) \(place) now"] = try await shop.balance(sku, place.text).figures
            }
        }
        for report in history.reports {
            var position: CountPosition
            switch report {
            case .fact(let fact, let source):
                guard case .count = fact.change, let at = fact.occurredAt else { continue }
                position = CountPosition(at: at, source: source, event: fact.eventID)
            case .completeCount(let counted, _, _): position = counted
            }
            let id = CountID(source: position.source, event: position.event, sha256)
            let (page, _) = try await shop.countStore.findings(id, PageRequest())
            // A complete count may come to an item that it found nothing of before or after the item is heard of first.
            result.findings[id.description] = page.elements.filter { $0.quantity != 0 || $0.variance != 0 }
        }
        return result
    }

    @Test(arguments: seeds)
    func `any order, repetition and batching over two processes gives one end and one history`(
        seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed)
        let history = StoreHistory.random(&generator, instants: Self.instants)
        let truth = history.truth
        var first: Result?
        for order in 0..<3 {
            let orderSeed = generator.next()
            let ended = try await withDatabase { database in
                try await withShop(on: database) { one in
                    try await withShop(on: database) { two in
                        for sku in StoreHistory.items { try await one.addItem(sku) }
                        for place in StoreHistory.places { try await one.addLocation(place.text) }
                        var generator = SeededGenerator(seed: orderSeed)
                        try await play(history, [one, two], &generator)
                        let proof = try await one.prove()
                        #expect(proof.isProved, "seed \(seed), order \(order): \(proof.summary)")
                        return try await result(history, of: two)
                    }
                }
            }
            for sku in StoreHistory.items {
                for place in StoreHistory.places {
                    for bucket in Bucket.namedInFacts {
                        for instant in Self.instants {
                            let found = ended.figures["\(sku) \(place) \(instant)"]?[bucket] ?? 0
                            #expect(
                                found == truth.units(sku, place, bucket, at: instant),
                                "seed \(seed), order \(order): \(sku) at \(place), \(bucket), \(instant)")
                        }
                        #expect(
                            ended.figures["\(sku) \(place) now"]?[bucket]
                                == truth.units(sku, place, bucket, at: Self.instants[0]),
                            "seed \(seed), order \(order): \(sku) at \(place), \(bucket)")
                    }
                }
            }
            if let first { #expect(ended.findings == first.findings, "seed \(seed), order \(order)") }
            first = ended
        }
    }

    @Test func `a count that was cut off is finished by a sweep`() async throws {
        try await withShop { shop in
            for sku in ["A", "B", "C"] { try await shop.addItem(sku) }
            try await shop.addLocation("L")
            let at = Timestamp(microseconds: 1_760_000_000_000_000)
            try await shop.send(
                ["A", "B", "C"].map { sku in
                    var receipt = FactLine.receipt("r\(sku)", sku, 5)
                    receipt.occurredAt = at.advanced(byMicroseconds: -1)
                    return receipt
                })
            let position = CountPosition(
                at: at, source: SourceID(stored: "scanner"), event: EventID(stored: "inventory"))
            let lines = [FactLine.count("inventory", 0, "A", 7, at: at)]
            let posted = PostedCount.of(position, at: LocationID(stored: "L"), lines)
            // Stored, and then nothing more: as if the process had ended.
            let number = try await shop.factStore.sourceNumber(posted.source)
            let stored = try #require(try await shop.countStore.open(posted, from: number, by: nil))
            #expect(!stored.isApplied)
            #expect(try await shop.onHand("B", "L") == 5)
            let later = stored.recordedAt.advanced(byMicroseconds: 1)
            #expect(try await shop.counts.finishOpen(before: later, limit: 10) == 1)
            #expect(try await shop.counts.finishOpen(before: later, limit: 10) == 0)
            #expect(try await shop.onHand("A", "L") == 7)
            #expect(try await shop.onHand("B", "L") == 0)
            // Who sent it and sends it again hears what became of it.
            let again = try await shop.counts.submit(posted)
            #expect(again.lines.map(\.verdict) == [.duplicate])
            #expect(try await shop.prove().isProved)
        }
    }

    @Test func `a dark store's queue of an item first heard of later ends at what the complete count said`()
        async throws
    {
        try await withShop { shop in
            for sku in ["A", "B"] { try await shop.addItem(sku) }
            try await shop.addLocation("L")
            let at = Timestamp(microseconds: 1_750_000_000_000_000)
            let position = CountPosition(at: at, source: SourceID(stored: "scanner"), event: EventID(stored: "c"))
            _ = try await shop.counts.submit(.of(position, at: LocationID(stored: "L"), []))
            let verdicts = try await shop.send([
                .sale("1", "A", occurredAt: at.advanced(byMicroseconds: -1)),
                .sale("2", "A", occurredAt: at),
                .sale("3", "A", occurredAt: at.advanced(byMicroseconds: 1)),
            ]).lines.map(\.verdict)
            #expect(verdicts == [.recordedBeforeCount, .recordedBeforeCount, .applied])
            #expect(try await shop.onHand("A", "L") == -1)
            #expect(try await shop.balance("A", "L").countedAt == at)
            // Sent again, the first verdict is remembered.
            let again = try await shop.send([.sale("1", "A", occurredAt: at.advanced(byMicroseconds: -1))]).lines[0]
            #expect(again.verdict == .duplicate)
            #expect(again.firstVerdict == .recordedBeforeCount)
        }
    }

    @Test func `of two counts at one instant the greater source and event id holds, whichever comes first`()
        async throws
    {
        let at = Timestamp(microseconds: 1_750_000_000_000_000)
        func count(_ event: String, _ quantity: Int64) -> FactLine {
            FactLine(
                eventID: EventID(stored: event), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                change: .count(CountStatement(quantity: CountedQuantity(units: quantity) ?? .none)), occurredAt: at)
        }
        let counts = [(count("2", 5), "a"), (count("1", 6), "b"), (count("9", 7), "a")]
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            try await withShop { shop in
                try await shop.addItem("A")
                try await shop.addLocation("L")
                for index in order { try await shop.send([counts[index].0], source: counts[index].1) }
                #expect(try await shop.onHand("A", "L") == 6, "\(order)")
            }
        }
    }

    @Test func `a parked line is of its own time, or of its arrival, and its clock is judged by that`() async throws {
        try await withShop { shop in
            try await shop.addLocation("L")
            let future = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 + 3_600) * 1_000_000)
            try await shop.send([.sale("none", "P"), .sale("future", "P", occurredAt: future)])
            let parked = try await shop.countStore.now()
            try await shop.addItem("P")
            var filter = LedgerFilter()
            filter.item = .sku(SKU(stored: "P"))
            let lines = try await shop.ledger.lines(filter, after: nil, limit: 10).get().entries.map(\.line)
            #expect(lines.count == 2)
            for line in lines { #expect(line.occurredAt <= parked && line.recordedAt > parked) }
            #expect(Set(lines.map(\.claimedAt)) == [nil, future])
        }
    }

    @Test func `a count from the future counts as of its arrival`() async throws {
        try await withShop { shop in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            let future = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 + 3_600) * 1_000_000)
            let position = CountPosition(at: future, source: SourceID(stored: "s"), event: EventID(stored: "c"))
            let answer = try await shop.counts.submit(
                .of(position, at: LocationID(stored: "L"), [.count("c", 0, "A", 7, at: future)]))
            let countedAt = try #require(answer.count?.countedAt)
            #expect(countedAt < future)
            #expect(try await shop.balance("A", "L").countedAt == countedAt)
            #expect(try await shop.count("exception where type = 'clockSkew'") == 1)
            // What happens now is after it, though the scanner says otherwise.
            try await shop.send([.sale("1")])
            #expect(try await shop.onHand("A", "L") == 6)
        }
    }

    @Test func `the same function of sales is in SQL and in Swift`() async throws {
        try await withShop { shop in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            let start = Timestamp(microseconds: 1_750_000_000_000_000)
            var expected: SoldUnits?
            var generator = SeededGenerator(seed: 7)
            let days = (0..<20).shuffled(using: &generator)
            for day in days {
                let at = start.advanced(byMicroseconds: Int64(day) * 86_400_000_000 / 3)
                let quantity = Int64(day % 4 + 1)
                try await shop.send([.sale("d\(day)", "A", at: "L", quantity, occurredAt: at)])
                let sold = SoldUnits(quantity, at: at)
                if expected == nil { expected = sold } else { expected?.add(sold) }
            }
            let rates = try await shop.availability.rates(.sku(SKU(stored: "A")), at: [], within: nil).get()
            let found = try #require(rates.value.rates.first?.sold)
            let wanted = try #require(expected)
            #expect(found.since == wanted.since && found.asOf == wanted.asOf)
            #expect(abs(found.units - wanted.units) < 1e-9 * wanted.units)
        }
    }
}

extension PostedCount {
    /// A complete count with lines as `POST /v1/counts` would make them.
    fileprivate static func of(_ position: CountPosition, at location: LocationID, _ lines: [FactLine]) -> PostedCount {
        let bytes = lines.flatMap(\.canonicalBytes) + Array("\(position) \(location)".utf8)
        return PostedCount(
            source: position.source, event: position.event, location: location, countedAt: position.at,
            isComplete: true,
            excludesReady: false, lines: lines.map(\.submitted), fingerprint: Fingerprint(sha256(bytes)), raw: [])
    }
}

extension FactLine {
    fileprivate static func count(
        _ event: String, _ line: Int, _ sku: String, _ quantity: Int64, at: Timestamp
    ) -> FactLine {
        FactLine(
            eventID: EventID(stored: event).line("\(line)"), item: .sku(SKU(stored: sku)),
            location: LocationID(stored: "L"),
            change: .count(CountStatement(quantity: CountedQuantity(units: quantity) ?? .none)), occurredAt: at)
    }
}
