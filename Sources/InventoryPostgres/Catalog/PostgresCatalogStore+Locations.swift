package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putLocation(
        _ location: Location, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Location>> {
        let result: MasterResult<(stored: Stored<Location>, exceptions: [String])> = try await change(
            by: actor, of: "location \(location.id)", obeyed: true,
            changes: { .put($0.stored, Change(.location, location.id.text)) },
            settled: { _ in [.location(location.id)] }, exceptions: { $0.exceptions }
        ) { session throws(PQError) in
            let current = try session.query(.locationLock) { $0.text(location.id.text) }.first.map {
                VersionedRow($0).version
            }
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let known = try session.query(.locationRead) { $0.text(location.id.text) }.first.map(Stored<Location>.init)
            if let known, known.value == location { return .success((known.unchanged, [])) }
            let row = VersionedRow(
                try session.query(.locationUpsert) {
                    for column in LocationColumn.allCases { column.write(location, to: &$0) }
                }[0])
            if !location.lagBuffer { _ = try session.query(.lagEnd) { $0.int4(row.number) } }
            try refreshPlaces([row.number], on: session)
            try raiseEpoch(on: session)
            // One that is new has no promises.
            let exceptions = current == nil ? [] : try noteStopped(location.id, on: session)
            return .success(
                (Stored(value: location, wasCreated: current == nil, version: row.version), exceptions))
        }
        return result.map(\.stored)
    }

    /// Those that are new, in one transaction; the others stay as they are.
    func addLocations(
        _ locations: [Location], by actor: ActorName?
    ) async throws(StoreError) -> Set<LocationID> {
        let distinct = Dictionary(locations.map { ($0.id, $0) }) { first, _ in first }.values.sorted { $0.id < $1.id }
        let result: MasterResult<[LocationID]> = try await change(
            by: actor, of: "locations", obeyed: true,
            changes: { $0.map { MasterChange(Change(.location, $0.text), .created) } },
            settled: { $0.map { .location($0) } }
        ) { session throws(PQError) in
            let known = Set(
                try session.query(.locationsKnown) { $0.texts(distinct) { $0.id.text } }.map { $0.only.text })
            let new = distinct.filter { !known.contains($0.id.text) }
            guard !new.isEmpty else { return .success([]) }
            var numbers: [Int32] = []
            for start in stride(from: 0, to: new.count, by: Exchange.statementsMax) {
                var exchange = Exchange()
                for location in new[start..<min(start + Exchange.statementsMax, new.count)] {
                    exchange.add(.locationUpsert) {
                        for column in LocationColumn.allCases { column.write(location, to: &$0) }
                    }
                }
                numbers += try session.run(exchange).map { VersionedRow($0[0]).number }
            }
            try refreshPlaces(numbers, on: session)
            try raiseEpoch(on: session)
            return .success(new.map(\.id))
        }
        guard case .success(let new) = result else { preconditionFailure("a bulk load has no precondition") }
        return Set(new)
    }

    package func location(_ id: LocationID) async throws(StoreError) -> Stored<Location>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.locationRead) { $0.text(id.text) }.first.map(Stored<Location>.init)
        }
    }

    package func deleteLocation(
        _ id: LocationID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "location \(id)", obeyed: true, changes: { _ in [.deleted(Change(.location, id.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.locationLock, { $0.text(id.text) }).first.map(VersionedRow.init) else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.version) else {
                return .failure(.preconditionFailed(current: row.version))
            }
            // Batches under way may have resolved the location already: they end first, and later ones wait.
            // Grants take their lock before they touch a balance, and so did this.
            _ = try session.query(.balanceQuiet)
            let uses = ColumnReader<LocationUse>(try session.query(.locationUses) { $0.int4(row.number) }[0])
            if let use = LocationUse.allCases.first(where: uses.bool) { return .failure(.resourceInUse(use.detail)) }
            _ = try session.query(.locationAliasesForget) { $0.int4(row.number) }
            _ = try session.query(.binsForget) { $0.int4(row.number) }
            _ = try session.query(.locationDelete) { $0.int4(row.number) }
            try raiseEpoch(on: session)
            return .success(())
        }
    }
}

extension Stored<Location> {
    /// The version stands behind the columns of the location.
    init(_ row: Row) {
        self.init(value: Location(row), wasCreated: false, version: row.int8(LocationColumn.count))
    }
}

/// What a location that is deleted must not be in use for. `$1` is its number.
private enum LocationUse: Int32, SelectedColumn {
    case stock, group, rule, supply, departure

    var selected: String {
        switch self {
        // A balance row without lines is only a trace of somebody who looked.
        case .stock: "exists (select from balance where location_id = $1 and version > 0)"
        case .group:
            """
            exists (
                select from location_group_member m join location_group g using (group_id)
                where m.location_id = $1 and g.deleted_at is null)
            """
        case .rule:
            """
            exists (select from stock_rule where location_id = $1 and valid_until is null)
            or exists (select from reconciliation_rule where location_id = $1)
            """
        case .supply:
            """
            exists (select from expected_supply where location_id = $1)
            or exists (select from transfer where to_id = $1)
            """
        case .departure:
            """
            exists (
                select from transfer t join location l on l.id = t.from_location
                where l.location_id = $1 and t.state in ('draft', 'shipped', 'received'))
            """
        }
    }

    var detail: String {
        switch self {
        case .stock: "the location has stock or history; set its status to closed instead"
        case .group: "the location is in a location group; take it out first"
        case .rule: "a rule names the location; change or delete that rule first"
        case .supply: "supply or a transfer is expected at the location; set its status to closed instead"
        case .departure: "an open transfer leaves from the location; close or cancel the transfer first"
        }
    }
}

extension Statement {
    private static let columns = "\(LocationColumn.selectList), version"

    fileprivate static let locationLock = Statement(
        "location_lock", [.text],
        sql: "select version, location_id from location where id = $1 and deleted_at is null for update")

    /// A deleted location comes back under its own number, so its history stays its own. Only a new one takes a number.
    fileprivate static let locationUpsert = Statement(
        "location_upsert", .init(of: LocationColumn.allCases),
        sql: """
            with changed as (
                update location
                set \(LocationColumn.allCases.filter { $0 != .id }.parameterUpdateList),
                    version = version + 1, updated_at = clock_timestamp(), deleted_at = null
                where id = $1
                returning location_id, version, status, mode, can_pickup, can_ship, updated_at
            ), made as (
                insert into location (\(LocationColumn.allCases.nameList))
                select \(LocationColumn.allCases.parameterList(from: 1)) where not exists (select from changed)
                returning location_id, version, status, mode, can_pickup, can_ship, updated_at
            ), stored as (
                select * from changed union all select * from made
            ), noted as (
                insert into location_history (
                    location_id, version, recorded_at, status, mode, can_pickup, can_ship, is_deleted)
                select location_id, version, updated_at, status, mode, can_pickup, can_ship, false from stored
            )
            select version, location_id from stored
            """)

    fileprivate static let locationsKnown = Statement(
        "locations_known", [.textArray],
        sql: "select id from location where id = any ($1) and deleted_at is null")

    fileprivate static let locationRead = Statement(
        "location_read", [.text],
        sql: "select \(columns) from location where id = $1 and deleted_at is null")

    static let balanceQuiet = Statement("balance_quiet", sql: "lock table balance in share mode")

    fileprivate static let locationUses = Statement(
        "location_uses", [.int4], sql: "select \(LocationUse.selectList)")

    fileprivate static let locationDelete = Statement(
        "location_delete", [.int4],
        sql: """
            with gone as (
                update location
                set deleted_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
                where location_id = $1
                returning location_id, version, status, mode, can_pickup, can_ship, updated_at
            )
            insert into location_history (
                location_id, version, recorded_at, status, mode, can_pickup, can_ship, is_deleted)
            select location_id, version, updated_at, status, mode, can_pickup, can_ship, true from gone
            """)
}
