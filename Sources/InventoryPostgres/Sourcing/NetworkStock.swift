import Inventory
import InventoryService
import LibPQ
import Synchronization

/// Where the items that were asked for last are for sale in a network, remembered, and brought up to date with what has been
/// committed since before each use, as `NetworkBands` are: an order over 400 stores would read a thousand balances otherwise.
///
/// An answer is never older than its question. It is made of what this process remembered when it asked, of what has changed
/// since then, and of what was read of items that were not remembered. It is remembered for the next only if nobody else's was
/// meanwhile.
final class NetworkStock: Sendable {
    typealias Network = NetworkBands.Network
    typealias Stock = [Int64: PlacesOfItem]

    /// Networks of which stock is remembered.
    static let networksMax = 4
    /// Pairs of an item and a location that are remembered of a network: 12 MB.
    static let pairsMax = 1_000_000

    private let shelves = Mutex(RecentlyUsed<Network, Shelf>(generationMax: NetworkStock.networksMax / 2))

    /// Of one network.
    private final class Shelf: Sendable {
        struct State {
            /// All that it shows is remembered of each item, and maybe more. Nil before anything is.
            var seen: SeenCommits?
            var items = ItemGenerations(pairsMax: NetworkStock.pairsMax)
        }

        let state = Mutex(State())
    }

    /// - Parameter items: ascending, each once.
    /// - Returns: of those that some location has.
    func stock(of items: [Int64], in network: Network, on session: Session) throws(PQError) -> Stock {
        let shelf = shelves.withLock { shelves in
            if let known = shelves.value(for: network) { return known }
            let made = Shelf()
            shelves.insert(made, for: network)
            return made
        }
        let (seen, remembered) = shelf.state.withLock { state in (state.seen, state.items.values(for: items)) }
        if let seen, let stock = try update(remembered, of: items, in: network, seen, shelf, on: session) {
            return stock
        }
        var exchange = Exchange()
        // Before what it vouches for.
        let seenAt = exchange.add(.commitsSeen)
        let stockAt = exchange.add(.sourcingStock) {
            $0.network(network)
            $0.int8s(items) { $0 }
        }
        let results = try session.run(exchange)
        let newer = SeenCommits(ColumnReader(results[seenAt][0]))
        let read = Self.read(results[stockAt], of: items)
        shelf.state.withLock { state in
            guard state.seen == seen else { return }
            state.seen = newer
            state.items.removeAll()
            state.items.insert(read)
        }
        return read
    }

    /// - Returns: nil where what is remembered says nothing about now.
    private func update(
        _ remembered: Stock, of items: [Int64], in network: Network, _ seen: SeenCommits, _ shelf: Shelf,
        on session: Session
    ) throws(PQError) -> Stock? {
        let missing = items.filter { remembered[$0] == nil }
        var exchange = Exchange()
        let changedAt = exchange.add(.sourcingStockChanged) {
            $0.network(network)
            $0.seen(seen)
            $0.int8(Self.changesMax)
        }
        let stockAt =
            missing.isEmpty
            ? nil
            : exchange.add(.sourcingStock) {
                $0.network(network)
                $0.int8s(missing) { $0 }
            }
        let results = try session.run(exchange)
        let row = results[changedAt][0]
        let changed = ColumnReader<StockChangedColumn>(row, from: SeenCommitsColumn.count)
        guard changed.bool(.isUsable) else { return nil }
        let newer = SeenCommits(ColumnReader(row))
        let read = stockAt.map { Self.read(results[$0], of: missing) } ?? [:]
        let changes = zip(changed.int8s(.items), zip(changed.int4s(.locations), changed.int8s(.units)))
        var stock = remembered
        for (item, (location, units)) in changes { stock[item]?.set(LocationNumber(location), to: units) }
        stock.merge(read) { $1 }
        shelf.state.withLock { state in
            // What has changed since one answer says nothing of what has changed since another.
            guard state.seen == seen else { return }
            state.seen = newer
            for (item, (location, units)) in changes { state.items.set(item, LocationNumber(location), to: units) }
            state.items.insert(read)
        }
        return stock
    }

    /// Without what is remembered.
    static func read(_ items: [Int64], in network: Network, on session: Session) throws(PQError) -> Stock {
        let rows = try session.query(.sourcingStock) {
            $0.network(network)
            $0.int8s(items) { $0 }
        }
        return read(rows, of: items)
    }

    /// Beyond so many changed balances, reading afresh what is asked for costs less.
    private static let changesMax: Int64 = 2_000

    private static func read(_ rows: Rows, of items: [Int64]) -> Stock {
        var stock = Dictionary(uniqueKeysWithValues: items.map { ($0, PlacesOfItem()) })
        for row in rows {
            var row = RowCursor(row)
            let (item, locations, units) = (row.int8(), row.int4s(), row.int8s())
            stock[item] = PlacesOfItem(zip(locations, units).map { (location: LocationNumber($0), units: $1) })
        }
        return stock
    }
}

/// What is remembered of items, the longest unused forgotten first: as `RecentlyUsed`, but counted in pairs.
private struct ItemGenerations: Sendable {
    private var young: NetworkStock.Stock = [:]
    private var old: NetworkStock.Stock = [:]
    private var youngPairs = 0
    /// Of one generation.
    private let pairsMax: Int
    /// What an item counts for beside its pairs, so that those without any are bounded too.
    private static let pairsOfItem = 4

    init(pairsMax: Int) { self.pairsMax = pairsMax / 2 }

    mutating func values(for items: [Int64]) -> NetworkStock.Stock {
        var found: NetworkStock.Stock = [:]
        for item in items {
            if let known = young[item] {
                found[item] = known
            } else if let known = old.removeValue(forKey: item) {
                found[item] = known
                insert(known, for: item)
            }
        }
        return found
    }

    mutating func insert(_ stock: NetworkStock.Stock) {
        for (item, places) in stock { insert(places, for: item) }
    }

    private mutating func insert(_ places: PlacesOfItem, for item: Int64) {
        old[item] = nil
        let before = young.updateValue(places, forKey: item)
        youngPairs += places.count - (before?.count ?? -Self.pairsOfItem)
        guard youngPairs > pairsMax else { return }
        (old, young, youngPairs) = (young, [:], 0)
    }

    /// Nothing where the item is not remembered.
    mutating func set(_ item: Int64, _ location: LocationNumber, to units: Int64) {
        guard let before = young[item]?.count else {
            old[item]?.set(location, to: units)
            return
        }
        young[item]?.set(location, to: units)
        youngPairs += (young[item]?.count ?? before) - before
    }

    mutating func removeAll() {
        (old, young, youngPairs) = ([:], [:], 0)
    }
}

extension PlacesOfItem {
    /// Of a location that has come to nothing it is remembered; of one that never had any there is nothing to remember.
    fileprivate mutating func set(_ location: LocationNumber, to units: Int64) {
        if units > 0 || self[location] != nil { self[location] = units }
    }
}
