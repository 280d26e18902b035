package import Inventory
package import InventoryService
import LibPQ

/// Availability, read fresh from committed rows each time.
package struct PostgresAvailabilityStore: AvailabilityStore {
    let read: ConnectionPool
    let report: ConnectionPool

    static let timeout: Duration = .seconds(5)
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        read = pools.read
        report = pools.report
    }

    package func balance(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<BalanceView> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            let row = try session.query(.availabilityBalance) {
                $0.network(filter)
                $0.item(item)
                $0.text(location.text)
            }[0]
            if row.bool(0) { return .failure(.group) }
            if row.isNull(1) { return .failure(.item) }
            if row.isNull(2) { return .failure(.location) }
            return .success(BalanceView(row, from: 1))
        }
    }

    package func item(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID]
    ) async throws(StoreError) -> Found<(item: ItemAvailability, balances: [BalanceView])> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let headAt = exchange.add(.availabilityItemHead) {
                $0.network(filter)
                $0.item(item)
                $0.texts(named.map { $0.text })
            }
            let rowsAt = exchange.add(.availabilityItem) {
                $0.network(filter)
                $0.item(item)
                $0.texts(named.map { $0.text })
            }
            let results = try session.run(exchange)
            let head = results[headAt][0]
            if head.bool(0) { return .failure(.group) }
            guard let sku = head.textIfPresent(1) else { return .failure(.item) }
            if head.bool(3) { return .failure(.location) }
            let balances = results[rowsAt].map { BalanceView($0, from: 0) }
            let total = balances.reduce(0) { $0 + $1.terms.availableToSell }
            return .success(
                (ItemAvailability(sku: SKU(stored: sku), name: head.text(2), availableToSell: total), balances))
        }
    }

    package func items(
        _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Page<ItemAvailability>> {
        try await self.list(
            page, .availabilityItems, .availabilityItemsCount,
            filter: {
                $0.network(network)
                $0.list(list)
            },
            element: {
                ItemAvailability(sku: SKU(stored: $0.text(0)), name: $0.text(1), availableToSell: $0.int8(2))
            }, unknown: { $0.bool(0) ? .group : nil }, head: .availabilityGroupUnknown,
            headFilter: { $0.network(network) })
    }

    package func location(
        _ location: LocationID, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Page<NamedBalance>> {
        try await self.list(
            page, .availabilityLocation, .availabilityLocationCount,
            filter: {
                $0.text(location.text)
                $0.list(list)
            },
            element: { NamedBalance(name: $0.text(0), balance: BalanceView($0, from: 1)) },
            unknown: { $0.bool(0) ? .location : nil }, head: .availabilityLocationUnknown,
            headFilter: { $0.text(location.text) })
    }

    /// A page, its total where asked for, and whether its subject is known: one round trip.
    private func list<Element: Sendable>(
        _ page: PageRequest, _ statement: Statement, _ count: Statement,
        filter: @escaping @Sendable (inout ParameterWriter) -> Void,
        element: @escaping @Sendable (Row) -> Element,
        unknown: @escaping @Sendable (Row) -> UnknownInQuestion?, head: Statement,
        headFilter: @escaping @Sendable (inout ParameterWriter) -> Void
    ) async throws(StoreError) -> Found<Page<Element>> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange()
            let headAt = exchange.add(head, headFilter)
            let rowsAt = exchange.add(statement) {
                filter(&$0)
                $0.text(page.after ?? "")
                $0.int8(Int64(page.limit + 1))
            }
            let countAt = page.includesTotal ? exchange.add(count, filter) : nil
            let results = try session.run(exchange)
            if let unknown = unknown(results[headAt][0]) { return .failure(unknown) }
            let rows = results[rowsAt]
            return .success(
                Page(
                    elements: rows.prefix(page.limit).map(element), hasMore: rows.count > page.limit,
                    total: countAt.map { results[$0][0].int8(0) }))
        }
    }

    package func answers(
        _ pairs: [AvailabilityPair], _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<[PairAnswer]> {
        precondition(pairs.count <= AvailabilityPair.countMax, "a query takes \(AvailabilityPair.countMax) pairs")
        // A sum over a network may read hundreds of balances a pair, and must not hold up single reads.
        let sums = pairs.contains { $0.place.location == nil }
        let (pool, timeout) = sums ? (report, Self.listTimeout) : (read, Self.timeout)
        return try await pool.perform(timeout: timeout) { session throws(PQError) in
            let rows = try session.query(.availabilityPairs) {
                $0.network(filter)
                $0.texts(pairs.map { $0.item.system?.text })
                $0.texts(pairs.map { $0.item.text })
                $0.texts(pairs.map { $0.place.location?.text })
                $0.texts(pairs.map { $0.place.group?.text })
            }
            if rows.first?.bool(0) == true { return .failure(.group) }
            return .success(zip(pairs, rows).map { PairAnswer($0, $1) })
        }
    }
}

extension PairAnswer {
    fileprivate init(_ pair: AvailabilityPair, _ row: Row) {
        switch pair.place {
        case _ where row.isNull(3): self = .unknown(.item)
        case .location:
            self = row.isNull(4) ? .unknown(.location) : .balance(BalanceView(row, from: 3))
        case .group where row.bool(1): self = .unknown(.group)
        case .group, .network:
            self = .network(
                ItemAvailability(sku: SKU(stored: row.text(3)), name: "", availableToSell: row.int8(2)))
        }
    }
}

extension AvailabilityPair.Place {
    var location: LocationID? {
        if case .location(let location) = self { location } else { nil }
    }

    var group: GroupID? {
        if case .group(let group) = self { group } else { nil }
    }
}

extension ItemReference {
    /// A question names no source, so a code has its system or none that is known.
    var system: CodeSystem? {
        if case .code(let system, _) = self { system } else { nil }
    }

    var text: String {
        switch self {
        case .sku(let sku): sku.text
        case .code(let system, let code): code.canonical(in: system).text
        }
    }
}

extension ParameterWriter {
    mutating func network(_ filter: NetworkFilter) {
        text(filter.group?.text)
        text(filter.channel?.text)
        text(filter.method?.rawValue)
    }

    mutating func item(_ item: ItemReference) {
        text(item.system?.text)
        text(item.text)
    }

    mutating func list(_ filter: ListFilter) {
        text(filter.band?.rawValue)
        text(filter.text?.lowercased())
    }
}

extension BalanceView {
    /// Columns from `first`: sku, location, status, is_eligible, on_hand, reserved, damaged, inspection, suspect,
    /// in_transit, version, counted_at.
    init(_ row: Row, from first: Int32) {
        self.init(
            sku: SKU(stored: row.text(first)), location: LocationID(stored: row.text(first + 1)),
            figures: Figures(
                onHand: row.int8(first + 4), damaged: row.int8(first + 6), inspection: row.int8(first + 7),
                suspect: row.int8(first + 8), inTransit: row.int8(first + 9), reserved: row.int8(first + 5)),
            itemStatus: .init(stored: row.text(first + 2)), isEligible: row.bool(first + 3),
            version: row.int8(first + 10), countedAt: row.timestamp(first + 11))
    }
}
