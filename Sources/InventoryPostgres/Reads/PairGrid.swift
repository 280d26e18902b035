import Inventory
import InventoryService
import LibPQ

/// Pairs of items and single locations, asked together: a basket at many stores, a page of products at one.
///
/// Each name is looked up once, however many pairs it is in, and each item's balances with one look into the index.
struct PairGrid: Sendable {
    private let pairs: [AvailabilityPair]
    private let items: [ItemReference]
    private let locations: [LocationID]
    /// For each pair, which of `items` and which of `locations`.
    private let places: [(item: Int, location: Int)]

    /// - Returns: nil when a pair asks for a sum over a group or the network.
    init?(_ pairs: [AvailabilityPair]) {
        var items: [ItemReference: Int] = [:]
        var locations: [LocationID: Int] = [:]
        var itemList: [ItemReference] = []
        var locationList: [LocationID] = []
        var places: [(item: Int, location: Int)] = []
        places.reserveCapacity(pairs.count)
        for pair in pairs {
            guard case .location(let location) = pair.place else { return nil }
            places.append(
                (
                    Self.number(of: pair.item, in: &items, &itemList),
                    Self.number(of: location, in: &locations, &locationList)
                ))
        }
        self.pairs = pairs
        self.places = places
        self.items = itemList
        self.locations = locationList
    }

    private static func number<Value: Hashable>(
        of value: Value, in numbers: inout [Value: Int], _ list: inout [Value]
    ) -> Int {
        if let number = numbers[value] { return number }
        numbers[value] = list.count
        list.append(value)
        return list.count - 1
    }

    private struct Item {
        let number: ItemNumber
        let sku: SKU
        let status: ItemStatus
    }

    private struct Location {
        let number: LocationNumber
        let isEligible: Bool
    }

    /// Two round trips under one snapshot.
    func answers(
        _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> Found<Dated<[PairAnswer]>> {
        var exchange = Exchange()
        exchange.add(.beginSnapshot)
        let scopeAt = exchange.add(.availabilityScope) { $0.network(filter) }
        let itemsAt = exchange.add(.availabilityPairItems) {
            $0.texts(items) { $0.system?.text }
            $0.texts(items) { $0.text }
        }
        let locationsAt = exchange.add(.availabilityPairLocations) {
            $0.network(filter)
            $0.texts(locations) { $0.text }
        }
        let names = try session.run(exchange)
        let asOf = names[scopeAt][0].requiredTimestamp(1)
        if names[scopeAt][0].bool(0) {
            _ = try session.query(.rollback)
            return .failure(.group)
        }
        var knownItems: [Item?] = Array(repeating: nil, count: items.count)
        for row in names[itemsAt] {
            knownItems[Int(row.int8(0)) - 1] = Item(
                number: ItemNumber(row.int8(1)), sku: SKU(stored: row.text(2)), status: ItemStatus(stored: row.text(3)))
        }
        var knownLocations: [Location?] = Array(repeating: nil, count: locations.count)
        for row in names[locationsAt] {
            knownLocations[Int(row.int8(0)) - 1] = Location(
                number: LocationNumber(row.int4(1)), isEligible: row.bool(2))
        }
        let balances = try balances(knownItems, knownLocations, on: session)
        return .success(
            Dated(
                zip(pairs, places).map { pair, place in
                    guard let item = knownItems[place.item] else { return .unknown(.item) }
                    guard let location = knownLocations[place.location] else { return .unknown(.location) }
                    let key = BalanceKey(item: item.number, location: location.number)
                    let balance = balances[key] ?? Stock()
                    return .balance(
                        BalanceView(
                            sku: item.sku, location: locations[place.location], figures: balance.figures,
                            itemStatus: item.status, isEligible: location.isEligible, version: balance.version,
                            countedAt: balance.countedAt, asOf: asOf))
                }, asOf: asOf))
    }

    private struct Stock {
        var figures = Figures()
        var version: Int64 = 0
        var countedAt: Timestamp?
    }

    private func balances(
        _ items: [Item?], _ locations: [Location?], on session: Session
    ) throws(PQError) -> [BalanceKey: Stock] {
        var wanted: [Int: [Int32]] = [:]
        for place in places {
            guard items[place.item] != nil, let location = locations[place.location] else { continue }
            wanted[place.item, default: []].append(location.number.rawValue)
        }
        var asked: [(item: Int64, first: Int32, last: Int32)] = []
        var numbers: [Int32] = []
        numbers.reserveCapacity(places.count)
        for (item, places) in wanted {
            guard let item = items[item] else { continue }
            let first = Int32(numbers.count + 1)
            numbers.append(contentsOf: places)
            asked.append((item.number.rawValue, first, Int32(numbers.count)))
        }
        var exchange = Exchange()
        let rowsAt = exchange.add(.availabilityPairBalances) {
            $0.int8s(asked) { $0.item }
            $0.int4s(numbers) { $0 }
            $0.int4s(asked) { $0.first }
            $0.int4s(asked) { $0.last }
        }
        exchange.add(.commit)
        var balances: [BalanceKey: Stock] = [:]
        for row in try session.run(exchange)[rowsAt] {
            balances[BalanceKey(item: ItemNumber(row.int8(0)), location: LocationNumber(row.int4(1)))] = Stock(
                figures: Figures(
                    onHand: row.int8(2), damaged: row.int8(4), inspection: row.int8(5), suspect: row.int8(6),
                    inTransit: row.int8(7), reserved: row.int8(3)),
                version: row.int8(8), countedAt: row.timestamp(9))
        }
        return balances
    }
}

extension Statement {
    /// For reading several statements as of one instant.
    fileprivate static let beginSnapshot = Statement(
        "begin_snapshot", sql: "begin isolation level repeatable read read only")
}
