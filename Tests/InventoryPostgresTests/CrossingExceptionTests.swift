import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// An exception that opens while its cause goes away: whoever comes second sees what the first did.
@Suite struct CrossingExceptionTests {
    private static let sale = FactLine.sale("s", "A", at: "L", 3)
    private static let receipt = FactLine.receipt("r", "A", at: "L", 5)

    private static func prepare(_ shop: TestShop) async throws {
        try await shop.addItem("A")
        try await shop.addLocation("L")
    }

    private static func open(_ shop: TestShop) async throws -> Int64 {
        try await shop.count("exception where status <> 'resolved'")
    }

    /// What a sweep writes of every alarm that waits.
    private static let openAlarms = """
        insert into exception (type, dedupe_key, detail)
        select w.type, w.type || ':' || w.item_id || ':' || w.location_id, 'by the sweep' from pending_alarm w;
        update pending_alarm set is_open = true;
        """

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `an alarm that a sweep opens just as a receipt takes its cause away is closed`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await withDatabase { database in
            try await withShop(on: database, path: path, lockWaits: .patient) { shop in
                try await Self.prepare(shop)
                _ = try await shop.send([Self.sale])
                #expect(try await shop.count("pending_alarm") == 1)
                try await whileHeld(Self.openAlarms, on: database) { _ = try await shop.send([Self.receipt]) }
                #expect(try await shop.onHand("A", "L") == 2)
                #expect(try await shop.count("exception") == 1)
                #expect(try await Self.open(shop) == 0)
                #expect(try await shop.count("pending_alarm") == 0)
            }
        }
    }

    @Test func `a sweep opens nothing of an alarm that a batch is just clearing`() async throws {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await Self.prepare(shop)
                _ = try await shop.send([Self.sale])
                try await shop.runSQL("update pending_alarm set noted_at = noted_at - interval '1 day'")
                // Nobody waits for it: the sweep passes over what is locked.
                try await whileHeld("delete from pending_alarm;", on: database, untilWaiting: 0) {
                    _ = try await shop.exceptions.store.openPendingAlarms(wait: .zero, toleranceUnits: 0, limit: 10)
                }
                _ = try await shop.exceptions.store.openPendingAlarms(wait: .zero, toleranceUnits: 0, limit: 10)
                #expect(try await shop.count("exception") == 0)
            }
        }
    }

    @Test func `an alarm is opened by what is so now, once, and taken back when it is over`() async throws {
        try await withShop { shop in
            try await Self.prepare(shop)
            _ = try await shop.send([Self.sale])
            for _ in 0..<2 {
                try await shop.runSQL(
                    "update pending_alarm set noted_at = noted_at - interval '1 day', is_open = false")
                _ = try await shop.exceptions.store.openPendingAlarms(wait: .zero, toleranceUnits: 0, limit: 10)
            }
            #expect(try await shop.count("exception where units = -3 and status = 'open'") == 1)
            // One that was open already took no number.
            #expect(try await shop.count("exception_exception_id_seq where last_value = 1") == 1)
            _ = try await shop.send([Self.receipt])
            #expect(try await Self.open(shop) == 0)
        }
    }

    @Test func `a known exception takes no number however often its cause is told`() async throws {
        try await withShop { shop in
            try await Self.prepare(shop)
            let future = Timestamp(microseconds: 4_000_000_000_000_000)
            for number in 0..<5 {
                _ = try await shop.send([
                    .sale("skewed\(number)", "A", at: "L", 1, occurredAt: future), .sale("n\(number)", "NEW", at: "L"),
                ])
            }
            #expect(try await shop.count("exception") == 2)
            #expect(try await shop.count("exception_exception_id_seq where last_value = 2") == 1)
        }
    }

    @Test func `what a parked line waited for is over even when the line turns out to be impossible`() async throws {
        try await withShop { shop in
            try await shop.addLocation("L")
            var fact = FactLine.sale("s", "NEW")
            fact.change = .adjustment(.onHand, try #require(Delta(units: 4)), Reason(stored: "found"))
            fact.expectedVersion = 7
            _ = try await shop.send([fact])
            _ = try await shop.masterStore.putItem(Item(sku: SKU(stored: "NEW"), name: "New"), parts: [], .none)
            // As if the line had been parked by one who read the names before the item came.
            try await shop.runSQL("update exception set status = 'open', resolved_at = null, resolution = null")
            _ = try await shop.facts.applyParked(.all, stepsMax: 10)
            #expect(try await shop.count("parked_line") == 0)
            #expect(try await shop.count("exception where type = 'unknownSku' and status <> 'resolved'") == 0)
            #expect(try await shop.count("exception where type = 'rejectedLine' and status = 'open'") == 1)
        }
    }

    // MARK: - Late pickups

    /// A confirmed order whose time to be fetched is over.
    private static func lateOrder(_ shop: TestShop) async throws -> ReservationID {
        try await prepare(shop)
        _ = try await shop.send([receipt])
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"), method: .pickup,
            quantity: .of(2), pointer: "/lines/0", locationPointer: "/location")
        let new = NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "L"),
            holdSeconds: nil, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
        let key = RequestKey(text: RequestKeyText(stored: "k"), fingerprint: Fingerprint(sha256([1])))
        let made = try await shop.reservations.create(new, key: key).get()
        try await shop.runSQL("update reservation set pickup_by = clock_timestamp() - interval '1 hour'")
        return made.reservation.id
    }

    @Test func `a late pickup that is fetched just as it is told is closed`() async throws {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                let id = try await Self.lateOrder(shop)
                let told = """
                    update reservation set late_noted = true;
                    insert into exception (type, dedupe_key, detail) values ('latePickup', 'latePickup:\(id)', 'late');
                    """
                try await whileHeld(told, on: database) {
                    _ = try await shop.reservations.act(.fulfil(.everything, occurredAt: nil), on: id, key: nil).get()
                }
                #expect(try await Self.open(shop) == 0)
                #expect(try await shop.count("exception") == 1)
            }
        }
    }

    @Test func `a late pickup closes when it is fetched, and one that is fetched is not told`() async throws {
        try await withShop { shop in
            let id = try await Self.lateOrder(shop)
            try await shop.runSQL("update location set late_pickup = 'exception'")
            _ = try await ReservationSweep(reservations: shop.reservations).pass()
            #expect(try await shop.count("exception where type = 'latePickup' and status = 'open'") == 1)
            _ = try await shop.reservations.act(.fulfil(.everything, occurredAt: nil), on: id, key: nil).get()
            #expect(try await Self.open(shop) == 0)
            try await shop.reservationStore.noteLatePickups([LateNote(id: id, location: LocationID(stored: "L"))])
            #expect(try await Self.open(shop) == 0)
        }
    }
}
