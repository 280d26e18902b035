import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// A chain comes back online: every store sends its queue in no order, twice, while shelves are being counted.
@Suite struct DarkStoresTests {
    private static let stores = 300
    private static let linesPerStore = 500
    private static let items = 40
    private static let clients = 64
    private static let linesPerRequest = 100

    /// What one client sends at once.
    private enum Parcel: Sendable {
        case facts([FactLine], source: String)
        case count(PostedCount)
    }

    private struct Chain: Sendable {
        /// In the order in which everything happened.
        var clean: [Parcel] = []
        /// The same twice, in no order.
        var shuffled: [Parcel] = []
        var lines = 0
    }

    private static func chain(_ generator: inout SeededGenerator) -> Chain {
        var chain = Chain()
        let start = Timestamp(microseconds: 1_750_000_000_000_000)
        for store in 0..<stores {
            let place = LocationID(stored: "S\(store)")
            var queue: [FactLine] = []
            for number in 0..<linesPerStore {
                let sku = "I\(Int.random(in: 0..<items, using: &generator))"
                let quantity = Int64.random(in: 1...5, using: &generator)
                var line =
                    generator.isOne(in: 8)
                    ? FactLine.receipt("\(number)", sku, at: place.text, quantity * 8)
                    : FactLine.sale("\(number)", sku, at: place.text, quantity)
                line.occurredAt = start.advanced(
                    byMicroseconds: Int64.random(in: 0..<3 * 86_400_000_000, using: &generator))
                queue.append(line)
            }
            queue.sort { ($0.occurredAt ?? start) < ($1.occurredAt ?? start) }
            // On the second day a shelf, and in every tenth store everything.
            let at = start.advanced(byMicroseconds: 86_400_000_000 + Int64(store) * 1_000_000)
            let count = self.count(store, place, at, isComplete: store % 10 == 0, &generator)
            let before = queue.filter { ($0.occurredAt ?? start) <= at }
            let after = queue.filter { ($0.occurredAt ?? start) > at }
            chain.clean += parcels(before, "till-\(store)") + [.count(count)] + parcels(after, "till-\(store)")
            chain.lines += queue.count
            for _ in 0..<2 {
                chain.shuffled += parcels(queue.shuffled(using: &generator), "till-\(store)") + [.count(count)]
            }
        }
        chain.shuffled.shuffle(using: &generator)
        return chain
    }

    private static func parcels(_ queue: [FactLine], _ source: String) -> [Parcel] {
        stride(from: 0, to: queue.count, by: linesPerRequest).map {
            .facts(Array(queue[$0..<min($0 + linesPerRequest, queue.count)]), source: source)
        }
    }

    private static func count(
        _ store: Int, _ place: LocationID, _ at: Timestamp, isComplete: Bool, _ generator: inout SeededGenerator
    ) -> PostedCount {
        let event = EventID(stored: "count-\(store)")
        let lines = (0..<10).map { number in
            FactLine(
                eventID: event.line("\(number)"), item: .sku(SKU(stored: "I\(number * 3)")), location: place,
                change: .count(
                    CountStatement(
                        quantity: CountedQuantity(units: Int64.random(in: 0...30, using: &generator)) ?? .none)),
                occurredAt: at)
        }
        return PostedCount(
            source: SourceID(stored: "scanner"), event: event, location: place, countedAt: at, isComplete: isComplete,
            excludesReady: false, lines: lines.map(\.submitted),
            fingerprint: Fingerprint(sha256(lines.flatMap(\.canonicalBytes))), raw: [])
    }

    private static func send(_ parcel: Parcel, to shop: TestShop) async throws -> [Verdict] {
        switch parcel {
        case .facts(let facts, let source): try await shop.send(facts, source: source).lines.map(\.verdict)
        case .count(let count):
            // Each of its lines counts once too, but is no line of a till.
            try await shop.counts.submit(count).lines.isEmpty ? [] : []
        }
    }

    /// - Parameter clients: that send at the same time, each the next parcel.
    private static func send(_ parcels: [Parcel], clients: Int, to shops: [TestShop]) async throws -> [Verdict: Int] {
        try await withThrowingTaskGroup(of: [Verdict: Int].self) { tasks in
            for client in 0..<clients {
                tasks.addTask {
                    var verdicts: [Verdict: Int] = [:]
                    for index in stride(from: client, to: parcels.count, by: clients) {
                        for verdict in try await send(parcels[index], to: shops[client % shops.count]) {
                            verdicts[verdict, default: 0] += 1
                        }
                    }
                    return verdicts
                }
            }
            return try await tasks.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
    }

    private static func open(_ shop: TestShop) async throws {
        try await shop.masterStore.putItems(
            (0..<items).map { Item(sku: SKU(stored: "I\($0)"), name: "Item \($0)", status: .active) })
        for store in 0..<stores { try await shop.addLocation("S\(store)") }
    }

    @Test
    func `300 stores' queues, shuffled, sent twice by 64 clients with counts in between, end as the clean order does`()
        async throws
    {
        var generator = SeededGenerator(seed: 300)
        let chain = Self.chain(&generator)
        let clean = try await withShop { shop in
            try await Self.open(shop)
            // Of one store in its order; stores have nothing to do with each other.
            _ = try await Self.send(chain.clean, clients: 1, to: [shop])
            return try await shop.allFigures()
        }
        try await withDatabase { database in
            try await withShop(on: database) { first in
                try await withShop(on: database) { second in
                    try await Self.open(first)
                    let verdicts = try await Self.send(chain.shuffled, clients: Self.clients, to: [first, second])
                    let figures = try await second.allFigures()
                    #expect(figures == clean)
                    #expect(figures.count > Self.stores * 30)
                    #expect(verdicts[.duplicate] == chain.lines)
                    #expect(verdicts[.applied, default: 0] + verdicts[.recordedBeforeCount, default: 0] == chain.lines)
                    #expect(verdicts[.recordedBeforeCount, default: 0] > 0)
                    #expect(try await first.prove().isProved)
                }
            }
        }
    }
}
