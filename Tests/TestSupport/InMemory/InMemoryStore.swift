package import Inventory
package import InventoryService
import Synchronization

/// Facts and reservations in memory: batches are decided as in production, on a `World` of plain values. A suite holds it
/// to what `PostgresBatchStore` and `PostgresReservationStore` do (`BatchStoreContractTests` and its neighbour).
///
/// It knows no stock rules, coordinates, groups or expected supply; `InMemoryCatalogStore` beside it has master data.
package final class InMemoryStore: BatchStore {
    struct State {
        var world: World
        /// A source's number is its place, counted from 1.
        var sources: [SourceID] = []
        /// Those that were used and that the catalog has not heard of since.
        var usedSources: Set<SourceID> = []
        var latePolicies: [LocationID: LocationTerms.LatePolicy] = [:]
        var lateNoted: Set<ReservationID> = []

        /// Of a source, which is new or was used before.
        mutating func number(of source: SourceID) -> SourceNumber {
            if let place = sources.firstIndex(of: source) { return SourceNumber(Int32(place + 1)) }
            sources.append(source)
            return SourceNumber(Int32(sources.count))
        }
    }

    let state: Mutex<State>

    package init(items: [String] = [], locations: [String] = []) {
        state = Mutex(State(world: World(items: items, locations: locations)))
    }

    /// What is stored, for a test to look at.
    package var world: World { state.withLock { $0.world } }

    package func add(item: String) { state.withLock { $0.world.add(item: item) } }

    package func add(
        location: String, _ terms: LocationTerms = LocationTerms(), late: LocationTerms.LatePolicy = .exception
    ) {
        let id = LocationID(stored: location)
        state.withLock { state in
            state.world.add(location: location)
            state.world.places[id] = terms
            state.latePolicies[id] = late
        }
    }

    /// Lets so much time pass; less than nothing sets the clock back.
    package func advanceClock(bySeconds seconds: Int64) {
        state.withLock { $0.world.now = $0.world.now.advanced(byMicroseconds: seconds * 1_000_000) }
    }

    /// Nobody locks anything for longer than a call.
    package func locked(_: [Command], within: Duration) async throws(StoreError) -> [Int] { [] }

    package func commit(
        _ commands: [Command], within: Duration, isAside: Bool
    ) async throws(StoreError) -> CommittedBatch {
        state.withLock { $0.world.commit(commands) }
    }

    package func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber {
        state.withLock { state in
            state.usedSources.insert(id)
            return state.number(of: id)
        }
    }

    package func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber {
        state.withLock { $0.world.number(of: name) }
    }

    package func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage {
        state.withLock { state in
            func order(_ key: EventKey) -> (Int32, EventID) { (key.source.rawValue, key.event) }
            let page = state.world.parked.values
                .filter { line in selection.selects(line) && after.map { order($0) < order(line.key) } ?? true }
                .sorted { order($0.key) < order($1.key) }
                .prefix(limit)
            let ready = page.filter { !state.world.resolve(Name($0.fact, source: $0.key.source)).balances.isEmpty }
            return ParkedPage(
                ready: ready.map { line in
                    ParkedReady(
                        key: line.key, source: state.sources[Int(line.key.source.rawValue) - 1], fact: line.fact,
                        fingerprint: line.fingerprint, raw: Array(line.raw),
                        arrivedAt: state.world.parkedAt[line.key] ?? state.world.now)
                },
                last: page.count < limit ? nil : page.last?.key)
        }
    }
}

extension InMemoryStore: RehearsalStore {
    package func knownSourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber? {
        state.withLock { state in state.sources.firstIndex(of: id).map { SourceNumber(Int32($0 + 1)) } }
    }

    package func rehearse(
        _ commands: [Command], besides taken: [EventKey: KnownEvent]
    ) async throws(StoreError) -> CommittedBatch {
        var world = world
        world.events.merge(taken) { $1 }
        return world.commit(commands)
    }
}

extension World {
    fileprivate mutating func commit(_ commands: [Command]) -> CommittedBatch {
        let (first, asOf) = (lines.count, now)
        let outcomes = decideAndStore(commands)
        var known: [BalanceKey: Balance] = [:]
        for name in commands.names {
            for place in resolve(name).balances { known[place.key] = balances[place.key] ?? Balance() }
        }
        return CommittedBatch(
            outcomes: outcomes, firstSequence: lines.count > first ? Int64(first) : nil, balances: known, asOf: asOf)
    }
}

extension ParkedSelection {
    fileprivate func selects(_ line: ParkedLine) -> Bool {
        switch (self, line.fact.item) {
        case (.item(let sku), .sku(let parked)): sku == parked
        case (.code(let system, let code), .code(let parkedSystem, let parked)):
            system == parkedSystem && code.canonical(in: system) == parked.canonical(in: system)
        case (.location(let location), _):
            [line.fact.place, line.fact.change.destination].contains(.id(location))
        case (.locationCode(let system, let code), _):
            [line.fact.place, line.fact.change.destination].contains {
                $0?.codeSystem == system && $0?.name == code.canonical(in: system).text
            }
        case (.events(let keys), _): keys.contains(line.key)
        case (.all, _): true
        case (.item, .code), (.code, .sku): false
        }
    }
}
