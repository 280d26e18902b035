import Inventory
import InventoryService
import TestSupport
import Testing

/// What every reservation store promises: the one in memory, and PostgreSQL.
@Suite struct ReservationStoreContractTests {
    private func withStock(_ kind: Ports.Kind, _ body: @escaping @Sendable (Ports) async throws -> Void) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            try await ports.addLocation("L", .exception)
            try await ports.addLocation("M", .release)
            _ = try await ports.commit([.receipt("l", "A", at: "L", 10), .receipt("m", "A", at: "M", 10)])
            try await body(ports)
        }
    }

    private static func list(_ ports: Ports, _ change: (inout ReservationFilter) -> Void) async throws
        -> [ReservationID]
    {
        var filter = ReservationFilter()
        change(&filter)
        return try await ports.reservations.reservations(filter, after: nil, limit: 10, includesTotal: false)
            .value.elements.map(\.reservation.id)
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a reservation is found as it was answered, and under its key again`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports async throws in
            #expect(try await ports.reservations.reservation(ReservationID(milliseconds: 1, random: (1, 1))) == nil)
            let made = try await ports.reserve("k", 4, holdSeconds: 60, owner: "cart", reference: "o-1").get()
            let found = try #require(try await ports.reservations.reservation(made.reservation.id))
            #expect(found.reservation == made.reservation)
            #expect(found.reservation.state(at: found.asOf) == .held && found.uncovered.isEmpty)
            let again = try await ports.reserve("k", 4, holdSeconds: 60, owner: "cart", reference: "o-1").get()
            #expect(again.isReplay && again.reservation == made.reservation)
            // 6 are left.
            guard case .failure(.insufficient(let short)) = try await ports.reserve("k2", 7) else {
                Issue.record("7 of 6 units were promised")
                return
            }
            #expect(short.map(\.available) == [6] && short.map(\.requested) == [7])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a hold that ended is listed as such until that is written down`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports async throws in
            let held = try await ports.reserve("k1", 4, holdSeconds: 60).get().reservation.id
            let later = try await ports.reserve("k2", 4, holdSeconds: 600).get().reservation.id
            let confirmed = try await ports.reserve("k3", 1).get().reservation.id
            #expect(try await ports.reservations.expired(limit: 10) == [])
            #expect(Set(try await Self.list(ports) { $0.states = .one(.held) }) == [held, later])
            try await ports.advanceClock(61)
            #expect(try await ports.reservations.expired(limit: 10) == [held])
            #expect(try await Self.list(ports) { $0.states = .one(.held) } == [later])
            #expect(try await Self.list(ports) { $0.states = .one(.expired) } == [held])
            // Its units are free before anybody has written that down.
            _ = try await ports.reserve("k4", 5).get()
            _ = try await ports.service.act(.expire, on: held, key: nil).get()
            #expect(try await ports.reservations.expired(limit: 10) == [])
            #expect(try await Self.list(ports) { $0.states = .one(.expired) } == [held])
            #expect(try await Self.list(ports) { $0.states = .open }.contains(confirmed))
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `lists are narrowed by each filter, oldest due first, in pages`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports async throws in
            let first = try await ports.reserve("k1", 1, owner: "ann", reference: "o-1").get().reservation
            try await ports.advanceClock(10)
            let second = try await ports.reserve("k2", 1, owner: "bob", reference: "o-2").get().reservation
            try await ports.advanceClock(10)
            let third = try await ports.reserve("k3", 1, at: "M", owner: "ann").get().reservation
            #expect(try await Self.list(ports) { _ in } == [first.id, second.id, third.id])
            #expect(try await Self.list(ports) { $0.owner = Owner(stored: "ann") } == [first.id, third.id])
            #expect(try await Self.list(ports) { $0.reference = Reference(stored: "o-2") } == [second.id])
            #expect(try await Self.list(ports) { $0.location = LocationID(stored: "M") } == [third.id])
            #expect(try await Self.list(ports) { $0.pickupCode = second.pickup?.code } == [second.id])
            #expect(try await Self.list(ports) { $0.method = .ship } == [])
            #expect(try await Self.list(ports) { $0.dueBefore = second.dueAt } == [first.id])
            #expect(try await Self.list(ports) { $0.overdue = true } == [])
            #expect(try await Self.list(ports) { $0.atRisk = true } == [])
            _ = try await ports.service.act(.fulfil(.everything, occurredAt: nil), on: first.id, key: nil).get()
            #expect(try await Self.list(ports) { $0.states = .open } == [second.id, third.id])
            #expect(try await Self.list(ports) { $0.states = .one(.fulfilled) } == [first.id])
            #expect(try await Self.list(ports) { $0.pickupCode = first.pickup?.code } == [])
            try await ports.advanceClock(86_400)
            #expect(try await Self.list(ports) { $0.overdue = true } == [second.id, third.id])
            #expect(try await Self.list(ports) { $0.overdue = false } == [first.id])
            let page = try await ports.reservations.reservations(
                ReservationFilter(), after: nil, limit: 2, includesTotal: true
            ).value
            #expect(page.elements.map(\.reservation.id) == [first.id, second.id] && page.hasMore && page.total == 3)
            let rest = try await ports.reservations.reservations(
                ReservationFilter(), after: ReservationPosition(dueAt: second.dueAt, id: second.id), limit: 2,
                includesTotal: false
            ).value
            #expect(rest.elements.map(\.reservation.id) == [third.id] && !rest.hasMore && rest.total == nil)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `promises that a sale took the units of are shown, last in line first`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports async throws in
            let first = try await ports.reserve("k1", 4).get().reservation.id
            let second = try await ports.reserve("k2", 4).get().reservation.id
            let sold = try await ports.commit([.sale("s", "A", at: "L", 7)])
            #expect(sold.outcome.verdicts == [.appliedUncovered])
            #expect(sold.outcome.lines[0].atRisk.map(\.id.reservation) == [second, first])
            #expect(try await ports.reservations.reservation(second)?.uncovered == [1: 4])
            #expect(try await ports.reservations.reservation(first)?.uncovered == [1: 1])
            #expect(Set(try await Self.list(ports) { $0.atRisk = true }) == [first, second])
            _ = try await ports.commit([.receipt("r", "A", at: "L", 1)])
            #expect(try await ports.reservations.reservation(first)?.uncovered == [:])
            #expect(try await Self.list(ports) { $0.atRisk = false } == [first])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `pickups that nobody fetched are named with their location's policy until somebody was told`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports async throws in
            let now = try await ports.reservations.reservations(
                ReservationFilter(), after: nil, limit: 1, includesTotal: false
            ).asOf
            let until = now.startOfSecond.advanced(byMicroseconds: 7_200_000_000)
            let told = try await ports.reserve("k1", 1, pickupBy: until).get().reservation.id
            let given = try await ports.reserve("k2", 1, at: "M", pickupBy: until.advanced(byMicroseconds: 1_000_000))
                .get().reservation.id
            let fetched = try await ports.reserve("k3", 1, pickupBy: until).get().reservation.id
            _ = try await ports.service.act(.fulfil(.everything, occurredAt: nil), on: fetched, key: nil).get()
            #expect(try await ports.reservations.latePickups(limit: 10) == [])
            // As of one that has moved, and is kept for longer, since it was found late: it has its own time to come.
            try await ports.reservations.noteLatePickups([LateNote(id: told, location: LocationID(stored: "L"))])
            try await ports.advanceClock(7_300)
            let late = try await ports.reservations.latePickups(limit: 10)
            #expect(late == [LatePickup(id: told, policy: .exception), LatePickup(id: given, policy: .release)])
            #expect(try await ports.reservations.latePickups(limit: 1).map(\.id) == [told])
            try await ports.reservations.noteLatePickups([LateNote(id: told, location: LocationID(stored: "L"))])
            #expect(try await ports.reservations.latePickups(limit: 10).map(\.id) == [given])
            let release = ReservationAction.release(.everything, reason: nil, restock: .pending, occurredAt: nil)
            _ = try await ports.service.act(release, on: given, key: nil).get()
            #expect(try await ports.reservations.latePickups(limit: 10) == [])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `other locations with all that is short are named with what they have`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports async throws in
            try await ports.addLocation("N", .exception)
            _ = try await ports.commit([.receipt("n", "A", at: "N", 3)])
            _ = try await ports.reserve("k", 2, at: "M").get()
            func others(_ units: Int64) async throws -> [String: Int64?] {
                let line = ShortLine(
                    id: LineID(stored: "1"), sku: SKU(stored: "A"), location: LocationID(stored: "L"),
                    requested: units, available: 0)
                let found = try await ports.reservations.alternatives(to: [line], by: .pickup, for: nil)
                #expect(found.allSatisfy { $0.kind == .location && $0.distanceKm == nil })
                return Dictionary(
                    uniqueKeysWithValues: found.map { ($0.location?.text ?? "?", $0.lines[0].availableToSell) })
            }
            #expect(try await others(3) == ["M": 8, "N": 3])
            #expect(try await others(8) == ["M": 8])
            #expect(try await others(9) == [:])
        }
    }
}
