import Inventory
import InventoryService
import LibPQ
import Synchronization

/// Numbers of those who did something. They never change, so they may be remembered.
final class ActorNumbers: Sendable {
    /// A chain has some ten thousand people and programs; who was not there for longest is looked up again.
    static let countMax = 65_536

    private let known = Mutex(RecentlyUsed<ActorName, ActorNumber>(generationMax: countMax / 2))

    /// Those of them that are remembered.
    func remembered(_ names: Set<ActorName>) -> [ActorName: ActorNumber] {
        known.withLock { known in
            var found: [ActorName: ActorNumber] = [:]
            for name in names { found[name] = known.value(for: name) }
            return found
        }
    }

    func remember(_ numbers: [ActorName: ActorNumber]) {
        known.withLock { known in
            for (name, number) in numbers { known.insert(number, for: name) }
        }
    }
}

extension PostgresBatchStore {
    /// Whoever is new gets a number, for good and in every process.
    func numbers(of names: Set<ActorName>) async throws(StoreError) -> [ActorName: ActorNumber] {
        guard !names.isEmpty else { return [:] }
        let known = actors.remembered(names)
        guard known.count < names.count else { return known }
        let new = names.filter { known[$0] == nil }
        let found = try await change.performRepeating(timeout: Self.readTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.actorsEnsure) { $0.texts(Array(new)) { $0.text } }
            // A statement of its own, so that it sees whom another process was faster with.
            let readAt = exchange.add(.actorsRead) { $0.texts(Array(new)) { $0.text } }
            var found: [ActorName: ActorNumber] = [:]
            for row in try session.run(exchange)[readAt] {
                var row = RowCursor(row)
                let (name, number) = (ActorName(stored: row.text()), ActorNumber(row.int4()))
                found[name] = number
            }
            return found
        }
        actors.remember(found)
        return known.merging(found) { $1 }
    }
}

extension Statement {
    /// In order, so that two processes with the same people do not wait for each other.
    fileprivate static let actorsEnsure = Statement(
        "actors_ensure", [.textArray],
        sql: """
            insert into actor (name)
            select new.name from unnest($1) as new(name)
            where not exists (select from actor a where a.name = new.name)
            order by new.name
            on conflict (name) do nothing
            """)

    fileprivate static let actorsRead = Statement(
        "actors_read", [.textArray], sql: "select a.name, a.actor_id from actor a where a.name = any ($1)")
}
