package import Inventory
package import InventoryService
import LibPQ

/// Reservations as they are committed.
package struct PostgresReservationStore: ReservationStore {
    private let change: ConnectionPool
    private let read: ConnectionPool
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(5)
    private static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
    }

    package func reservation(_ id: ReservationID) async throws(StoreError) -> ReservationAnswer? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try Self.answers([id], on: session).first
        }
    }

    package func reservations(
        _ filter: ReservationFilter, after: ReservationPosition?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<ReservationAnswer>> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let search = ReservationSearch(filter)
            var exchange = Exchange.ofList(counted: includesTotal)
            let clockAt = exchange.add(.clockRead)
            let listAt = exchange.add(search.list) {
                $0.filter(filter)
                $0.timestamptz(after?.dueAt.microseconds)
                $0.bytea(after?.id.bytes)
                $0.int8(Int64(limit + 1))
            }
            let totalAt = includesTotal ? exchange.add(search.count) { $0.filter(filter) } : nil
            exchange.endList()
            let results = try session.run(exchange)
            let ids = results[listAt].map { ReservationID(stored: $0.only.bytea) }
            let answers = ids.isEmpty ? [] : try Self.answers(Array(ids.prefix(limit)), on: session)
            let page = Page(
                elements: answers, hasMore: ids.count > limit, total: totalAt.map { results[$0][0].only.int8 })
            return Dated(page, asOf: results[clockAt][0].only.timestamp)
        }
    }

    /// In one implicit transaction and in the order asked.
    static func answers(
        _ ids: [ReservationID], on session: Session
    ) throws(PQError) -> [ReservationAnswer] {
        var exchange = Exchange()
        let clockAt = exchange.add(.clockRead)
        let reservationsAt = exchange.add(.reservationRead) { $0.byteas(ids) { $0.bytes } }
        let allocationsAt = exchange.add(.allocationRead) { $0.byteas(ids) { $0.bytes } }
        let uncoveredAt = exchange.add(.uncoveredRead) { $0.byteas(ids) { $0.bytes } }
        let results = try session.run(exchange)
        let found = Reservation.read(results[reservationsAt], results[allocationsAt])
        var uncovered: [ReservationID: [Int16: Int64]] = [:]
        for row in results[uncoveredAt] {
            var row = RowCursor(row)
            let (id, number, units) = (ReservationID(stored: row.bytea()), row.int2(), row.int8())
            uncovered[id, default: [:]][number] = units
        }
        let asOf = results[clockAt][0].only.timestamp
        return ids.compactMap { id in
            found[id].map { ReservationAnswer(reservation: $0, uncovered: uncovered[id] ?? [:], asOf: asOf) }
        }
    }

    package func alternatives(
        to lines: [ShortLine], by method: FulfilmentMethod, for channel: Channel?
    ) async throws(StoreError) -> [Alternative] {
        guard let asked = lines.first?.location else { return [] }
        return try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            let rows = try session.query(.alternativeLocations) {
                $0.texts(lines) { $0.sku.text }
                $0.int8s(lines) { $0.requested }
                $0.text(method.rawValue)
                $0.text(asked.text)
                $0.texts(lines) { $0.location?.text ?? "" }
                $0.int8(Int64(Alternative.countMax))
                $0.text(channel?.text)
            }
            var found: [LocationID: (distance: Double?, units: [SKU: Int64])] = [:]
            var order: [LocationID] = []
            for row in rows {
                let row = ColumnReader<AlternativeColumn>(row)
                let location = LocationID(stored: row.text(.location))
                if found[location] == nil { order.append(location) }
                let sku = SKU(stored: row.text(.sku))
                found[location, default: (row.float8IfPresent(.distanceKm), [:])].units[sku] = row.int8(.available)
            }
            return order.map { location in
                Alternative(
                    location: location, distanceKm: found[location]?.distance,
                    lines: lines.map {
                        Alternative.Line(
                            id: $0.id, sku: $0.sku, availableToSell: found[location]?.units[$0.sku] ?? 0)
                    })
            }
        }
    }

    package func pickNotes(of reservations: [Reservation]) async throws(StoreError) -> PickNotes {
        var places: Set<PickNotes.Place> = []
        for reservation in reservations {
            for line in reservation.lines { places.insert(.init(sku: line.sku, location: line.location)) }
            for part in reservation.allocations { places.insert(.init(sku: part.sku, location: part.location)) }
        }
        let asked = Array(places)
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let rows = try session.query(.pickNotes) {
                $0.texts(asked) { $0.sku.text }
                $0.texts(asked) { $0.location.text }
            }
            var notes = PickNotes()
            for row in rows {
                var row = RowCursor(row)
                let (sku, location) = (SKU(stored: row.text()), LocationID(stored: row.text()))
                notes.names[sku] = row.text()
                if let bin = row.textIfPresent() { notes.bins[.init(sku: sku, location: location)] = bin }
            }
            return notes
        }
    }

    package func coordinates(of locations: [LocationID]) async throws(StoreError) -> [LocationID: Coordinates] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var coordinates: [LocationID: Coordinates] = [:]
            for row in try session.query(.locationCoordinates, { $0.texts(locations) { $0.text } }) {
                var row = RowCursor(row)
                let (id, latitude, longitude) = (LocationID(stored: row.text()), row.float8(), row.float8())
                coordinates[id] = Coordinates(latitude: latitude, longitude: longitude)
            }
            return coordinates
        }
    }

    package func expired(limit: Int) async throws(StoreError) -> [ReservationID] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.reservationsExpired) { $0.int8(Int64(limit)) }.map {
                ReservationID(stored: $0.only.bytea)
            }
        }
    }

    package func latePickups(limit: Int) async throws(StoreError) -> [LatePickup] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.latePickups) { $0.int8(Int64(limit)) }.map { row in
                var row = RowCursor(row)
                return LatePickup(id: ReservationID(stored: row.bytea()), policy: .init(stored: row.text()))
            }
        }
    }

    package func noteLatePickups(_ late: [LateNote]) async throws(StoreError) {
        guard !late.isEmpty else { return }
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.latePickupOpen) {
                $0.byteas(late) { $0.id.bytes }
                $0.texts(late) { $0.id.description }
                $0.texts(late) { $0.location?.text }
            }
        }
    }
}

extension ParameterWriter {
    fileprivate mutating func filter(_ filter: ReservationFilter) {
        text(filter.location?.text)
        if let states = filter.states { texts(states.all.map(\.rawValue)) } else { null(.textArray) }
        text(filter.owner?.text)
        text(filter.reference?.text)
        text(filter.pickupCode)
        text(filter.method?.rawValue)
        bool(filter.atRisk)
        timestamptz(filter.dueBefore?.microseconds)
        bool(filter.overdue)
        text(filter.client?.text)
        if let within = filter.within { texts(within.map { $0.text }.sorted()) } else { null(.textArray) }
        bool(filter.arrived)
        text(filter.claimedBy)
    }
}
