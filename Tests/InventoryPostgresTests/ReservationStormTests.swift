import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Everybody at once, over two processes, on few goods; the ledger is the witness.
@Suite struct ReservationStormTests {
    private static let items = ["A", "B", "C"]
    private static let locations = ["L", "M"]
    private static let clients = 200
    private static let steps = 8

    @Test func `200 clients never promise a unit twice, and the ledger shows every grant`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                for item in Self.items { try await left.addItem(item) }
                for location in Self.locations { try await left.addLocation(location) }
                _ = try await left.send(
                    Self.items.flatMap { item in
                        Self.locations.map { .receipt("in/\(item)/\($0)", item, at: $0, 60) }
                    })
                try await withShop(on: database) { right in
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for client in 0..<Self.clients {
                            tasks.addTask { try await Self.shop(client, client.isMultiple(of: 2) ? left : right) }
                        }
                        try await tasks.waitForAll()
                    }
                }
                try await Self.readTheLedger(left)
                #expect(try await left.prove().isProved)
            }
        }
    }

    /// What one client does: holds, and then whatever comes to his mind.
    private static func shop(_ client: Int, _ shop: TestShop) async throws {
        var random = SeededGenerator(seed: UInt64(client))
        var own: [ReservationID] = []
        for step in 0..<steps {
            let (item, location) = (random.pick(items), random.pick(locations))
            switch Int.random(in: 0..<12, using: &random) {
            case 0...4:
                let lines = (1...Int.random(in: 1...3, using: &random)).map { number in
                    WantedLine(
                        id: LineID(stored: "\(number)"), item: .sku(SKU(stored: random.pick(items))),
                        location: LocationID(stored: random.pick(locations)), method: .pickup,
                        quantity: .of(Int64.random(in: 1...3, using: &random)), pointer: "", locationPointer: "")
                }
                let new = NewReservation(
                    reference: nil, owner: nil, channel: nil, method: .pickup, location: lines[0].location,
                    holdSeconds: random.isOne(in: 3) ? nil : Int64.random(in: 1...2, using: &random),
                    allowsPartial: random.isOne(in: 4), replaces: nil, lines: lines, pickupBy: nil, shipTo: nil)
                if case .success(let answer) = try await shop.reservations.create(new, key: key(client, step)) {
                    own.append(answer.reservation.id)
                }
            case 5: try await act(.confirm(.everything, acceptAtRisk: true), own.last, shop)
            case 6: try await act(.fulfil(.everything, occurredAt: nil), own.randomElement(using: &random), shop)
            case 7:
                let release = ReservationAction.release(
                    .everything, reason: nil, restock: random.isOne(in: 2) ? .pending : .immediate, occurredAt: nil)
                try await act(release, own.randomElement(using: &random), shop)
            case 8:
                try await act(.move(.everything, to: LocationID(stored: location)), own.last, shop)
            case 9:
                try await shop.send([.sale("s/\(client)/\(step)", item, at: location)], source: "till-\(client)")
            case 10:
                var sale = FactLine.sale("p/\(client)/\(step)", item, at: location)
                if let id = own.last {
                    sale.soldFor = PromiseReference(reservation: Reference(stored: id.description), line: nil)
                }
                try await shop.send([sale], source: "till-\(client)")
            default:
                let found = CountedQuantity(units: Int64.random(in: 5...60, using: &random)) ?? .none
                try await shop.send(
                    [
                        FactLine(
                            eventID: EventID(stored: "c/\(client)/\(step)"), item: .sku(SKU(stored: item)),
                            location: LocationID(stored: location), change: .count(CountStatement(quantity: found)))
                    ], source: "hht-\(client)")
            }
        }
    }

    private static func act(_ action: ReservationAction, _ id: ReservationID?, _ shop: TestShop) async throws {
        guard let id else { return }
        _ = try await shop.reservations.act(action, on: id, key: nil)
    }

    private static func key(_ client: Int, _ step: Int) -> RequestKey {
        let text = "\(client)/\(step)"
        return RequestKey(
            text: RequestKeyText(stored: text), fingerprint: Fingerprint(sha256(Array(text.utf8))))
    }

    /// Line by line and version by version: no grant exceeded what was available before it, and `reserved` was the sum of
    /// the open promises whose time was not over.
    private static func readTheLedger(_ shop: TestShop) async throws {
        struct Replay {
            var figures = Figures()
            var open: [AllocationID: (units: Int64, expiresAt: Timestamp?)] = [:]
        }
        var replays: [BalanceKey: Replay] = [:]
        var grants = 0
        for line in try await lines(shop) {
            var replay = replays[line.key] ?? Replay()
            if line.kind == .expiry {
                replay.open = replay.open.filter { $0.value.expiresAt.map { $0 > line.recordedAt } ?? true }
            } else if let promise = line.promise {
                var now = replay.open[promise] ?? (0, nil)
                now.units += line.reservedDelta
                if line.heldDelta > 0 { now.expiresAt = line.holdExpiresAt }
                if line.kind == .confirm { now.expiresAt = nil }
                replay.open[promise] = now.units == 0 ? nil : now
            }
            if line.posting == nil, line.reservedDelta > 0 {
                grants += 1
                let available = max(0, replay.figures.onHand - replay.figures.reserved)
                #expect(line.reservedDelta <= available, "\(line.key) v\(line.version) granted more than there was")
            }
            let promised = replay.open.values.reduce(Int64(0)) { sum, promise in
                promise.expiresAt.map { $0 <= line.recordedAt } ?? false ? sum : sum + promise.units
            }
            #expect(line.after.reserved == promised, "\(line.key) v\(line.version)")
            replay.figures = line.after
            replays[line.key] = replay
        }
        #expect(grants > 100, "only \(grants) grants: the test shows little")
        // Any excess of promises over goods is exactly what at-risk names. Everything confirmed by now, so nothing ends
        // between the two questions.
        try await Task.sleep(for: .seconds(3))
        var filter = ReservationFilter()
        filter.atRisk = true
        let named = try await shop.reservationStore.reservations(filter, after: nil, limit: 1_000, includesTotal: false)
        let uncovered = named.value.elements.reduce(Int64(0)) { $0 + $1.uncovered.values.reduce(0, +) }
        var excess: Int64 = 0
        for item in items {
            for location in locations { excess += try await shop.balance(item, location).terms.shortfall }
        }
        #expect(uncovered == excess)
    }

    private static func lines(_ shop: TestShop) async throws -> [LedgerLine] {
        var lines: [LedgerLine] = []
        var after: LedgerPosition?
        while true {
            let page = try await shop.ledger.lines(LedgerFilter(), after: after, limit: 1_000).get()
            lines.append(contentsOf: page.entries.map(\.line))
            guard page.hasMore, let last = page.entries.last?.line else { return lines }
            after = LedgerPosition(recordedAt: last.recordedAt, location: last.key.location, item: last.key.item)
        }
    }
}
