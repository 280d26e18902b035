import Inventory
package import InventoryService
import LibPQ

/// The ledger, read in the order recorded.
package struct PostgresLedgerStore: LedgerStore {
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(30)

    package init(pools: PostgresPools) { report = pools.report }

    package func lines(
        _ filter: LedgerFilter, after: LedgerPosition?, limit: Int
    ) async throws(StoreError) -> Result<(entries: [LedgerEntry], hasMore: Bool), UnknownInLedger> {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            let names = try session.query(.ledgerNames) {
                $0.text(filter.item?.system?.text)
                $0.text(filter.item?.text)
                $0.text(filter.location?.text)
                $0.text(filter.source?.text)
            }[0]
            let item = names.int8IfPresent(0)
            let location = names.int4IfPresent(1)
            let source = names.int4IfPresent(2)
            if filter.item != nil, item == nil { return .failure(.item) }
            if filter.location != nil, location == nil { return .failure(.location) }
            if filter.source != nil, source == nil { return .failure(.source) }
            let statement: Statement =
                filter.event != nil ? .ledgerByEvent : item != nil ? .ledgerByItem : .ledgerByLocation
            let rows = try session.query(statement) {
                $0.int8(item)
                $0.int4(location)
                $0.int4(source)
                $0.text(filter.event?.text)
                $0.timestamptz(filter.from?.microseconds)
                $0.timestamptz(filter.to?.microseconds)
                $0.bool(filter.basis == .occurred)
                $0.timestamptz(after?.recordedAt.microseconds)
                $0.int4(after?.location.rawValue)
                $0.int8(after?.item.rawValue)
                $0.int8(Int64(limit + 1))
            }
            let entries = rows.prefix(limit).map { LedgerEntry($0) }
            return .success((entries, rows.count > limit))
        }
    }
}

extension Statement {
    fileprivate static let ledgerNames = Statement(
        "ledger_names", [.text, .text, .text, .text],
        sql: """
            select (select item_id from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i),
                   (select location_id from location where id = $3),
                   (select source_id from source where id = $4)
            """)

    private static let parameters: [PQType] = [
        .int8, .int4, .int4, .text, .timestamptz, .timestamptz, .bool, .timestamptz, .int4, .int8, .int8,
    ]

    /// A line occurs at most five minutes after it is recorded, so a bound on `occurred_at` bounds `recorded_at` from
    /// below too, by which partitions are left out.
    private static let matches = """
        m.location_id = l.location_id
        and ($3::int4 is null or m.source_id = $3) and ($4::text is null or m.event_id = $4)
        and ($5::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end >= $5)
        and ($6::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end < $6)
        and ($5::timestamptz is null or m.recorded_at >= $5 - interval '5 minutes')
        and ($8::timestamptz is null
             or (m.recorded_at >= $8 and (m.recorded_at, m.location_id, m.item_id) > ($8, $9, $10)))
        """

    private static let columns = """
        \(LedgerColumn.selectList), \(LedgerNameColumn.selectList)
        """

    /// Of all lists of lines, as places in the select list of a union.
    private static let inOrder: [LedgerColumn] = [.recordedAt, .location, .item]

    /// Each location's next lines by its own index, merged: no index has to carry the whole ledger in one order.
    private static func merged(_ itemCondition: String) -> String {
        """
        select \(columns)
        from (
            select m.*
            from location l
            cross join lateral (
                select m.* from movement m
                where \(itemCondition) and \(matches)
                order by m.recorded_at, m.location_id, m.item_id
                limit $11
            ) m
            where $2::int4 is null or l.location_id = $2
            order by m.recorded_at, m.location_id, m.item_id
            limit $11
        ) m
        join item i using (item_id)
        join location l using (location_id)
        join source s using (source_id)
        order by m.recorded_at, m.location_id, m.item_id
        """
    }

    /// The event's own pointer into the ledger, of the named source or of each: the lines of its commit that carry it, at
    /// the location of the first of them and, of a transfer, at its destination. All of a commit is recorded within a
    /// second. A count that was sent whole, and a message of a transfer, have lines under ids of their own, which name it. Ordered as all lists of lines are.
    fileprivate static let ledgerByEvent = Statement(
        "ledger_by_event", parameters,
        sql: """
            select \(columns)
            from source s
            join event_key k on k.source_id = s.source_id and k.event_id = $4
            join movement first on first.item_id = k.item_id and first.location_id = k.location_id
                and first.recorded_at = k.recorded_at and first.version = k.version
            left join transfer t on t.transfer_id = first.transfer_id
            join location l on l.location_id in (k.location_id, t.to_id)
            join movement m on m.location_id = l.location_id
                and m.recorded_at > k.recorded_at - interval '1 second'
                and m.recorded_at < k.recorded_at + interval '1 second'
                and m.sequence >> 16 = k.sequence >> 16 and m.event_id = k.event_id
            join item i on i.item_id = m.item_id
            where ($1::int8 is null or m.item_id = $1) and ($2::int4 is null or m.location_id = $2) and \(matches)
            union all
            select \(columns)
            from source s
            join stock_count c on c.source_id = s.source_id and c.event_id = $4
            join movement m on m.count_id = c.count_id and m.kind = \(FactKind.count.rawValue) and m.event_id <> $4
            join location l on l.location_id = m.location_id
            join item i on i.item_id = m.item_id
            where ($1::int8 is null or m.item_id = $1) and ($2::int4 is null or m.location_id = $2)
              and ($3::int4 is null or m.source_id = $3)
              and ($5::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end >= $5)
              and ($6::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end < $6)
              and ($8::timestamptz is null or (m.recorded_at, m.location_id, m.item_id) > ($8, $9, $10))
            union all
            select \(columns)
            from source s
            join event_key k on k.source_id = s.source_id
                and k.event_id > $4 || chr(31) and k.event_id < $4 || chr(32)
            join movement first on first.item_id = k.item_id and first.location_id = k.location_id
                and first.recorded_at = k.recorded_at and first.version = k.version
            join transfer t on t.transfer_id = first.transfer_id
            join location l on l.location_id in (k.location_id, t.to_id)
            join movement m on m.location_id = l.location_id
                and m.recorded_at > k.recorded_at - interval '1 second'
                and m.recorded_at < k.recorded_at + interval '1 second'
                and m.sequence >> 16 = k.sequence >> 16 and m.event_id = k.event_id
            join item i on i.item_id = m.item_id
            where ($1::int8 is null or m.item_id = $1) and ($2::int4 is null or m.location_id = $2)
              and ($3::int4 is null or m.source_id = $3)
              and ($5::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end >= $5)
              and ($6::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end < $6)
              and ($8::timestamptz is null or (m.recorded_at, m.location_id, m.item_id) > ($8, $9, $10))
            order by \(inOrder.ordinalList)
            limit $11
            """)

    fileprivate static let ledgerByItem = Statement("ledger_by_item", parameters, sql: merged("m.item_id = $1"))
    fileprivate static let ledgerByLocation = Statement(
        "ledger_by_location", parameters, sql: merged("($1::int8 is null)"))
}
