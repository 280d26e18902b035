package import Inventory
package import InventoryService
import LibPQ

/// Availability, read fresh from committed rows each time.
package struct PostgresAvailabilityStore: AvailabilityStore {
    let read: ConnectionPool
    let report: ConnectionPool
    let bulkRead: ConnectionPool
    let past: ConnectionPool
    private let balances: BalanceReads
    private let bands = NetworkBands()
    /// Of clients that are bound to locations, each with a network of its own: they must not push out those of all others.
    private let boundBands = NetworkBands()

    static let timeout: Duration = .seconds(5)
    /// Pairs that are read beside single balances; more of them wait in a line of their own.
    private static let quickPairsMax = 200
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        read = pools.read
        report = pools.report
        bulkRead = pools.bulkRead
        past = pools.past
        balances = BalanceReads(pool: pools.read)
    }

    package func balance(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<BalanceView> {
        let found = try await balances.answer(.init(item: item, location: location, filter: filter))
        guard case .success(let view) = found, view.kitsAvailable != nil else { return found }
        return try await kit(view, item, at: location, filter)
    }

    package func balance(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter,
        then: @escaping @Sendable (Result<Found<BalanceView>, StoreError>) -> Void
    ) {
        balances.answer(.init(item: item, location: location, filter: filter)) { result in
            guard case .success(.success(let view)) = result, view.kitsAvailable != nil else { return then(result) }
            Task {
                do throws(StoreError) {
                    then(.success(try await kit(view, item, at: location, filter)))
                } catch {
                    then(.failure(error))
                }
            }
        }
    }

    /// Its components say how many kits there are.
    private func kit(
        _ view: BalanceView, _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<BalanceView> {
        try await self.item(item, filter, named: [location], around: nil).map { answer in
            answer.value.places.first?.balance ?? view
        }
    }

    package func item(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID], around: Surroundings?
    ) async throws(StoreError) -> Found<Dated<ItemPlaces>> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            let question = ItemQuestion(item: item, filter: filter, named: named, around: around)
            return try question.answer(on: session)
        }
    }

    package func items(
        _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<ItemAvailability>>> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try NetworkList(network: network, list: list, page: page).answer(
                network.within == nil ? bands : boundBands, on: session)
        }
    }

    package func location(
        _ location: LocationID, _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<NamedBalance>>> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.inSnapshot { session throws(PQError) in
                try Self.location(location, network, list, page, on: session)
            }
        }
    }

    private static func location(
        _ location: LocationID, _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest, on session: Session
    ) throws(PQError) -> Found<Dated<Page<NamedBalance>>> {
        let rows = try session.query(.availabilityLocationHead) {
            $0.network(network)
            $0.text(location.text)
        }
        guard let row = rows.first else { return .failure(.location) }
        let head = ColumnReader<LocationHeadColumn>(row)
        if head.bool(.isGroupUnknown) { return .failure(.group) }
        let filter: (inout ParameterWriter) -> Void = {
            $0.int4(head.int4(.number))
            $0.bool(head.bool(.isEligible))
            $0.int8(head.int8(.safetyStock))
            $0.int8(head.int8(.threshold))
            $0.int2(head.int2(.rules))
            $0.int4(head.int4(.lagSeconds))
            $0.timestamptz(head.timestamp(.silentSince)?.microseconds)
            $0.text(network.channel?.text)
            $0.text(network.method?.rawValue)
            $0.text(list.text?.lowercased())
        }
        var exchange = Exchange()
        let rowsAt = exchange.add(.availabilityLocation(list.band)) {
            filter(&$0)
            $0.page(page)
        }
        let totalAt = page.includesTotal ? exchange.add(.availabilityLocationCount(list.band), filter) : nil
        let results = try session.run(exchange)
        let found = Page(page, results[rowsAt], total: totalAt.map { results[$0][0].only.int8 }) {
            NamedBalance(name: $0.text(BalanceViewColumn.count), balance: BalanceView($0))
        }
        return .success(Dated(found, asOf: head.requiredTimestamp(.now)))
    }

    package func answers(
        _ pairs: [AvailabilityPair], _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<Dated<[PairAnswer]>> {
        precondition(pairs.count <= AvailabilityPair.countMax, "a query takes \(AvailabilityPair.countMax) pairs")
        let grid = PairGrid(pairs)
        // Neither sums nor thousands of rows may hold up single reads.
        let isDear = grid.hasSums || pairs.count > Self.quickPairsMax
        let pool = grid.hasSums ? report : isDear ? bulkRead : read
        return try await pool.perform(timeout: isDear ? Self.listTimeout : Self.timeout) { session throws(PQError) in
            try grid.answers(filter, on: session)
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

extension Page {
    /// - Parameter rows: one more than there is room for, if there is one.
    init(_ request: PageRequest, _ rows: Rows, total: Int64?, element: (Row) -> Element) {
        self.init(
            elements: rows.prefix(request.limit).map(element), hasMore: rows.count > request.limit, total: total)
    }
}

extension ParameterWriter {
    mutating func page(_ page: PageRequest) {
        text(page.after ?? "")
        int8(Int64(page.limit + 1))
    }

    mutating func network(_ filter: NetworkFilter) {
        text(filter.group?.text)
        text(filter.channel?.text)
        text(filter.method?.rawValue)
    }

    /// The locations that are there for who asks; NULL for all.
    mutating func within(_ locations: Set<LocationID>?) {
        guard let locations else { return null(.textArray) }
        texts(locations.sorted()) { $0.text }
    }

    mutating func item(_ item: ItemReference) {
        text(item.system?.text)
        text(item.text)
    }

    /// NULL for nil.
    mutating func int8s(ifPresent values: [Int64]?) {
        guard let values else { return null(.int8Array) }
        int8s(values) { $0 }
    }
}
