package import Inventory
package import InventoryService
import LibPQ
import Synchronization

/// Numbers of those who did something. They never change, so they may be remembered.
final class ActorNumbers: Sendable {
    /// A chain has some ten thousand people and programs; who was not there for longest is looked up again.
    static let countMax = 65_536

    private let known = Mutex(RecentlyUsed<ActorName, ActorNumber>(generationMax: countMax / 2))

    subscript(name: ActorName) -> ActorNumber? {
        get { known.withLock { $0.value(for: name) } }
        set { if let newValue { known.withLock { $0.insert(newValue, for: name) } } }
    }
}

extension PostgresBatchStore {
    package func rememberedActorNumber(_ name: ActorName) -> ActorNumber? { actors[name] }

    /// Whoever is new gets a number, for good and in every process.
    package func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber {
        if let known = rememberedActorNumber(name) { return known }
        let number = try await change.performRepeating(timeout: Self.readTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.actorEnsure) { $0.text(name.text) }
            // A statement of its own, so that it sees whom another process was faster with.
            let readAt = exchange.add(.actorRead) { $0.text(name.text) }
            return ActorNumber(try session.run(exchange)[readAt][0].only.int4)
        }
        actors[name] = number
        return number
    }
}

extension Statement {
    /// Who is known takes no number.
    fileprivate static let actorEnsure = Statement(
        "actor_ensure", [.text],
        sql: """
            insert into actor (name) select $1 where not exists (select from actor a where a.name = $1)
            on conflict (name) do nothing
            """)

    fileprivate static let actorRead = Statement(
        "actor_read", [.text], sql: "select a.actor_id from actor a where a.name = $1")
}
