package import Inventory
package import InventoryService
import Synchronization

extension InMemoryStore: ReservationStore {
    package func reservation(_ id: ReservationID) async throws(StoreError) -> ReservationAnswer? {
        state.withLock { state in state.world.reservations[id].map { state.answer($0) } }
    }

    package func reservations(
        _ filter: ReservationFilter, after: ReservationPosition?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<ReservationAnswer>> {
        state.withLock { state in
            let all = state.world.reservations.values.map { state.answer($0) }
                .filter { filter.selects($0) }
                .sorted { ($0.reservation.dueAt, $0.reservation.id) < ($1.reservation.dueAt, $1.reservation.id) }
            let rest = all.filter { answer in
                after.map { ($0.dueAt, $0.id) < (answer.reservation.dueAt, answer.reservation.id) } ?? true
            }
            let page = Page(
                elements: Array(rest.prefix(limit)), hasMore: rest.count > limit,
                total: includesTotal ? Int64(all.count) : nil)
            return Dated(page, asOf: state.world.now)
        }
    }

    package func alternatives(
        to lines: [ShortLine], by method: FulfilmentMethod, for channel: Channel?
    ) async throws(StoreError) -> [Alternative] {
        guard lines.first?.location != nil else { return [] }
        return state.withLock { state in
            let wanted = Dictionary(lines.map { ($0.sku, $0.requested) }, uniquingKeysWith: +)
            let others = Set(state.world.locations.keys).subtracting(lines.compactMap(\.location)).sorted()
            return others.compactMap { location -> Alternative? in
                let terms = state.world.places[location] ?? LocationTerms()
                guard terms.isActive, terms.isLive, terms.capabilities.contains(method.capability) else { return nil }
                let units = wanted.keys.map { ($0, state.available($0, at: location)) }
                guard units.allSatisfy({ $1 >= wanted[$0] ?? 0 }) else { return nil }
                let available = Dictionary(uniqueKeysWithValues: units)
                return Alternative(
                    location: location, distanceKm: nil,
                    lines: lines.map {
                        Alternative.Line(id: $0.id, sku: $0.sku, availableToSell: available[$0.sku])
                    })
            }.prefix(Alternative.countMax).map(\.self)
        }
    }

    package func pickNotes(of reservations: [Reservation]) async throws(StoreError) -> PickNotes {
        var notes = PickNotes()
        for sku in reservations.flatMap({ $0.lines.map(\.sku) + $0.allocations.map(\.sku) }) {
            notes.names[sku] = "Item \(sku)"
        }
        return notes
    }

    package func coordinates(of locations: [LocationID]) async throws(StoreError) -> [LocationID: Coordinates] { [:] }

    package func expired(limit: Int) async throws(StoreError) -> [ReservationID] {
        state.withLock { state in
            state.world.reservations.values
                .filter { $0.state(at: .distantPast) == .held && $0.hasExpired(at: state.world.now) }
                .sorted { ($0.expiresAt ?? .distantPast) < ($1.expiresAt ?? .distantPast) }
                .prefix(limit).map(\.id)
        }
    }

    package func latePickups(limit: Int) async throws(StoreError) -> [LatePickup] {
        state.withLock { state in
            state.world.reservations.values
                .filter { reservation in
                    guard let until = reservation.pickup?.pickupBy, until <= state.world.now else { return false }
                    return reservation.isStoredOpen && !state.lateNoted.contains(reservation.id)
                }
                .sorted { ($0.pickup?.pickupBy ?? .distantPast) < ($1.pickup?.pickupBy ?? .distantPast) }
                .prefix(limit)
                .map { LatePickup(id: $0.id, policy: state.latePolicies[$0.location] ?? .exception) }
        }
    }

    package func noteLatePickups(_ late: [LateNote]) async throws(StoreError) {
        state.withLock { state in
            for note in late {
                guard let reservation = state.world.reservations[note.id], reservation.isStoredOpen,
                    let until = reservation.pickup?.pickupBy, until <= state.world.now
                else { continue }
                state.lateNoted.insert(note.id)
            }
        }
    }
}

extension InMemoryStore.State {
    fileprivate func answer(_ reservation: Reservation) -> ReservationAnswer {
        var uncovered: [Int16: Int64] = [:]
        for key in Set(reservation.allocations.map(\.key)) {
            let promises = world.openPromises(of: key, at: world.now)
            let promised = promises.reduce(0) { $0 + $1.units }
            let shortfall = max(0, promised - max(0, world.balances[key]?.figures.onHand ?? 0))
            for promise in promisesAtRisk(shortfall: shortfall, promises) where promise.id.reservation == reservation.id
            {
                uncovered[promise.id.number] = promise.uncoveredQuantity
            }
        }
        return ReservationAnswer(reservation: reservation, uncovered: uncovered, asOf: world.now)
    }

    fileprivate func available(_ sku: SKU, at location: LocationID) -> Int64 {
        guard let key = world.key(sku.text, location.text) else { return 0 }
        let promised = world.openPromises(of: key, at: world.now).reduce(0) { $0 + $1.units }
        return max(0, (world.balances[key]?.figures.onHand ?? 0) - promised)
    }
}

extension Reservation {
    /// Whether its end was written down or not.
    fileprivate var isStoredOpen: Bool { allocations.contains { $0.state.isOpen } }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}

extension ReservationFilter {
    fileprivate func selects(_ answer: ReservationAnswer) -> Bool {
        let (found, now) = (answer.reservation, answer.asOf)
        let state = found.state(at: now)
        let isDue = [.held, .notFound, .confirmed].contains(state)
        if let location, found.location != location, !found.allocations.contains(where: { $0.location == location }) {
            return false
        }
        if let states, !states.all.contains(state) { return false }
        if let arrived, (found.pickup?.arrival != nil) != arrived { return false }
        if let claimedBy, found.claim.map({ $0.by == claimedBy && $0.until > now }) != true { return false }
        if let owner, found.owner != owner { return false }
        if let client, found.client != client { return false }
        if let within, !within.isSuperset(of: found.places) { return false }
        if let reference, found.reference != reference { return false }
        if let pickupCode, found.pickup?.code != pickupCode || !found.isStoredOpen { return false }
        if let method, found.method != method, !found.lines.contains(where: { $0.method == method }) { return false }
        if let atRisk, answer.uncovered.isEmpty == atRisk { return false }
        if let dueBefore, found.dueAt >= dueBefore { return false }
        if let overdue, (isDue && found.dueAt < now) != overdue { return false }
        return true
    }
}
