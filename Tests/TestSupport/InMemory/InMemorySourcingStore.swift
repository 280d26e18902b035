package import Inventory
package import InventoryService
import Synchronization

/// What plans are made of, of the balances and master data in memory (`SourcingStoreContractTests` holds it to what
/// PostgreSQL finds). It knows no stock rules: all that is not promised is for sale, and nothing is restricted.
package final class InMemorySourcingStore: SourcingStore {
    private struct State {
        var supply: [(sku: SKU, coming: ComingSupply)] = []
        var questions: [SourcingQuestion] = []
        var beforeAnswer: (@Sendable (Int) async -> Void)?
    }

    private let catalog: InMemoryCatalogStore
    private let state = Mutex(State())

    package init(_ catalog: InMemoryCatalogStore) { self.catalog = catalog }

    /// What was asked of stock so far, in order.
    package var questions: [SourcingQuestion] { state.withLock { $0.questions } }

    /// Is called once a question about stock was answered and before whoever asked hears it, with how many were asked.
    package func beforeAnswer(_ hook: @escaping @Sendable (Int) async -> Void) {
        state.withLock { $0.beforeAnswer = hook }
    }

    /// Dated supply.
    package func expect(_ sku: String, _ units: Int64, at location: String, on instant: Timestamp) {
        let coming = ComingSupply(location: LocationID(stored: location), at: instant, units: units)
        state.withLock { $0.supply.append((SKU(stored: sku), coming)) }
    }

    package func stock(
        _ question: SourcingQuestion
    ) async throws(StoreError) -> Result<SourcingStock, UnknownInSourcing> {
        let found = catalog.change { tables, state in tables.stock(question, in: state.world) }
        let (asked, hook) = state.withLock { state in
            state.questions.append(question)
            return (state.questions.count, state.beforeAnswer)
        }
        await hook?(asked)
        return found
    }

    package func places(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: SourcingPlace] {
        catalog.read { tables in
            let known = ids.compactMap { tables.locations[TableKey($0.text)]?.value }
            return Dictionary(known.map { ($0.id, SourcingPlace($0)) }) { first, _ in first }
        }
    }

    package func coming(
        _ skus: [SKU], at location: LocationID?, _ filter: NetworkFilter
    ) async throws(StoreError) -> [SKU: [ComingSupply]] {
        let supply = state.withLock { $0.supply }
        return catalog.change { tables, state in
            let network = tables.network(filter) ?? []
            let now = state.world.now
            var coming: [SKU: [ComingSupply]] = [:]
            for sku in Set(skus) {
                let expected = supply.filter { $0.sku == sku }.map(\.coming) + state.world.inbound(sku)
                let found = expected.filter { supply in
                    supply.at > now && network.contains(supply.location)
                        && location.map { $0 == supply.location } ?? true
                }
                guard !found.isEmpty else { continue }
                coming[sku] = found.sorted { ($0.at, $0.location) < ($1.at, $1.location) }
            }
            return coming
        }
    }
}

extension InMemoryCatalogStore.Tables {
    /// Who takes part; nil where the group is not known. An asked group goes before the network of the channel.
    fileprivate func network(_ filter: NetworkFilter) -> Set<LocationID>? {
        var members: [LocationID]?
        if let group = filter.group {
            guard let known = groups[TableKey(group.text)]?.value else { return nil }
            members = known.locations
        } else if let channel = filter.channel {
            members = groups.all.map(\.stored.value).first { $0.channel == channel }?.locations
        }
        let sells = locations.all.map(\.stored.value).filter { location in
            location.status == .active && location.mode == .live
                && filter.method.map { location.capabilities.contains($0.capability) } ?? true
                && filter.within?.contains(location.id) ?? true && members?.contains(location.id) ?? true
        }
        return Set(sells.map(\.id))
    }

    fileprivate func stock(
        _ question: SourcingQuestion, in world: World
    ) -> Result<SourcingStock, UnknownInSourcing> {
        guard let network = network(question.filter) else { return .failure(.group) }
        var lines: [SourcingStock.Line] = []
        for (index, asked) in question.items.enumerated() {
            guard let line = line(asked, question, network, in: world) else { return .failure(.item(index)) }
            lines.append(line)
        }
        var places: [(number: LocationNumber, place: SourcingPlace)] = []
        let numbers = Set(question.freed.keys.map(\.location)).union(lines.flatMap(\.available.locations))
        for number in numbers.sorted() {
            guard let id = world.locations.first(where: { $0.value == number })?.key,
                let location = locations[TableKey(id.text)]?.value
            else { continue }
            var position: Int64?
            if question.objective == .priority, let group = question.filter.group {
                position = groups[TableKey(group.text)]?.value.locations.firstIndex(of: id).map { Int64($0 + 1) }
            }
            var place = SourcingPlace(location, priority: position)
            place.isEligible = network.contains(id)
            place.isFull = question.filter.method == .ship && world.isFull(location)
            places.append((number, place))
        }
        return .success(SourcingStock(lines: lines, places: places, asOf: world.now))
    }

    private func line(
        _ asked: ItemReference, _ question: SourcingQuestion, _ network: Set<LocationID>, in world: World
    ) -> SourcingStock.Line? {
        guard let (sku, units) = named(asked), let item = items[TableKey(sku.text)]?.value,
            let number = world.items[sku]
        else { return nil }
        var line = SourcingStock.Line(item: number, sku: sku, unitsPerCode: units)
        let parts = item.components.compactMap { part in world.items[part.sku].map { (item: $0, part: part) } }
        line.parts = parts.map { ($0.item, $0.part.quantity) }
        line.isSaleStopped = ([sku] + item.components.map(\.sku)).contains {
            items[TableKey($0.text)]?.value.status == .stopSale
        }
        // What comes free by the order is its own wherever it is.
        let places = network.compactMap { world.locations[$0] } + question.freed.keys.map(\.location)
        for place in Set(places) {
            let isInNetwork = network.contains { world.locations[$0] == place }
            func units(_ item: ItemNumber) -> Int64 {
                let key = BalanceKey(item: item, location: place)
                return (isInNetwork ? world.free(key) : 0) + question.freed[key, default: 0]
            }
            let free =
                parts.isEmpty ? units(number) : parts.map { units($0.item) / $0.part.quantity }.min() ?? 0
            if free > 0, !line.isSaleStopped { line.available[place] = free }
        }
        if question.objective == .balanced {
            for (key, sold) in world.sold where key.item == number && world.balances[key]?.figures.onHand ?? 0 > 0 {
                line.dailySales[key.location] = sold.unitsPerDay(now: world.now)
            }
        }
        return line
    }
}

extension World {
    /// Units that nobody was promised.
    fileprivate func free(_ key: BalanceKey) -> Int64 {
        guard let figures = balances[key]?.figures else { return 0 }
        let ended = holds.reduce(Int64(0)) { sum, hold in
            hold.key.balance == key && hold.key.expiresAt <= now ? sum + hold.value : sum
        }
        return max(0, figures.onHand - (figures.reserved - ended))
    }

    /// Whether it has taken all shipments of its day.
    fileprivate func isFull(_ location: Location) -> Bool {
        guard let most = location.dailyCapacity else { return false }
        let shipments = reservations.values.flatMap(\.shipments).filter { shipment in
            shipment.location == location.id && shipment.expiresAt.map { $0 > now } ?? true
        }
        return Int64(shipments.count) >= most
    }

    /// What transfers have shipped of an item, and when it is to come.
    fileprivate func inbound(_ sku: SKU) -> [ComingSupply] {
        guard let item = items[sku] else { return [] }
        return transfers.values.compactMap { transfer in
            guard let at = transfer.expectedAt, let units = transfer.inbound[item] else { return nil }
            return ComingSupply(location: transfer.to, at: at, units: units)
        }
    }
}

extension SourcingPlace {
    /// - Parameter priority: instead of the location's own.
    fileprivate init(_ location: Location, priority: Int64? = nil) {
        self.init(
            location: location.id, coordinates: location.coordinates, costPerShipment: location.costPerShipment,
            costPerKm: location.costPerKm, priority: priority ?? location.priority)
    }
}
