import Inventory
import TestSupport
import Testing

/// What the feed says happened to a reservation, from how it was and how it is.
@Suite struct ReservationEventTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private static func reservation(_ change: (inout Reservation) -> Void = { _ in }) -> Reservation {
        let location = LocationID(stored: "L")
        let sku = SKU(stored: "A")
        var reservation = Reservation(
            id: ReservationID(milliseconds: 1, random: (1, 1)), reference: nil, owner: nil, channel: nil,
            method: .pickup, location: location,
            lines: [
                ReservationLine(id: LineID(stored: "1"), sku: sku, location: location, method: .pickup, requested: 3)
            ],
            allocations: [
                Allocation(
                    number: 1, line: 0, key: BalanceKey(item: ItemNumber(1), location: LocationNumber(1)), sku: sku,
                    location: location, quantity: 3, state: .held, createdAt: now)
            ], createdAt: now, expiresAt: now.advanced(byMicroseconds: 60_000_000), dueAt: now)
        change(&reservation)
        return reservation
    }

    @Test func `a new hold is created, a new order created and confirmed`() {
        #expect(Self.reservation().events(since: nil, at: Self.now) == [.reservationCreated])
        let order = Self.reservation { $0.allocations[0].state = .confirmed }
        #expect(order.events(since: nil, at: Self.now) == [.reservationCreated, .reservationConfirmed])
    }

    @Test(arguments: [
        (AllocationState.confirmed, EventType.reservationConfirmed), (.ready, .reservationReady),
        (.notFound, .reservationNotFound), (.expired, .reservationExpired),
    ])
    func `each step has its event`(state: AllocationState, event: EventType) {
        let after = Self.reservation { $0.allocations[0].state = state }
        #expect(after.events(since: Self.reservation(), at: Self.now) == [event])
    }

    @Test func `units handed over and units given back are told, in part too`() {
        let part = Self.reservation { $0.allocations[0].fulfilledBySale = 1 }
        #expect(part.events(since: Self.reservation(), at: Self.now) == [.reservationFulfilled])
        let both = Self.reservation {
            $0.allocations[0].fulfilledBySale = 1
            $0.allocations[0].released = 2
            $0.allocations[0].state = .fulfilled
        }
        #expect(both.events(since: part, at: Self.now) == [.reservationReleased])
        #expect(
            both.events(since: Self.reservation(), at: Self.now) == [.reservationFulfilled, .reservationReleased])
    }

    @Test func `a longer hold, other lines, another place and a customer at the door are told`() {
        let longer = Self.reservation { $0.expiresAt = $0.expiresAt?.advanced(byMicroseconds: 1_000_000) }
        #expect(longer.events(since: Self.reservation(), at: Self.now) == [.reservationExtended])
        let other = Self.reservation { $0.lines[0].requested = 2 }
        #expect(other.events(since: Self.reservation(), at: Self.now) == [.reservationChanged])
        let moved = Self.reservation { $0.allocations[0].location = LocationID(stored: "M") }
        #expect(moved.events(since: Self.reservation(), at: Self.now) == [.reservationMoved])
        func pickup(_ arrival: Pickup.Arrival?) -> Reservation {
            Self.reservation { $0.pickup = Pickup(code: "AB", readyBy: nil, pickupBy: nil, arrival: arrival) }
        }
        let arrived = pickup(Pickup.Arrival(at: Self.now, place: "bay 3", note: nil))
        #expect(arrived.events(since: pickup(nil), at: Self.now) == [.reservationArrived])
    }

    @Test func `whatever has no event of its own is a change`() {
        let claimed = Self.reservation { $0.claim = Claim(by: "ida", until: Self.now) }
        #expect(claimed.events(since: Self.reservation(), at: Self.now) == [.reservationChanged])
    }
}
