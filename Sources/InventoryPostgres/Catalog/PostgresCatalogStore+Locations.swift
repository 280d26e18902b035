package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putLocation(
        _ location: Location, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Location>> {
        try await change(
            of: "location \(location.id)", obeyed: true, changes: { _ in [Change(.location, location.id.text)] },
            settled: { _ in [.location(location.id)] }
        ) { session throws(PQError) in
            let current = try session.query(.locationLock) { $0.text(location.id.text) }.first?.int8(0)
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let row = try session.query(.locationUpsert) { $0.location(location) }[0]
            if !location.lagBuffer { _ = try session.query(.lagEnd) { $0.int4(row.int4(1)) } }
            try refreshPlaces([row.int4(1)], on: session)
            try raiseEpoch(on: session)
            return .success(Stored(value: location, wasCreated: current == nil, version: row.int8(0)))
        }
    }

    package func location(_ id: LocationID) async throws(StoreError) -> Stored<Location>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.locationRead) { $0.text(id.text) }.first.map(Stored<Location>.init)
        }
    }

    package func locations(
        silent: Bool?, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<Location>> {
        try await self.page(
            page, list: .locationList, count: .locationCount, filter: { $0.bool(silent) },
            after: { $0.text(page.after ?? "") }, Stored<Location>.init)
    }

    package func deleteLocation(
        _ id: LocationID, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            of: "location \(id)", obeyed: true, changes: { _ in [Change(.location, id.text)] }
        ) { session throws(PQError) in
            guard let row = try session.query(.locationLock, { $0.text(id.text) }).first else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.int8(0)) else {
                return .failure(.preconditionFailed(current: row.int8(0)))
            }
            // Batches under way may have resolved the location already: they end first, and later ones wait.
            // Grants take their lock before they touch a balance, and so did this.
            _ = try session.query(.balanceQuiet)
            let uses = try session.query(.locationUses) { $0.int4(row.int4(1)) }[0]
            if uses.bool(0) {
                return .failure(.resourceInUse("the location has stock or history; set its status to closed instead"))
            }
            if uses.bool(1) {
                return .failure(.resourceInUse("the location is in a location group; take it out first"))
            }
            if uses.bool(2) {
                return .failure(.resourceInUse("a rule names the location; change or delete that rule first"))
            }
            if uses.bool(3) {
                return .failure(
                    .resourceInUse("supply or a transfer is expected at the location; set its status to closed instead")
                )
            }
            if uses.bool(4) {
                return .failure(
                    .resourceInUse("an open transfer leaves from the location; close or cancel the transfer first"))
            }
            _ = try session.query(.locationDelete) { $0.int4(row.int4(1)) }
            try raiseEpoch(on: session)
            return .success(())
        }
    }
}

extension ParameterWriter {
    fileprivate mutating func location(_ location: Location) {
        text(location.id.text)
        text(location.name)
        text(location.kind.rawValue)
        text(location.status.rawValue)
        text(location.mode.rawValue)
        bool(location.capabilities.contains(.pickup))
        bool(location.capabilities.contains(.shipFrom))
        float8(location.coordinates?.latitude)
        float8(location.coordinates?.longitude)
        text(location.timeZone)
        text(location.openingHours.map(OpeningHoursText.write))
        int8(location.leadTimeMinutes)
        int8(location.dailyCapacity)
        int8(location.priority)
        int8(location.costPerShipment?.amount)
        text(location.costPerShipment?.currency)
        int8(location.costPerKm?.amount)
        text(location.costPerKm?.currency)
        int8(location.pickupWindowHours)
        text(location.latePickup.rawValue)
        int4(location.silenceLimitSeconds.map { Int32(clamping: $0) })
        bool(location.lagBuffer)
    }
}

extension Stored<Location> {
    fileprivate init(_ row: Row) {
        var location = Location(id: LocationID(stored: row.text(0)), name: row.text(1))
        location.kind = .init(stored: row.text(2))
        location.status = .init(stored: row.text(3))
        location.mode = .init(stored: row.text(4))
        location.capabilities = Set((row.bool(5) ? [.pickup] : []) + (row.bool(6) ? [.shipFrom] : []))
        if let latitude = row.float8IfPresent(7), let longitude = row.float8IfPresent(8) {
            location.coordinates = Coordinates(latitude: latitude, longitude: longitude)
        }
        location.timeZone = row.text(9)
        location.openingHours = row.textIfPresent(10).map(OpeningHoursText.read)
        location.leadTimeMinutes = row.int8IfPresent(11)
        location.dailyCapacity = row.int8IfPresent(12)
        location.priority = row.int8IfPresent(13)
        location.costPerShipment = Money(row, amount: 14, currency: 15)
        location.costPerKm = Money(row, amount: 16, currency: 17)
        location.pickupWindowHours = row.int8IfPresent(18)
        location.latePickup = .init(stored: row.text(19))
        location.silenceLimitSeconds = row.int4IfPresent(20).map(Int64.init)
        location.lagBuffer = row.bool(21)
        self.init(value: location, wasCreated: false, version: row.int8(22))
    }
}

extension Money {
    fileprivate init?(_ row: Row, amount: Int32, currency: Int32) {
        guard let amount = row.int8IfPresent(amount), let currency = row.textIfPresent(currency) else { return nil }
        self.init(amount: amount, currency: currency)
    }
}

extension Statement {
    private static let columns = """
        id, name, kind, status, mode, can_pickup, can_ship, latitude, longitude, time_zone, opening_hours,
        lead_time_minutes, daily_capacity, priority, cost_per_shipment_amount, cost_per_shipment_currency,
        cost_per_km_amount, cost_per_km_currency, pickup_window_hours, late_pickup, silence_limit_seconds, lag_buffer
        """

    fileprivate static let locationLock = Statement(
        "location_lock", [.text],
        sql: "select version, location_id from location where id = $1 and deleted_at is null for update")

    /// A deleted location comes back under its own number, so its history stays its own.
    fileprivate static let locationUpsert = Statement(
        "location_upsert",
        [
            .text, .text, .text, .text, .text, .bool, .bool, .float8, .float8, .text, .text, .int8, .int8, .int8, .int8,
            .text, .int8, .text, .int8, .text, .int4, .bool,
        ],
        sql: """
            with stored as (
                insert into location as l (\(columns))
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                        $21, $22)
                on conflict (id) do update
                set name = excluded.name, kind = excluded.kind, status = excluded.status, mode = excluded.mode,
                    can_pickup = excluded.can_pickup, can_ship = excluded.can_ship, latitude = excluded.latitude,
                    longitude = excluded.longitude, time_zone = excluded.time_zone,
                    opening_hours = excluded.opening_hours, lead_time_minutes = excluded.lead_time_minutes,
                    daily_capacity = excluded.daily_capacity, priority = excluded.priority,
                    cost_per_shipment_amount = excluded.cost_per_shipment_amount,
                    cost_per_shipment_currency = excluded.cost_per_shipment_currency,
                    cost_per_km_amount = excluded.cost_per_km_amount,
                    cost_per_km_currency = excluded.cost_per_km_currency,
                    pickup_window_hours = excluded.pickup_window_hours, late_pickup = excluded.late_pickup,
                    silence_limit_seconds = excluded.silence_limit_seconds, lag_buffer = excluded.lag_buffer,
                    version = l.version + 1, updated_at = clock_timestamp(), deleted_at = null
                returning location_id, version, status, mode, can_pickup, can_ship, updated_at
            ), noted as (
                insert into location_history (
                    location_id, version, recorded_at, status, mode, can_pickup, can_ship, is_deleted)
                select location_id, version, updated_at, status, mode, can_pickup, can_ship, false from stored
            )
            select version, location_id from stored
            """)

    fileprivate static let locationRead = Statement(
        "location_read", [.text],
        sql: "select \(columns), version from location where id = $1 and deleted_at is null")

    fileprivate static let locationList = Statement(
        "location_list", [.bool, .text, .int8],
        sql: """
            select \(columns), version from location l where l.id > $2 and \(isListed) order by l.id limit $3
            """)

    fileprivate static let locationCount = Statement(
        "location_count", [.bool], sql: "select count(*) from location l where \(isListed)")

    /// `$1` is whether only silent locations are asked for, or only others.
    private static let isListed = "l.deleted_at is null and ($1::bool is null or (\(isSilent)) = $1)"

    static let balanceQuiet = Statement("balance_quiet", sql: "lock table balance in share mode")

    /// A balance row without lines is only a trace of somebody who looked.
    fileprivate static let locationUses = Statement(
        "location_uses", [.int4],
        sql: """
            select exists (select from balance where location_id = $1 and version > 0),
                   exists (
                       select from location_group_member m join location_group g using (group_id)
                       where m.location_id = $1 and g.deleted_at is null),
                   exists (select from stock_rule where location_id = $1 and valid_until is null)
                   or exists (select from reconciliation_rule where location_id = $1),
                   exists (select from expected_supply where location_id = $1)
                   or exists (select from transfer where to_id = $1),
                   exists (
                       select from transfer t join location l on l.id = t.from_location
                       where l.location_id = $1 and t.state in ('draft', 'shipped', 'received'))
            """)

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
