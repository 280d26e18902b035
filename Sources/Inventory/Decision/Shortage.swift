/// What a request asks for of one line at one location.
struct AskedGoods {
    let id: LineID
    let sku: SKU
    let location: LocationID
    /// Of the item, or kits.
    let requested: Int64
    /// The balances that it is taken of, with how many units each takes for one.
    let parts: [KnownKit.Part]
    /// Nothing of it may be sold, whatever its parts are.
    var isStopped = false

    var isSaleStopped: Bool { isStopped || parts.contains { $0.name.itemStatus == .stopSale } }
    fileprivate var isItem: Bool { parts.count == 1 && parts[0].name.sku == sku }
}

/// What of a request is short: for each item at each place what all of it asks for together, kits' parts included.
struct Shortage {
    /// Units that all lines together ask for.
    let demand: [BalanceKey: Int64]
    /// Balances that do not have so much.
    let short: Set<BalanceKey>
    let available: (KnownName) -> Int64

    /// The lines that are short. A balance that different goods are taken of, such as a kit and its own part, speaks for
    /// itself: each of them alone may be there.
    func lines(of asked: [AskedGoods]) -> [ShortLine] {
        var sums: [(first: Int, line: ShortLine)] = []
        var summed: Set<BalanceKey> = []
        for (index, goods) in asked.enumerated() {
            for part in goods.parts where short.contains(part.name.key) && !summed.contains(part.name.key) {
                let key = part.name.key
                let askers = asked.filter { $0.parts.contains { $0.name.key == key } }
                guard Set(askers.map(\.sku)).count > 1 else { continue }
                summed.insert(key)
                var line = ShortLine(
                    id: askers[0].id, sku: part.name.sku, location: part.name.location,
                    requested: demand[key, default: 0], available: available(part.name),
                    isSaleStopped: part.name.itemStatus == .stopSale)
                line.askers = askers.map { .init(id: $0.id, sku: $0.sku, requested: $0.requested) }
                sums.append((index, line))
            }
        }
        let own = asked.enumerated().filter { _, goods in
            let missing = goods.parts.filter { short.contains($0.name.key) }
            if goods.isStopped { return true }
            if missing.isEmpty { return false }
            // The sum has said it, unless the goods would be short of it alone.
            guard missing.allSatisfy({ summed.contains($0.name.key) }) else { return true }
            if goods.isItem { return false }
            let requested = asked.reduce(Int64(0)) {
                $1.sku == goods.sku && $1.location == goods.location ? $0 + $1.requested : $0
            }
            return requested > obtainable(of: goods)
        }.map { index, goods in
            let line = ShortLine(
                id: goods.id, sku: goods.sku, location: goods.location, requested: goods.requested,
                available: obtainable(of: goods), isSaleStopped: goods.isSaleStopped)
            return (first: index, line: line)
        }
        return (own + sums).sorted { $0.first < $1.first }.map(\.line)
    }

    private func obtainable(of goods: AskedGoods) -> Int64 {
        goods.isStopped ? 0 : goods.parts.map { available($0.name) / $0.quantity }.min() ?? 0
    }
}

extension BatchDecision {
    /// The parts of lines that come from one location together: all of a kit, or units of an item.
    func goods(of wants: [Resolved], _ asked: [ReservationLine]) -> [AskedGoods] {
        var goods: [AskedGoods] = []
        var seen: Set<Int> = []
        for want in wants {
            let line = asked[want.line]
            guard !line.components.isEmpty else {
                goods.append(
                    AskedGoods(
                        id: line.id, sku: line.sku, location: want.name.location, requested: want.units,
                        parts: [KnownKit.Part(name: want.name, quantity: 1)]))
                continue
            }
            guard seen.insert(want.line).inserted else { continue }
            let parts = wants.filter { $0.line == want.line }.map { part in
                KnownKit.Part(
                    name: part.name,
                    quantity: line.components.first { $0.sku == part.name.sku }?.quantity ?? 1)
            }
            goods.append(
                AskedGoods(
                    id: line.id, sku: line.sku, location: want.name.location, requested: line.requested, parts: parts))
        }
        return goods
    }
}
