package import Inventory
package import InventoryService
import Synchronization

/// Counts in memory, beside the facts of an `InMemoryStore` (`CountStoreContractTests` holds it to what PostgreSQL does).
package final class InMemoryCountStore: CountStore {
    fileprivate struct Kept {
        var count: StoredCount
        let fingerprint: Fingerprint
        let lines: [SubmittedLine]
        /// Items that a complete count says nothing of.
        var leftAlone: Set<ItemNumber>
    }

    private let facts: InMemoryStore
    private let kept = Mutex<[CountID: Kept]>([:])

    package init(_ facts: InMemoryStore) { self.facts = facts }

    package func open(
        _ count: PostedCount, from source: SourceNumber, by actor: ActorName?
    ) async throws(StoreError) -> StoredCount? {
        let id = CountID(source: count.source, event: count.event, testHash)
        let key = EventKey(source: source, event: count.event)
        return kept.withLock { kept -> StoredCount? in
            facts.state.withLock { state -> StoredCount? in
                if let found = kept[id] { return found.fingerprint == count.fingerprint ? found.count : nil }
                let ofLines = KnownEvent(fingerprint: .ofCountLines(testHash), state: .message)
                guard state.world.events[key] == nil || state.world.events[key] == ofLines else { return nil }
                let now = state.world.now
                let latest = now.advanced(byMicroseconds: clockSkewMaxMicroseconds)
                var stored = StoredCount(
                    id: id, source: count.source, event: count.event, location: count.location,
                    countedAt: count.countedAt.map { $0 <= latest ? $0 : now } ?? now, recordedAt: now,
                    isComplete: count.isComplete, excludesReady: count.excludesReady, lineCount: count.lines.count,
                    leftAlone: 0, isApplied: false)
                stored.actor = actor
                state.world.events[key] = KnownEvent(fingerprint: count.fingerprint, state: .count)
                if count.excludesReady { state.world.countsExcludingReady.insert(id) }
                if count.isComplete {
                    state.world.completeCounts[count.location, default: []]
                        .append(CountPosition(at: stored.countedAt, source: count.source, event: count.event))
                }
                kept[id] = Kept(
                    count: stored, fingerprint: count.fingerprint,
                    lines: count.lines.filter { if case .fact = $0.content { true } else { false } }, leftAlone: [])
                kept[id]?.leaveAlone(count.unread.map(\.item), in: state.world)
                return kept[id]?.count
            }
        }
    }

    package func linesOfUnreadItems(
        _ count: PostedCount, from source: SourceNumber
    ) async throws(StoreError) -> [Int: Int] {
        let world = facts.world
        var lines: [Int: Int] = [:]
        for (index, line) in count.lines.enumerated() {
            guard case .fact(let fact, _) = line.content, let number = world.number(of: fact.item) else { continue }
            lines[index] = count.unread.first { world.number(of: $0.item) == number }?.number
        }
        return lines
    }

    package func leaveAlone(_ items: [ItemReference], in id: CountID) async throws(StoreError) -> StoredCount? {
        kept.withLock { kept in
            kept[id]?.leaveAlone(items, in: facts.world)
            return kept[id]?.count
        }
    }

    package func finish(_ id: CountID) async throws(StoreError) { kept.withLock { $0[id]?.count.isApplied = true } }

    package func unfinished(
        before: Timestamp, limit: Int
    ) async throws(StoreError) -> [(count: StoredCount, lines: [SubmittedLine])] {
        kept.withLock { kept in
            kept.values.filter { !$0.count.isApplied && $0.count.recordedAt < before }
                .sorted { $0.count.recordedAt < $1.count.recordedAt }
                .prefix(limit).map { ($0.count, $0.lines) }
        }
    }

    package func notListed(
        _ count: StoredCount, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> [(number: ItemNumber, sku: SKU)] {
        let world = facts.world
        let leftAlone = kept.withLock { $0[count.id]?.leftAlone ?? [] }
        let position = CountPosition(at: count.countedAt, source: count.source, event: count.event)
        guard let location = world.locations[count.location] else { return [] }
        let items = world.items.map { (number: $0.value, sku: $0.key) }.filter { item in
            let key = BalanceKey(item: item.number, location: location)
            let isStated = world.countsStated.contains(
                CountLineKey(balance: key, counted: .onHand, position: position))
            return world.balances[key].map { $0.version > 0 } ?? false && !isStated
                && !leftAlone.contains(item.number) && after.map { $0 < item.number } ?? true
        }
        return Array(items.sorted { $0.number < $1.number }.prefix(limit))
    }

    package func count(_ id: CountID) async throws(StoreError) -> StoredCount? { kept.withLock { $0[id]?.count } }

    package func now() async throws(StoreError) -> Timestamp { facts.world.now }
}

extension World {
    fileprivate func number(of item: ItemReference) -> ItemNumber? {
        let sku =
            switch item {
            case .sku(let sku): sku
            case .code(_, let code): aliases[code]?.sku
            }
        return sku.flatMap { items[$0] }
    }
}

extension InMemoryCountStore.Kept {
    fileprivate mutating func leaveAlone(_ items: [ItemReference], in world: World) {
        for item in items {
            if let number = world.number(of: item) { leftAlone.insert(number) }
        }
        count.leftAlone = leftAlone.count
    }
}

/// Refuses loudly: what counts found is not looked up in memory.
package struct NoCountReports: CountReportStore {
    package init() {}

    private static var refusal: StoreError { .broken("reports of counts are not kept in memory") }

    package func findings(
        _ id: CountID, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<CountFinding>, summary: CountAccuracy?) { throw Self.refusal }

    package func accuracy(
        _ filter: CountFilter, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<CountAccuracy>, UnknownInCount> { throw Self.refusal }

    package func candidates(
        _ location: LocationID, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> (candidates: [CountCandidate], last: ItemNumber?)? { throw Self.refusal }
}
