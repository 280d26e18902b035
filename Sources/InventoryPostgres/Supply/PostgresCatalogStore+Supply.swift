package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore: SupplyStore {
    package func putSupply(
        _ supply: ExpectedSupply, of item: ItemReference, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ExpectedSupply>> {
        try await change(
            by: actor, of: "supply \(supply.id)", changes: { .put($0, Change(.expectedSupply, supply.id.text)) }
        ) { session throws(PQError) in
            // A location that is deleted meanwhile, or an item that becomes a kit, waits for this, or this for that.
            _ = try session.query(.placesShare)
            let current = try session.query(.supplyLock) { $0.text(supply.id.text) }.first?.only.int8
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let named = ColumnReader<SupplyNameColumn>(
                try session.query(.supplyNamed) {
                    $0.item(item)
                    $0.text(supply.location.text)
                }[0])
            let (field, missing) = item.asMissing
            guard let number = named.int8IfPresent(.item) else {
                return .failure(.unknownReference(pointer: "/\(field)", detail: missing))
            }
            guard let location = named.int4IfPresent(.location) else {
                return .failure(
                    .unknownReference(pointer: "/location", detail: "no location has this id; create it first"))
            }
            if named.bool(.isKit) {
                return .failure(.invalid(pointer: "/\(field)", detail: "is a kit; what comes is its components"))
            }
            let (units, overflows) = supply.quantity.multipliedReportingOverflow(by: named.int8(.unitsPerCode))
            guard !overflows, units <= Quantity.maxUnits else {
                return .failure(
                    .invalid(
                        pointer: "/quantity", detail: "times the units of its code is more than \(Quantity.maxUnits)"))
            }
            let known = try session.query(.supplyRead) { $0.text(supply.id.text) }.first.map(
                Stored<ExpectedSupply>.init)
            if let known, known.value.sku.text == named.text(.sku), known.value.location == supply.location,
                known.value.quantity == units, known.value.expectedAt == supply.expectedAt,
                known.value.reference == supply.reference
            {
                return .success(known.unchanged)
            }
            let row = ColumnReader<SupplyStoredColumn>(
                try session.query(.supplyUpsert) {
                    $0.text(supply.id.text)
                    $0.int8(number)
                    $0.int4(location)
                    $0.int8(units)
                    $0.timestamptz(supply.expectedAt.microseconds)
                    $0.text(supply.reference?.text)
                }[0])
            var supply = supply
            supply.sku = SKU(stored: named.text(.sku))
            supply.quantity = units
            supply.firstExpectedAt = row.requiredTimestamp(.firstExpectedAt)
            supply.version = row.int8(.version)
            supply.isOverdue = row.bool(.isOverdue)
            supply.received = row.int8(.received)
            supply.settledAt = row.timestamp(.settledAt)
            return .success(Stored(value: supply, wasCreated: current == nil, version: supply.version))
        }
    }

    package func supply(_ id: SupplyID) async throws(StoreError) -> Stored<ExpectedSupply>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.supplyRead) { $0.text(id.text) }.first.map(Stored<ExpectedSupply>.init)
        }
    }

    package func supplies(
        of sku: SKU?, at location: LocationID?, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<ExpectedSupply>> {
        try await self.page(
            page, list: .supplyList, count: .supplyCount,
            filter: {
                $0.text(sku?.text)
                $0.text(location?.text)
            },
            after: { $0.text(page.after ?? "") }, Stored<ExpectedSupply>.init)
    }

    package func deleteSupply(
        _ id: SupplyID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "supply \(id)", changes: { _ in [.deleted(Change(.expectedSupply, id.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.supplyLock, { $0.text(id.text) }).first else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.only.int8) else {
                return .failure(.preconditionFailed(current: row.only.int8))
            }
            _ = try session.query(.supplyDelete) { $0.text(id.text) }
            return .success(())
        }
    }

    package func inbound(of sku: SKU, at location: LocationID?) async throws(StoreError) -> [ExpectedSupply] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.inbound(of: sku, at: location)
        }
    }
}

extension Session {
    /// All that is expected of an item, by date, at most `supplyMax`.
    /// - Parameter location: nil for any.
    func inbound(of sku: SKU, at location: LocationID?) throws(PQError) -> [ExpectedSupply] {
        try query(.supplyInbound) {
            $0.text(sku.text)
            $0.text(location?.text)
            $0.int8(Int64(supplyMax))
        }.map { Stored<ExpectedSupply>($0).value }
    }
}

extension Statement {
    fileprivate static let supplyLock = Statement(
        "supply_lock", [.text], sql: "select version from expected_supply where id = $1 for update")

    fileprivate static let supplyNamed = Statement(
        "supply_named", [.text, .text, .text],
        sql: """
            select \(SupplyNameColumn.selectList)
            from (select 1) always
            left join lateral (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i on true
            """)

    fileprivate static let supplyUpsert = Statement(
        "supply_upsert", [.text, .int8, .int4, .int8, .timestamptz, .text],
        sql: """
            with changed as (
                update expected_supply
                set item_id = $2, location_id = $3, quantity = $4, expected_at = $5, reference = $6,
                    version = version + 1, updated_at = clock_timestamp(),
                    received = case when (item_id, location_id) = ($2, $3) then received else 0 end,
                    settled_at = case when (item_id, location_id) = ($2, $3) and received >= $4
                                      then coalesce(settled_at, clock_timestamp()) end
                where id = $1
                returning \(SupplyStoredColumn.selectList)
            ), made as (
                insert into expected_supply (
                    id, item_id, location_id, quantity, expected_at, first_expected_at, reference, version)
                select $1, $2, $3, $4, $5, $5, $6, 1 where not exists (select from changed)
                returning \(SupplyStoredColumn.selectList)
            )
            select * from changed union all select * from made
            """)

    fileprivate static let supplyDelete = Statement(
        "supply_delete", [.text], sql: "delete from expected_supply where id = $1")

    private static let named = "from expected_supply e join item i using (item_id) join location l using (location_id)"

    fileprivate static let supplyRead = Statement(
        "supply_read", [.text], sql: "select \(SupplyColumn.ofSupply) \(named) where e.id = $1")

    /// Those of some ids that are there.
    static let supplyReadMany = Statement(
        "supply_read_many", [.textArray], sql: "select \(SupplyColumn.ofSupply) \(named) where e.id = any ($1)")

    private static let filtered = "\(named) where ($1::text is null or i.sku = $1) and ($2::text is null or l.id = $2)"

    fileprivate static let supplyList = Statement(
        "supply_list", [.text, .text, .text, .int8],
        sql: "select \(SupplyColumn.ofSupply) \(filtered) and e.id > $3 order by e.id limit $4")

    fileprivate static let supplyCount = Statement(
        "supply_count", [.text, .text], sql: "select count(*) \(filtered)")

    fileprivate static let supplyInbound = Statement(
        "supply_inbound", [.text, .text, .int8],
        sql: """
            select * from (
                select \(SupplyColumn.ofSupply) \(filtered) and e.settled_at is null
                union all
                select \(SupplyColumn.ofTransfer)
                from item i
                join transfer_inbound n on n.item_id = i.item_id
                join location l on l.location_id = n.location_id
                join transfer t on t.transfer_id = n.transfer_id
                where i.sku = $1 and ($2::text is null or l.id = $2) and n.expected_at is not null
            ) inbound
            order by \([SupplyColumn.expectedAt, .id].ordinalList) limit $3
            """)
}
