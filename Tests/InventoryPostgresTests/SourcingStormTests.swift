import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// Everybody orders at once, over two processes, and the service chooses where from.
@Suite struct SourcingStormTests {
    private static let items = ["A", "B", "C"]
    private static let stores = (0..<8).map { "S\($0)" }
    private static let clients = 64
    private static let steps = 6
    private static let unitsEach: Int64 = 25
    /// Every other store takes so many shipments.
    private static let capacity: Int64 = 12
    /// Far from each other. No day of theirs ends within the hour, which would take as many shipments again; one of the three
    /// at most is out for that.
    private static let zones = ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"].filter { name in
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: name) ?? .gmt
        return calendar.component(.hour, from: Date()) < 23
    }

    @Test func `64 clients source at once and nothing is taken that is not there, nor more than a day takes`()
        async throws
    {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                for item in Self.items { try await left.addItem(item) }
                for (number, store) in Self.stores.enumerated() {
                    try await left.addLocation(store) { location in
                        location.coordinates = Coordinates(latitude: 48 + Double(number) / 2, longitude: 9)
                        location.priority = Int64(number % 3)
                        location.costPerShipment = Money(amount: Int64(300 + 10 * number), currency: "EUR")
                        location.timeZone = Self.zones[number < 4 ? 0 : 1]
                        location.dailyCapacity = number.isMultiple(of: 2) ? Self.capacity : nil
                    }
                }
                _ = try await left.send(
                    Self.items.flatMap { item in
                        Self.stores.map { .receipt("in/\(item)/\($0)", item, at: $0, Self.unitsEach) }
                    })
                try await withShop(on: database) { right in
                    let tallies = try await withThrowingTaskGroup(of: Tally.self) { tasks in
                        for client in 0..<Self.clients {
                            tasks.addTask { try await Self.order(client, client.isMultiple(of: 2) ? left : right) }
                        }
                        return try await tasks.reduce(into: Tally()) { $0.add($1) }
                    }
                    #expect(tallies.granted > 100 && tallies.refused > 10, "\(tallies)")
                    #expect(tallies.plannedAgain > 0, "nobody lost a race: \(tallies)")
                    #expect(tallies.sourcedAgain > 0, "\(tallies)")
                }
                try await Self.check(left)
                #expect(try await left.prove().isProved)
            }
        }
    }

    private struct Tally: Sendable {
        var granted = 0
        var refused = 0
        var plannedAgain = 0
        var sourcedAgain = 0

        mutating func add(_ other: Tally) {
            granted += other.granted
            refused += other.refused
            plannedAgain += other.plannedAgain
            sourcedAgain += other.sourcedAgain
        }
    }

    private static func order(_ client: Int, _ shop: TestShop) async throws -> Tally {
        var random = SeededGenerator(seed: UInt64(client))
        var tally = Tally()
        var own: [ReservationID] = []
        for step in 0..<steps {
            let lines = (1...Int.random(in: 1...3, using: &random)).map { number in
                WantedLine(
                    id: LineID(stored: "\(number)"), item: .sku(SKU(stored: random.pick(items))), location: nil,
                    method: .ship, quantity: .of(Int64.random(in: 1...3, using: &random)), pointer: "/lines/0",
                    locationPointer: "/location")
            }
            let new = NewReservation(
                reference: nil, owner: nil, channel: nil, method: .ship, location: nil,
                holdSeconds: random.isOne(in: 3) ? nil : Int64.random(in: 1...60, using: &random),
                allowsPartial: random.isOne(in: 4), replaces: random.isOne(in: 8) ? own.last : nil, lines: lines,
                pickupBy: nil, shipTo: Coordinates(latitude: Double.random(in: 47...54, using: &random), longitude: 9),
                sourcing: SourcingTerms(
                    objective: random.pick(SourcingObjective.allCases),
                    locationsMax: random.isOne(in: 2) ? Int.random(in: 1...2, using: &random) : nil))
            let text = "\(client)/\(step)"
            let key = RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(sha256(Array(text.utf8))))
            switch try await shop.reservations.create(new, key: key) {
            case .success(let answer):
                tally.granted += 1
                if answer.sourcing?.attempts ?? 1 > 1 { tally.plannedAgain += 1 }
                if let most = new.sourcing?.locationsMax { #expect(answer.reservation.shipments.count <= most) }
                own.append(answer.reservation.id)
            case .failure(let refusal):
                if case .insufficient = refusal { tally.refused += 1 }
            }
            guard let id = own.randomElement(using: &random) else { continue }
            switch Int.random(in: 0..<6, using: &random) {
            case 0: _ = try await shop.reservations.act(.confirm(.everything, acceptAtRisk: false), on: id, key: nil)
            case 1:
                let release = ReservationAction.release(.everything, reason: nil, restock: .immediate, occurredAt: nil)
                _ = try await shop.reservations.act(release, on: id, key: nil)
            case 2: _ = try await shop.reservations.act(.fulfil(.everything, occurredAt: nil), on: id, key: nil)
            case 3:
                let lost = ReservationAction.notFound(.everything, wholeBalance: false, occurredAt: nil)
                let outcome = try await shop.reservations.act(lost, on: id, key: nil)
                // Found after all, it would be handed over from what others were promised.
                own.removeAll { $0 == id }
                if case .success(let answer) = outcome, answer.reservation.state(at: answer.asOf) == .confirmed {
                    tally.sourcedAgain += 1
                }
            default: break
            }
        }
        return tally
    }

    private static func check(_ shop: TestShop) async throws {
        try await shop.pools.report.run(timeout: .seconds(30)) { session throws(PQError) in
            let balances = try session.query(
                Statement(
                    "storm_balances",
                    sql: """
                        select i.sku, l.id, b.on_hand, b.reserved - expired_units(b.item_id, b.location_id) - (
                            select coalesce(sum(a.open_units), 0)::int8 from allocation a
                            where a.item_id = b.item_id and a.location_id = b.location_id and a.state = 4)
                        from balance b join item i using (item_id) join location l using (location_id)
                        """))
            for row in balances {
                // What was not found and nobody else had is the only promise without cover.
                #expect(row.int8(2) >= 0 && row.int8(3) <= row.int8(2), "\(row.text(0)) at \(row.text(1))")
            }
            // From the promises themselves, not from what was counted of them.
            let shipments = try session.query(
                Statement(
                    "storm_shipments",
                    sql: """
                        select l.id, l.daily_capacity, count(distinct a.reservation_id), (
                            select count(*) from shipment s
                            where s.location_id = l.location_id and (s.expires_at is null or s.expires_at > now()))
                        from allocation a join reservation r using (reservation_id) join location l using (location_id)
                        where (a.state in (2, 3, 4) and a.open_units > 0) or (a.state = 1 and a.expires_at > now())
                           or greatest(a.fulfilled_by_request, a.fulfilled_by_sale) > 0
                        group by l.location_id, l.id, l.daily_capacity
                        """))
            for row in shipments {
                #expect(row.int8(2) == row.int8(3), "shipments of \(row.text(0))")
                if let most = row.int8IfPresent(1) { #expect(row.int8(2) <= most, "\(row.text(0)) ships too much") }
            }
            #expect(shipments.contains { $0.int8IfPresent(1).map { $0 < 20 } ?? false })
        }
    }
}
