package import Inventory
package import InventoryService
import Synchronization

/// Facts and reservations in memory: batches are decided as in production, on a `World` of plain values. A suite holds it
/// to what `PostgresBatchStore` and `PostgresReservationStore` do (`BatchStoreContractTests` and its neighbour).
///
/// It knows no stock rules, coordinates, groups, expected supply or sourcing.
package final class InMemoryStore: BatchStore {
    struct State {
        var world: World
        /// A source's number is its place, counted from 1.
        var sources: [SourceID] = []
        var latePolicies: [LocationID: LocationTerms.LatePolicy] = [:]
        var lateNoted: Set<ReservationID> = []
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
        state.withLock { state in
            let first = state.world.lines.count
            let asOf = state.world.now
            let outcomes = state.world.decideAndStore(commands)
            var balances: [BalanceKey: Balance] = [:]
            for name in commands.names {
                for known in state.world.resolve(name).balances {
                    balances[known.key] = state.world.balances[known.key] ?? Balance()
                }
            }
            return CommittedBatch(
                outcomes: outcomes, firstSequence: state.world.lines.count > first ? Int64(first) : nil,
                balances: balances, asOf: asOf)
        }
    }

    package func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber {
        state.withLock { state in
            if let place = state.sources.firstIndex(of: id) { return SourceNumber(Int32(place + 1)) }
            state.sources.append(id)
            return SourceNumber(Int32(state.sources.count))
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
