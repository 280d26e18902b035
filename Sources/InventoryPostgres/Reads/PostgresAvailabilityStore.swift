package import Inventory
package import InventoryService
import LibPQ

/// Availability, read fresh from committed rows each time.
package struct PostgresAvailabilityStore: AvailabilityStore {
    let read: ConnectionPool
    let report: ConnectionPool
    private let balances: BalanceReads

    static let timeout: Duration = .seconds(5)
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        read = pools.read
        report = pools.report
        balances = BalanceReads(pool: pools.read)
    }

    package func balance(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<BalanceView> {
        try await balances.answer(.init(item: item, location: location, filter: filter))
    }

    package func item(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID]
    ) async throws(StoreError) -> Found<Dated<(item: ItemAvailability, balances: [BalanceView])>> {
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
                $0.text(filter.owner?.text)
            }
            let results = try session.run(exchange)
            let head = results[headAt][0]
            if head.bool(0) { return .failure(.group) }
            guard let sku = head.textIfPresent(1) else { return .failure(.item) }
            if head.bool(4) { return .failure(.location) }
            let balances = results[rowsAt].map { BalanceView($0, from: 0, hasOwner: true) }
            let total = balances.reduce(0) { $0 + $1.terms.availableToSell }
            let item = ItemAvailability(sku: SKU(stored: sku), name: head.text(2), availableToSell: total)
            return .success(Dated((item, balances), asOf: head.requiredTimestamp(3)))
        }
    }

    package func items(
        _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<ItemAvailability>>> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let head = try session.query(.availabilityNetwork) { $0.network(network) }[0]
            if head.bool(0) { return .failure(.group) }
            let eligible = head.isNull(2) ? nil : head.int4s(2)
            let found = try Self.page(
                page, .availabilityItems(list.band), .availabilityItemsCount(list.band), on: session,
                filter: {
                    $0.int4s(ifPresent: eligible)
                    $0.text(list.text?.lowercased())
                },
                element: {
                    ItemAvailability(sku: SKU(stored: $0.text(0)), name: $0.text(1), availableToSell: $0.int8(2))
                })
            return .success(Dated(found, asOf: head.requiredTimestamp(1)))
        }
    }

    package func location(
        _ location: LocationID, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<NamedBalance>>> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            guard let head = try session.query(.availabilityLocationHead, { $0.text(location.text) }).first else {
                return .failure(.location)
            }
            let found = try Self.page(
                page, .availabilityLocation, .availabilityLocationCount, on: session,
                filter: {
                    $0.int4(head.int4(0))
                    $0.bool(head.bool(1))
                    $0.text(list.band?.rawValue)
                    $0.text(list.text?.lowercased())
                },
                element: { NamedBalance(name: $0.text(0), balance: BalanceView($0, from: 1)) })
            return .success(Dated(found, asOf: head.requiredTimestamp(2)))
        }
    }

    /// A page, and its total where asked for: one round trip.
    private static func page<Element: Sendable>(
        _ page: PageRequest, _ statement: Statement, _ count: Statement, on session: Session,
        filter: (inout ParameterWriter) -> Void, element: (Row) -> Element
    ) throws(PQError) -> Page<Element> {
        var exchange = Exchange()
        let rowsAt = exchange.add(statement) {
            filter(&$0)
            $0.text(page.after ?? "")
            $0.int8(Int64(page.limit + 1))
        }
        let countAt = page.includesTotal ? exchange.add(count, filter) : nil
        let results = try session.run(exchange)
        let rows = results[rowsAt]
        return Page(
            elements: rows.prefix(page.limit).map(element), hasMore: rows.count > page.limit,
            total: countAt.map { results[$0][0].int8(0) })
    }

    package func answers(
        _ pairs: [AvailabilityPair], _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<Dated<[PairAnswer]>> {
        precondition(pairs.count <= AvailabilityPair.countMax, "a query takes \(AvailabilityPair.countMax) pairs")
        if let grid = PairGrid(pairs) {
            return try await read.perform(timeout: Self.timeout) { session throws(PQError) in
                try grid.answers(filter, on: session)
            }
        }
        // A sum over a network may read hundreds of balances a pair, and must not hold up single reads.
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let rows = try session.query(.availabilityPairs) {
                $0.network(filter)
                $0.texts(pairs) { $0.item.system?.text }
                $0.texts(pairs) { $0.item.text }
                $0.texts(pairs) { $0.place.location?.text }
                $0.texts(pairs) { $0.place.group?.text }
            }
            guard let first = rows.first else { preconditionFailure("every pair has a row") }
            if first.bool(0) { return .failure(.group) }
            return .success(
                Dated(zip(pairs, rows).map { PairAnswer($0, $1) }, asOf: first.requiredTimestamp(15)))
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

    /// NULL for nil.
    mutating func int4s(ifPresent values: [Int32]?) {
        guard let values else { return null(.int4Array) }
        int4s(values) { $0 }
    }
}

extension BalanceView {
    /// Columns from `first`: sku, location, status, is_eligible, on_hand, reserved, damaged, inspection, suspect,
    /// in_transit, version, counted_at, clock, and where asked for the owner's own holds.
    init(_ row: Row, from first: Int32, hasOwner: Bool = false) {
        self.init(
            sku: SKU(stored: row.text(first)), location: LocationID(stored: row.text(first + 1)),
            figures: Figures(
                onHand: row.int8(first + 4), damaged: row.int8(first + 6), inspection: row.int8(first + 7),
                suspect: row.int8(first + 8), inTransit: row.int8(first + 9), reserved: row.int8(first + 5)),
            itemStatus: .init(stored: row.text(first + 2)), isEligible: row.bool(first + 3),
            version: row.int8(first + 10), countedAt: row.timestamp(first + 11),
            asOf: row.requiredTimestamp(first + 12))
        if hasOwner { ownHeld = row.int8(first + 13) }
    }
}
