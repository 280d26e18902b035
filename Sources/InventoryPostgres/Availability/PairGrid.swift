import Inventory
import InventoryService
import LibPQ

/// Pairs of items and places, asked together: a basket at many stores, a page of products at one, sums over groups.
///
/// Each name is looked up once, however many pairs it is in, and each item's balances with one look into the index.
struct PairGrid: Sendable {
    /// Pairs of one location each, and where they stand among all.
    private struct Single {
        let position: Int
        /// Which of `items` and which of `locations`.
        let item: Int
        let location: Int
    }

    /// Of so many pairs the rules are asked pair by pair: less than the plan of the statement that asks for all at once.
    private static let fewRuledMax = 16

    private let pairs: [AvailabilityPair]
    private let singles: [Single]
    /// Where the sums stand among all pairs.
    private let sums: [Int]
    private let items: [ItemReference]
    private let locations: [LocationID]

    init(_ pairs: [AvailabilityPair]) {
        var items: [ItemReference: Int] = [:]
        var locations: [LocationID: Int] = [:]
        var itemList: [ItemReference] = []
        var locationList: [LocationID] = []
        var singles: [Single] = []
        var sums: [Int] = []
        singles.reserveCapacity(pairs.count)
        for (position, pair) in pairs.enumerated() {
            guard case .location(let location) = pair.place else {
                sums.append(position)
                continue
            }
            singles.append(
                Single(
                    position: position, item: Self.number(of: pair.item, in: &items, &itemList),
                    location: Self.number(of: location, in: &locations, &locationList)))
        }
        self.pairs = pairs
        self.singles = singles
        self.sums = sums
        self.items = itemList
        self.locations = locationList
    }

    /// A sum over a network may read hundreds of balances a pair.
    var hasSums: Bool { !sums.isEmpty }

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
        let rules: ItemRules
        let safetyStock: Int64?
        let threshold: Int64?

        var isKit: Bool { rules.contains(.kit) }
    }

    private struct Place {
        let number: LocationNumber
        let isEligible: Bool
        let safetyStock: SafetyTerm
        let threshold: Int64
        let rules: LocationRules
    }

    /// Two round trips in one transaction, so under one snapshot and as of one instant: the transaction's.
    func answers(
        _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> Found<Dated<[PairAnswer]>> {
        try OneSecond.read { () throws(PQError) in try read(filter, on: session) }
    }

    private func read(
        _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> Found<OneSecond<[PairAnswer]>> {
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
        let summed = sums.map { pairs[$0] }
        let sumsAt =
            summed.isEmpty
            ? nil
            : exchange.add(.availabilityPairSums) {
                $0.network(filter)
                $0.texts(summed) { $0.item.system?.text }
                $0.texts(summed) { $0.item.text }
                $0.texts(summed) { $0.place.group?.text }
            }
        let names = try session.run(exchange)
        let scope = ColumnReader<ScopeColumn>(names[scopeAt][0])
        let now = scope.requiredTimestamp(.now)
        if scope.bool(.isGroupUnknown) {
            _ = try session.query(.rollback)
            return .failure(.group)
        }
        var knownItems: [Item?] = Array(repeating: nil, count: items.count)
        for row in names[itemsAt] {
            let row = ColumnReader<PairItemColumn>(row)
            knownItems[Int(row.int8(.place)) - 1] = Item(
                number: ItemNumber(row.int8(.number)), sku: SKU(stored: row.text(.sku)),
                status: ItemStatus(stored: row.text(.status)), rules: ItemRules(rawValue: row.int2(.rules)),
                safetyStock: row.int8IfPresent(.safetyStock), threshold: row.int8IfPresent(.threshold))
        }
        var knownPlaces: [Place?] = Array(repeating: nil, count: locations.count)
        for row in names[locationsAt] {
            let row = ColumnReader<PairLocationColumn>(row)
            knownPlaces[Int(row.int8(.place)) - 1] = Place(
                number: LocationNumber(row.int4(.number)), isEligible: row.bool(.isEligible),
                safetyStock: SafetyTerm(stored: row.int8(.safetyStock)), threshold: row.int8(.threshold),
                rules: LocationRules(rawValue: row.int2(.rules)))
        }
        let stock = try stock(knownItems, knownPlaces, filter, on: session)
        // One instant for all, no earlier than anything that is shown.
        let asOf = max(now, stock.recordedAt)
        var answers: [PairAnswer] = Array(repeating: .unknown(.item), count: pairs.count)
        for single in singles {
            answers[single.position] = answer(
                single, knownItems[single.item], knownPlaces[single.location], stock, asOf)
        }
        if let sumsAt {
            for (position, row) in zip(sums, names[sumsAt]) { answers[position] = PairAnswer(sum: row) }
        }
        return .success(OneSecond(answers, judgedAt: now, asOf: asOf))
    }

    private func answer(
        _ single: Single, _ item: Item?, _ place: Place?, _ stock: Stock, _ asOf: Timestamp
    ) -> PairAnswer {
        guard let item else { return .unknown(.item) }
        guard let place else { return .unknown(.location) }
        let key = BalanceKey(item: item.number, location: place.number)
        let balance = stock.balances[key]
        var view = BalanceView(
            sku: item.sku, location: locations[single.location], figures: balance?.figures ?? Figures(),
            itemStatus: item.status, isEligible: place.isEligible, version: balance?.version ?? 0,
            countedAt: balance?.countedAt, asOf: asOf)
        view.holdBack = HoldBack(
            safetyStock: item.safetyStock ?? place.safetyStock.units(of: view.figures.onHand),
            threshold: item.threshold ?? place.threshold)
        if let held = stock.holdBacks[key] {
            if item.rules.contains(.safetyStock) {
                view.holdBack.safetyStock = (held.safetyStock ?? place.safetyStock).units(of: view.figures.onHand)
            }
            if item.rules.contains(.threshold) { view.holdBack.threshold = held.threshold ?? place.threshold }
            if held.isRestricted { view.isEligible = false }
            view.holdBack.fenced = held.fenced
        }
        view.holdBack.lagBuffer = stock.lagBuffers[key] ?? 0
        if item.isKit {
            view.kitsAvailable = view.isEligible && item.status != .stopSale ? stock.kits[key] ?? 0 : 0
        }
        return .balance(view)
    }

    private struct Stock {
        struct Balance {
            let figures: Figures
            let version: Int64
            let countedAt: Timestamp?
        }

        struct Held {
            let safetyStock: SafetyTerm?
            let threshold: Int64?
            let fenced: FencedUnits
            let isRestricted: Bool
        }

        var balances: [BalanceKey: Balance] = [:]
        /// Of pairs that a rule may say more of than what is in the rows of their item and their place.
        var holdBacks: [BalanceKey: Held] = [:]
        /// Of pairs at silent places.
        var lagBuffers: [BalanceKey: Int64] = [:]
        var kits: [BalanceKey: Int64] = [:]
        /// Of the latest line of all balances.
        var recordedAt = Timestamp(microseconds: 0)
    }

    private func stock(
        _ items: [Item?], _ places: [Place?], _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> Stock {
        var wanted: [Int: [Int32]] = [:]
        var ruled: Set<BalanceKey> = []
        var silent: Set<BalanceKey> = []
        var kits: Set<BalanceKey> = []
        for single in singles {
            guard let item = items[single.item], let place = places[single.location] else { continue }
            let key = BalanceKey(item: item.number, location: place.number)
            if !item.rules.isDisjoint(with: .any) || !place.rules.isDisjoint(with: .namingNoItem) { ruled.insert(key) }
            if place.rules.contains(.silence) { silent.insert(key) }
            if item.isKit {
                kits.insert(key)
            } else {
                wanted[single.item, default: []].append(place.number.rawValue)
            }
        }
        var asked: [(item: Int64, first: Int32, last: Int32)] = []
        var numbers: [Int32] = []
        numbers.reserveCapacity(singles.count)
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
        func add(
            _ statement: Statement, _ keys: Set<BalanceKey>, _ more: (inout ParameterWriter) -> Void = { _ in }
        ) -> Int? {
            guard !keys.isEmpty else { return nil }
            let keys = keys.sorted()
            return exchange.add(statement) {
                $0.int8s(keys) { $0.item.rawValue }
                $0.int4s(keys) { $0.location.rawValue }
                more(&$0)
            }
        }
        let ways: (inout ParameterWriter) -> Void = {
            $0.text(filter.channel?.text)
            $0.text(filter.method?.rawValue)
        }
        let isFew = ruled.count <= Self.fewRuledMax
        let ruledAt = add(isFew ? .availabilityPairRules : .availabilityManyPairRules, ruled, ways)
        let silentAt = add(.lagBuffersRead, silent)
        let kitsAt = add(.availabilityPairKits, kits, ways)
        exchange.add(.commit)
        let results = try session.run(exchange)
        var stock = Stock()
        for row in results[rowsAt] {
            let row = ColumnReader<PairBalanceColumn>(row)
            stock.recordedAt = max(stock.recordedAt, row.timestamp(.recordedAt) ?? stock.recordedAt)
            stock.balances[row.balanceKey(.item, .location)] = .init(
                figures: Figures(
                    onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
                    suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: row.int8(.reserved)),
                version: row.int8(.version), countedAt: row.timestamp(.countedAt))
        }
        if let ruledAt {
            for row in results[ruledAt] {
                let row = ColumnReader<PairRuleColumn>(row)
                stock.holdBacks[row.balanceKey(.item, .location)] = .init(
                    safetyStock: row.int8IfPresent(.safetyStock).map(SafetyTerm.init(stored:)),
                    threshold: row.int8IfPresent(.threshold), fenced: FencedUnits(row.int8s(.fenced)),
                    isRestricted: row.bool(.isRestricted))
            }
        }
        if let silentAt {
            for row in results[silentAt] {
                stock.lagBuffers[BalanceKey(row)] = row.int8(BalanceKeyColumn.count)
            }
        }
        if let kitsAt {
            for row in results[kitsAt] {
                stock.kits[BalanceKey(row)] = row.int8IfPresent(BalanceKeyColumn.count) ?? 0
            }
        }
        return stock
    }
}
