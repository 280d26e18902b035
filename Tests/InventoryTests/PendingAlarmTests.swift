import Inventory
import TestSupport
import Testing

/// Balances that a batch takes below zero, and those that it brings back.
@Suite struct PendingAlarmTests {
    private func alarm(_ world: World, _ sku: String = "A") -> PendingAlarm? {
        let key = world.key(sku)
        return world.pendingAlarms[PendingAlarmKey(balance: key, type: .negativeBalance)]
    }

    private func fact(_ event: String, _ change: FactChange, _ sku: String = "A", at second: Int64) -> FactLine {
        FactLine(
            eventID: EventID(stored: event), item: .sku(SKU(stored: sku)), location: LocationID(stored: "L"),
            change: change, occurredAt: Timestamp(microseconds: second * 1_000_000))
    }

    @Test("a balance that goes below zero is noted once, by its last line")
    func lastLine() {
        var world = World()
        _ = world.send([
            fact("1", .sale(.onHand, .of(2)), at: 1), fact("2", .sale(.onHand, .of(1)), "B", at: 2),
            fact("3", .sale(.onHand, .of(3)), at: 3),
        ])
        #expect(alarm(world)?.units == -5)
        #expect(alarm(world)?.line == 2)
        #expect(alarm(world)?.instant == Timestamp(microseconds: 3_000_000))
        #expect(alarm(world, "B")?.line == 1)
        #expect(alarm(world, "B")?.units == -1)
    }

    @Test("one that crosses and comes back within a batch is not")
    func thereAndBack() {
        var world = World()
        _ = world.send([fact("1", .sale(.onHand, .of(2)), at: 1), fact("2", .receipt(.onHand, .of(2)), at: 2)])
        #expect(alarm(world) == nil)
        #expect(world.pendingAlarms.isEmpty)
    }

    @Test("one that was below zero and comes back settles its alarm")
    func settled() {
        var world = World()
        _ = world.send([fact("1", .sale(.onHand, .of(2)), at: 1)])
        #expect(alarm(world)?.units == -2)
        _ = world.send([fact("2", .receipt(.onHand, .of(9)), at: 2), fact("3", .sale(.onHand, .of(1)), at: 3)])
        #expect(alarm(world) == nil)
    }

    @Test("cover that is lost again is noted, though nobody wrote down that ended holds had given it back")
    func coveredByTime() throws {
        var world = World()
        world.now = Timestamp(microseconds: 10_000_000)
        _ = world.send([fact("1", .receipt(.onHand, .of(6)), at: 1)])
        for (number, seconds) in [(1, 5), (2, nil)] as [(UInt64, Int64?)] {
            let line = WantedLine(
                id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                method: .pickup, quantity: .of(3), pointer: "/lines/0", locationPointer: "/location")
            let new = NewReservation(
                reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "L"),
                holdSeconds: seconds, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
            let id = ReservationID(milliseconds: number, random: (number, 1))
            _ = try world.request(.create(new), on: id).get()
        }
        let key = try #require(world.key("A", "L"))
        let uncovered = PendingAlarmKey(balance: key, type: .uncoveredSale)
        _ = world.send([fact("2", .sale(.onHand, .of(3)), at: 11)])
        #expect(world.pendingAlarms[uncovered]?.units == 3)
        // The hold ends, and a sweep sees that nothing is uncovered any more.
        world.now = Timestamp(microseconds: 30_000_000)
        world.pendingAlarms = [:]
        _ = world.send([fact("3", .sale(.onHand, .of(1)), at: 30)])
        #expect(world.pendingAlarms[uncovered]?.units == 1)
    }

    @Test("what an atomic request would have caused is not noted when it is undone")
    func undone() {
        var world = World()
        let outcome = world.send(
            [fact("1", .sale(.onHand, .of(2)), at: 1), fact("2", .sale(.onHand, .of(1)), "nobody", at: 2)],
            isAtomic: true)
        #expect(outcome.isRefused)
        #expect(world.pendingAlarms.isEmpty)
    }
}

extension World {
    fileprivate func key(_ sku: String) -> BalanceKey {
        BalanceKey(
            item: items[SKU(stored: sku)] ?? ItemNumber(0),
            location: locations[LocationID(stored: "L")] ?? LocationNumber(0))
    }
}
