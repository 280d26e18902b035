package import Inventory
package import InventoryService
import LibPQ

/// Questions that the ledger's times answer: what was there then, and what sells.
extension PostgresAvailabilityStore {
    package func occurred(
        _ item: ItemReference, at location: LocationID?, _ instant: Timestamp?
    ) async throws(StoreError) -> Found<Dated<[OccurredBalance]>>? {
        try await past.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let head = ColumnReader<OccurredHeadColumn>(
                try session.query(.pastHead) {
                    $0.item(item)
                    $0.text(location?.text)
                }[0])
            guard let number = head.int8IfPresent(.item) else { return .failure(.item) }
            let place = head.int4IfPresent(.location)
            if location != nil, place == nil { return .failure(.location) }
            let now = head.requiredTimestamp(.now)
            let instant = instant ?? now
            guard instant <= now else { return nil }
            var balances = try session.query(.pastBalances) {
                $0.int8(number)
                $0.int4(place)
                $0.timestamptz(instant.microseconds)
            }.map { row in
                let balance = ColumnReader<OccurredBalanceColumn>(row)
                let units = ColumnReader<UnitsOccurredColumn>(row, from: OccurredBalanceColumn.count)
                return OccurredBalance(
                    sku: SKU(stored: head.text(.sku)), location: LocationID(stored: balance.text(.location)),
                    figures: Figures(units), version: balance.int8(.version), countedAt: balance.timestamp(.countedAt))
            }
            if let location, balances.isEmpty {
                balances = [
                    OccurredBalance(
                        sku: SKU(stored: head.text(.sku)), location: location, figures: Figures(), version: 0,
                        countedAt: nil)
                ]
            }
            if head.bool(.isKit) { for index in balances.indices { balances[index].isKit = true } }
            return .success(Dated(balances, asOf: instant))
        }
    }

    package func known(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID], around: Surroundings?,
        at instant: Timestamp
    ) async throws(StoreError) -> Found<Dated<ItemPlaces>>? {
        try await past.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try PastItemQuestion(filter: filter, named: named, around: around, instant: instant)
                .answer(item, on: session)
        }
    }

    package func rates(
        _ item: ItemReference, at named: [LocationID], within: Set<LocationID>?
    ) async throws(StoreError) -> Found<Dated<(sku: SKU, rates: [LocationRate])>> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let headAt = exchange.add(.pastHead) {
                $0.item(item)
                $0.text(nil)
            }
            let rowsAt = exchange.add(.saleRates) {
                $0.item(item)
                $0.texts(named) { $0.text }
                $0.within(within)
            }
            let results = try session.run(exchange)
            let head = ColumnReader<OccurredHeadColumn>(results[headAt][0])
            guard let sku = head.textIfPresent(.sku) else { return .failure(.item) }
            let rates = results[rowsAt].map { row in
                let row = ColumnReader<SaleRateColumn>(row)
                return LocationRate(
                    location: LocationID(stored: row.text(.location)),
                    sold: row.soldUnits(.soldUnits, .soldAt, .soldSince))
            }
            guard named.isEmpty || rates.count == named.count else { return .failure(.location) }
            return .success(Dated((SKU(stored: sku), rates), asOf: head.requiredTimestamp(.now)))
        }
    }
}

extension Statement {
    fileprivate static let pastHead = Statement(
        "past_head", [.text, .text, .text],
        sql: """
            select \(OccurredHeadColumn.selectList)
            from (select 1) always
            left join lateral (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i on true
            """)

    fileprivate static let pastBalances = Statement(
        "past_balances", [.int8, .int4, .timestamptz],
        sql: """
            with asked as materialized (
                select location_id from balance b
                where b.item_id = $1 and ($2::int4 is null or b.location_id = $2) and b.version > 0
            )
            select \(OccurredBalanceColumn.selectList), \(UnitsOccurredColumn.selectList)
            from units_occurred(
                array(select $1::int8 from asked), array(select location_id from asked),
                array(select $3::timestamptz from asked)) u
            join balance b on b.item_id = $1 and b.location_id = u.location_id
            join location l on l.location_id = u.location_id
            order by l.id
            """)

    fileprivate static let saleRates = Statement(
        "sale_rates", [.text, .text, .textArray, .textArray],
        sql: """
            select \(SaleRateColumn.selectList)
            from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i
            join balance b using (item_id)
            join location l using (location_id)
            where cardinality($3) = 0 and l.deleted_at is null and b.version > 0
              and \(AvailabilitySQL.isWithin("$4"))
            union all
            select \(SaleRateColumn.selectList)
            from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i
            cross join unnest($3) as named(id)
            join location l on l.id = named.id and l.deleted_at is null
            left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
            where \(AvailabilitySQL.isWithin("$4"))
            order by \(SaleRateColumn.location.ordinal)
            """)
}
