import Inventory
import InventoryPostgres
import InventoryService
import TestSupport

/// The stores that services stand on, of one kind, and what a test needs to arrange behind them.
struct Ports: Sendable {
    enum Kind: String, Sendable, CaseIterable { case inMemory, postgres }

    let batches: any BatchStore
    let reservations: any ReservationStore
    let counts: any CountStore
    let facts: FactService
    /// Adds an item, and applies nothing that waits for it.
    let addItem: @Sendable (String) async throws -> Void
    let addLocation: @Sendable (String, LocationTerms.LatePolicy) async throws -> Void
    /// Lets so many seconds pass.
    let advanceClock: @Sendable (Int64) async throws -> Void

    /// Runs `body` on empty stores of the kind.
    static func run(_ kind: Kind, _ body: @escaping @Sendable (Ports) async throws -> Void) async throws {
        switch kind {
        case .inMemory:
            let store = InMemoryStore()
            try await withFacts(store) { facts async throws in
                try await body(
                    Ports(
                        batches: store, reservations: store, counts: InMemoryCountStore(store), facts: facts,
                        addItem: { store.add(item: $0) },
                        addLocation: { store.add(location: $0, LocationTerms(leadTimeMinutes: 60), late: $1) },
                        advanceClock: { store.advanceClock(bySeconds: $0) }))
            }
        case .postgres:
            try await withShop(clock: .settable) { shop in
                try await body(
                    Ports(
                        batches: shop.factStore, reservations: shop.reservationStore, counts: shop.countStore,
                        facts: shop.facts,
                        addItem: { sku in
                            let item = Item(sku: SKU(stored: sku), name: sku)
                            _ = try await shop.masterStore.putItem(item, parts: [], .none).get()
                        },
                        addLocation: { id, late in
                            try await shop.addLocation(id) { ($0.latePickup, $0.leadTimeMinutes) = (late, 60) }
                        },
                        advanceClock: { try await shop.advanceClock(bySeconds: $0) }))
            }
        }
    }

    /// Commits one command of facts as a batch of its own.
    func commit(
        _ facts: [FactLine], source: String = "till", isAtomic: Bool = false
    ) async throws -> (batch: CommittedBatch, outcome: CommandOutcome) {
        let id = SourceID(stored: source)
        let number = try await batches.sourceNumber(id)
        let command = FactCommand(source: number, sourceID: id, lines: facts.map(\.submitted), isAtomic: isAtomic)
        let batch = try await batches.commit([.facts(command)], within: .seconds(5))
        guard let outcome = batch.outcomes[0].facts else { preconditionFailure("facts are answered line by line") }
        return (batch, outcome)
    }

    /// Asks for units of A at L in the way of the service.
    var service: ReservationService { ReservationService(store: reservations, sourcing: NoSourcing(), facts: facts) }

    func reserve(
        _ key: String, _ units: Int64, at location: String = "L", holdSeconds: Int64? = nil, owner: String? = nil,
        reference: String? = nil, pickupBy: Timestamp? = nil
    ) async throws -> ReservationOutcome {
        let place = LocationID(stored: location)
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: place, method: .pickup,
            quantity: .of(units), pointer: "/lines/0", locationPointer: "/location")
        let new = NewReservation(
            reference: reference.map(Reference.init(stored:)), owner: owner.map(Owner.init(stored:)), channel: nil,
            method: .pickup, location: place, holdSeconds: holdSeconds, allowsPartial: false, replaces: nil,
            lines: [line], pickupBy: pickupBy, shipTo: nil)
        return try await service.create(
            new, key: RequestKey(text: RequestKeyText(stored: key), fingerprint: Fingerprint(testHash(Array(key.utf8))))
        )
    }
}
