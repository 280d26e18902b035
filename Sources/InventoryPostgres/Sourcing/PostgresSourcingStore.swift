package import Inventory
package import InventoryService
import LibPQ

/// Where stock is, for plans; and what shipping cost.
package struct PostgresSourcingStore: SourcingStore, FulfilmentCostStore {
    private let read: ConnectionPool
    /// Plans look at hundreds of balances each.
    private let bulkRead: ConnectionPool
    private let report: ConnectionPool
    private let cache = SourcingPlaceCache()
    private let remembered = NetworkStock()

    private static let timeout: Duration = .seconds(5)
    private static let reportTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        read = pools.read
        bulkRead = pools.bulkRead
        report = pools.report
    }

    package func stock(
        _ question: SourcingQuestion
    ) async throws(StoreError) -> Result<SourcingStock, UnknownInSourcing> {
        try await bulkRead.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let scopeAt = exchange.add(.availabilityScope) { $0.network(question.filter) }
            let epochAt = exchange.add(.configEpochRead)
            let itemsAt = exchange.add(.basketItems) {
                $0.texts(question.items) { $0.system?.text }
                $0.texts(question.items) { $0.text }
            }
            let heads = try session.run(exchange)
            let scope = ColumnReader<ScopeColumn>(heads[scopeAt][0])
            if scope.bool(.isGroupUnknown) { return .failure(.group) }
            var lines: [SourcingStock.Line] = []
            var kits: [Int] = []
            var restricted: [(line: Int, id: Int64)] = []
            for (index, row) in heads[itemsAt].enumerated() {
                let row = ColumnReader<BasketItemColumn>(row)
                guard let item = row.int8IfPresent(.item) else { return .failure(.item(index)) }
                lines.append(
                    SourcingStock.Line(
                        item: ItemNumber(item), sku: SKU(stored: row.text(.sku)), unitsPerCode: row.int8(.unitsPerCode))
                )
                lines[index].isSaleStopped = row.bool(.isSaleStopped)
                if row.bool(.isKit) { kits.append(index) }
                if row.bool(.isRestrictedSomewhere) { restricted.append((index, item)) }
            }
            let recipes = try session.recipes(of: kits.map { lines[$0].item })
            for line in kits {
                let parts = recipes[lines[line].item] ?? []
                lines[line].parts = parts.map { ($0.item, $0.quantity) }
                if parts.contains(where: \.isSaleStopped) { lines[line].isSaleStopped = true }
            }
            if !restricted.isEmpty {
                let rows = try session.query(.sourcingRestrictions) {
                    $0.int8s(Set(restricted.map(\.id)).sorted()) { $0 }
                    $0.text(question.filter.channel?.text)
                    $0.text(question.filter.method?.rawValue)
                }
                for row in rows {
                    var row = RowCursor(row)
                    let (id, rule) = (row.int8(), StockRuleID(stored: row.text()))
                    for item in restricted where item.id == id { lines[item.line].restriction = rule }
                }
            }
            let epoch = heads[epochAt][0].only.int8
            let network = try network(
                question.filter, epoch: epoch, now: scope.requiredTimestamp(.now), on: session)
            try readStock(question, network, of: &lines, on: session)
            for (line, kit) in restricted where !lines[line].parts.isEmpty {
                try leaveOut(question.filter, kit, of: &lines[line], on: session)
            }
            try readRestrictions(question.filter, of: &lines, on: session)
            let freedAt = PlacesOfItem(
                Set(question.freed.keys.map(\.location)).map { (location: $0, units: 0) })
            var places = try places(
                (lines.map(\.available) + [freedAt]).locations, question, epoch: epoch,
                now: scope.requiredTimestamp(.now),
                on: session)
            for index in places.indices where freedAt[places[index].number] != nil {
                places[index].place.isEligible = network.isEligible(places[index].number)
            }
            return .success(SourcingStock(lines: lines, places: places, asOf: scope.requiredTimestamp(.now)))
        }
    }

    /// Who takes part, and what is held back there: master data too.
    private func network(
        _ filter: NetworkFilter, epoch: Int64, now: Timestamp, on session: Session
    ) throws(PQError) -> NetworkBands.Network {
        if let known = cache.network(filter, at: epoch, now) { return known }
        let head = ColumnReader<NetworkColumn>(
            try session.query(.availabilityNetwork) {
                $0.network(filter)
                $0.within(filter.within)
            }[0])
        let network = NetworkBands.Network(head, filter)
        // Bound clients have a network each, and must not push out those of all others.
        guard filter.within == nil else { return network }
        cache.learn(network, of: filter, epoch: epoch, until: head.timestamp(.changesAt))
        return network
    }

    private func readStock(
        _ question: SourcingQuestion, _ network: NetworkBands.Network, of lines: inout [SourcingStock.Line],
        on session: Session
    ) throws(PQError) {
        let items = Set(lines.flatMap { $0.parts.isEmpty ? [$0.item] : $0.parts.map(\.item) }.map(\.rawValue)).sorted()
        // Bound clients have a network each, and must not push out those of all others.
        let stock =
            question.filter.within == nil
            ? try remembered.stock(of: items, in: network, on: session)
            : try NetworkStock.read(items, in: network, on: session)
        var available: [ItemNumber: PlacesOfItem] = [:]
        for (item, places) in stock { available[ItemNumber(item)] = places.available }
        for (key, units) in question.freed {
            guard let there = available[key.item] else { continue }
            available[key.item]?[key.location] = (there[key.location] ?? 0) + units
        }
        for index in lines.indices { lines[index].read(available) }
        guard question.objective == .balanced else { return }
        for row in try session.query(.sourcingSales, { $0.int8s(items) { $0 } }) {
            let row = ColumnReader<SourcingSalesColumn>(row)
            guard let sold = row.soldUnits(.soldUnits, .soldAt, .soldSince) else { continue }
            let (item, location) = (ItemNumber(row.int8(.item)), LocationNumber(row.int4(.location)))
            let rate = sold.unitsPerDay(now: row.requiredTimestamp(.now))
            for index in lines.indices where lines[index].item == item { lines[index].dailySales[location] = rate }
        }
    }

    /// Where a kit itself is not sold so, whatever its parts are.
    private func leaveOut(
        _ filter: NetworkFilter, _ kit: Int64, of line: inout SourcingStock.Line, on session: Session
    ) throws(PQError) {
        let places = line.available.locations.map(\.rawValue)
        let rows = try session.query(.sourcingRestrictedAt) {
            $0.int8(kit)
            $0.int4s(places) { $0 }
            $0.text(filter.channel?.text)
            $0.text(filter.method?.rawValue)
        }
        for row in rows { line.available[LocationNumber(row.only.int4)] = nil }
    }

    /// What there is nothing of anywhere although some have it: whether that is because it is not sold so there.
    private func readRestrictions(
        _ filter: NetworkFilter, of lines: inout [SourcingStock.Line], on session: Session
    ) throws(PQError) {
        let lacking = lines.indices.filter {
            lines[$0].available.isEmpty && lines[$0].restriction == nil && !lines[$0].isSaleStopped
        }
        guard !lacking.isEmpty else { return }
        var recipes: [ItemNumber: [ItemNumber]] = [:]
        for line in lacking {
            let parts = lines[line].parts.map(\.item)
            recipes[lines[line].item] = parts.isEmpty ? [lines[line].item] : parts
        }
        let wanted = recipes.sorted { $0.key < $1.key }.flatMap { item, parts in parts.map { (item: item, part: $0) } }
        let rows = try session.query(.sourcingRestrictionsByPlace) {
            $0.network(filter)
            $0.int8s(wanted) { $0.item.rawValue }
            $0.int8s(wanted) { $0.part.rawValue }
            $0.within(filter.within)
        }
        for row in rows {
            var row = RowCursor(row)
            let (item, rule) = (ItemNumber(row.int8()), StockRuleID(stored: row.text()))
            for line in lacking where lines[line].item == item { lines[line].restriction = rule }
        }
    }

    /// Master data is remembered for as long as nothing of it changes; how full a place is, is asked each time.
    private func places(
        _ numbers: [LocationNumber], _ question: SourcingQuestion, epoch: Int64, now: Timestamp, on session: Session
    ) throws(PQError) -> [(number: LocationNumber, place: SourcingPlace)] {
        var known = cache.places(at: epoch)
        if known == nil {
            let rows = try session.query(.sourcingPlaces)
            var read: [LocationNumber: SourcingPlaceCache.Place] = [:]
            for row in rows {
                let place = SourcingPlaceCache.Place(row)
                read[place.number] = place
            }
            cache.learn(read, epoch: epoch)
            known = read
        }
        var places: [(number: LocationNumber, place: SourcingPlace)] = []
        places.reserveCapacity(numbers.count)
        var limited: [(index: Int, number: LocationNumber, day: Int64, most: Int64)] = []
        for number in numbers {
            guard let place = known?[number] else { continue }
            if let most = place.dailyCapacity, question.filter.method == .ship {
                limited.append((places.count, number, TimeZoneRules.offsets(place.timeZone).day(at: now), most))
            }
            places.append((number, place.place))
        }
        if !limited.isEmpty {
            let rows = try session.query(.shipmentsCount) {
                $0.int4s(limited) { $0.number.rawValue }
                $0.int4s(limited) { Int32($0.day) }
                $0.timestamptz(now.microseconds)
            }
            let counts = Dictionary(rows.map(ShipmentCount.init).map { ($0.location, $0.count) }) { first, _ in first }
            for place in limited where counts[place.number.rawValue, default: 0] >= place.most {
                places[place.index].place.isFull = true
            }
        }
        guard question.objective == .priority, let group = question.filter.group else { return places }
        var positions: [LocationNumber: Int64] = [:]
        for row in try session.query(.groupPositions, { $0.text(group.text) }) {
            var row = RowCursor(row)
            positions[LocationNumber(row.int4())] = Int64(row.int4())
        }
        for index in places.indices {
            guard let position = positions[places[index].number] else { continue }
            let place = places[index].place
            places[index].place = SourcingPlace(
                location: place.location, coordinates: place.coordinates, costPerShipment: place.costPerShipment,
                costPerKm: place.costPerKm, priority: position, isFull: place.isFull)
        }
        return places
    }

    package func places(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: SourcingPlace] {
        guard !ids.isEmpty else { return [:] }
        return try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var places: [LocationID: SourcingPlace] = [:]
            for row in try session.query(.sourcingPlacesNamed, { $0.texts(ids) { $0.text } }) {
                let place = SourcingPlaceCache.Place(row).place
                places[place.location] = place
            }
            return places
        }
    }

    package func coming(
        _ skus: [SKU], at location: LocationID?, _ filter: NetworkFilter
    ) async throws(StoreError) -> [SKU: [ComingSupply]] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var coming: [SKU: [ComingSupply]] = [:]
            let rows = try session.query(.comingSupply) {
                $0.network(filter)
                $0.texts(skus) { $0.text }
                $0.text(location?.text)
            }
            for row in rows {
                let row = ColumnReader<ComingSupplyColumn>(row)
                coming[SKU(stored: row.text(.sku)), default: []].append(
                    ComingSupply(
                        location: LocationID(stored: row.text(.location)), at: row.requiredTimestamp(.expectedAt),
                        units: row.int8(.units)))
            }
            return coming
        }
    }

    package func costs(
        _ days: Range<Int64>, _ objective: SourcingObjective?
    ) async throws(StoreError) -> Dated<[FulfilmentCost]> {
        try await report.perform(timeout: Self.reportTimeout) { session throws(PQError) in
            var exchange = Exchange()
            let clockAt = exchange.add(.clockRead)
            let costsAt = exchange.add(.fulfilmentCosts) {
                $0.int4(Int32(clamping: days.lowerBound))
                $0.int4(Int32(clamping: days.upperBound))
                $0.text(objective?.rawValue)
            }
            let results = try session.run(exchange)
            let costs = results[costsAt].map(FulfilmentCost.init)
            return Dated(costs, asOf: results[clockAt][0].only.timestamp)
        }
    }
}

extension SourcingStock.Line {
    /// Of a kit as many as every part allows, all of one location; none of one that is called back, whose parts are not.
    fileprivate mutating func read(_ available: [ItemNumber: PlacesOfItem]) {
        guard !isSaleStopped else { return }
        guard let first = parts.first else {
            self.available = available[item] ?? PlacesOfItem()
            return
        }
        for location in available[first.item]?.locations ?? [] {
            let kits = parts.map { (available[$0.item]?[location] ?? 0) / $0.quantity }.min() ?? 0
            if kits > 0 { self.available[location] = kits }
        }
    }
}
