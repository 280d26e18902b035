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
            var names = RowCursor(
                try session.query(.ledgerNames) {
                    $0.text(filter.item?.system?.text)
                    $0.text(filter.item?.text)
                    $0.text(filter.location?.text)
                    $0.text(filter.source?.text)
                }[0])
            let item = names.int8IfPresent()
            let location = names.int4IfPresent()
            let source = names.int4IfPresent()
            let end = names.requiredTimestamp()
            if filter.item != nil, item == nil { return .failure(.item) }
            if filter.location != nil, location == nil { return .failure(.location) }
            if filter.source != nil, source == nil { return .failure(.source) }
            let statement: Statement =
                filter.event != nil ? .ledgerByEvent : item != nil ? .ledgerByItem : .ledgerByLocation
            var entries: [LedgerEntry] = []
            var windows = try Self.windows(filter, source: source, after, until: end, on: session)
            while entries.count <= limit, let window = windows.next() {
                let room = limit + 1 - entries.count
                entries += try session.query(statement) {
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
                    $0.int8(Int64(room))
                    $0.timestamptz(window.lowerBound.microseconds)
                    $0.timestamptz(window.upperBound.microseconds)
                }.map { LedgerEntry($0) }
            }
            return .success((Array(entries.prefix(limit)), entries.count > limit))
        }
    }

    /// The stretches of recorded time that lines may be in, in order: so that a list looks at no more months than it
    /// needs, and is planned for no more.
    private static func windows(
        _ filter: LedgerFilter, source: Int32?, _ after: LedgerPosition?, until end: Timestamp, on session: Session
    ) throws(PQError) -> LedgerWindows {
        if let event = filter.event {
            let row = try session.query(.ledgerEventSpan) {
                $0.text(event.text)
                $0.int4(source)
            }[0]
            let range = LedgerWindows.range(row.timestamp(0), row.timestamp(1).map { min($0, end) })
            return range.map(LedgerWindows.init(whole:)) ?? LedgerWindows(backFrom: nil)
        }
        // A line occurs at most five minutes after it is recorded, so a bound on either is one on the other.
        let from = filter.from?.advanced(byMicroseconds: -300_000_000)
        let end = filter.basis == .recorded ? filter.to.map { min($0, end) } ?? end : end
        var start = [from, after?.recordedAt].compactMap(\.self).max()
        // Months are asked for where it is not known how many there are, or said that there are very many.
        if start.map({ $0.advanced(byMicroseconds: LedgerWindows.longMicroseconds) < end }) ?? true {
            guard let begins = try session.query(.ledgerSpan)[0].timestamp(0) else {
                return LedgerWindows(backFrom: nil)
            }
            start = max(start ?? begins, begins)
        }
        return LedgerWindows(from: start ?? end, to: end)
    }
}

extension Statement {
    fileprivate static let ledgerNames = Statement(
        "ledger_names", [.text, .text, .text, .text],
        sql: """
            select (select item_id from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i),
                   (select location_id from location where id = $3),
                   (select source_id from source where id = $4),
                   -- Months are made a few ahead, so nothing is recorded later, whatever the clock said once.
                   clock_timestamp() + interval '1 year'
            """)

    private static let parameters: [PQType] = [
        .int8, .int4, .int4, .text, .timestamptz, .timestamptz, .bool, .timestamptz, .int4, .int8, .int8, .timestamptz,
        .timestamptz,
    ]

    /// From when to when the ledger reaches.
    fileprivate static let ledgerSpan = Statement("ledger_span", sql: "select begins, ends from ledger_span()")

    /// In which time the lines of an event are, of source `$2` or of each; those of a count may come much later than it did.
    fileprivate static let ledgerEventSpan = Statement(
        "ledger_event_span", [.text, .int4],
        sql: """
            select min(e.begins) - interval '2 seconds', max(e.ends) + interval '2 seconds'
            from source s
            cross join lateral (
                select k.recorded_at as begins, k.recorded_at as ends from event_key k
                where k.source_id = s.source_id and k.event_id = $1
                union all
                select k.recorded_at, k.recorded_at from event_key k
                where k.source_id = s.source_id and k.event_id > $1 || chr(31) and k.event_id < $1 || chr(32)
                union all
                select c.recorded_at, '9999-12-31 00:00:00+00' from stock_count c
                where c.source_id = s.source_id and c.event_id = $1
            ) e
            where $2::int4 is null or s.source_id = $2
            """)

    /// Only what was recorded from `$12` on and before `$13` is looked at: partitions outside are left out.
    private static let matches = """
        m.recorded_at >= $12 and m.recorded_at < $13 and m.location_id = l.location_id
        and ($3::int4 is null or m.source_id = $3) and ($4::text is null or m.event_id = $4)
        and ($5::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end >= $5)
        and ($6::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end < $6)
        and ($8::timestamptz is null
             or (m.recorded_at >= $8 and (m.recorded_at, m.location_id, m.item_id) > ($8, $9, $10)))
        """

    private static let columns = """
        \(LedgerColumn.selectList), \(LedgerNameColumn.selectList)
        """

    /// Of all lists of lines, as places in the select list of a union.
    private static let inOrder: [LedgerColumn] = [.recordedAt, .location, .item]

    /// Each location's next lines by its own index, merged: no index has to carry the whole ledger in one order.
    private static func merged(_ itemCondition: String, from places: String) -> String {
        """
        select \(columns)
        from (
            select m.*
            from \(places) l
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
    static let ledgerByEvent = Statement(
        "ledger_by_event", parameters,
        sql: """
            select \(columns)
            from source s
            join event_key k on k.source_id = s.source_id and k.event_id = $4
            join movement first on first.item_id = k.item_id and first.location_id = k.location_id
                and first.recorded_at = k.recorded_at and first.version = k.version
                and first.recorded_at >= $12 and first.recorded_at < $13
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
              and m.recorded_at >= $12 and m.recorded_at < $13
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
                and first.recorded_at >= $12 and first.recorded_at < $13
            join transfer t on t.transfer_id = first.transfer_id
            join location l on l.location_id in (k.location_id, t.to_id)
            join movement m on m.location_id = l.location_id
                and m.recorded_at > k.recorded_at - interval '1 second'
                and m.recorded_at < k.recorded_at + interval '1 second'
                and m.sequence >> 16 = k.sequence >> 16 and m.event_id = k.event_id
            join item i on i.item_id = m.item_id
            where ($1::int8 is null or m.item_id = $1) and ($2::int4 is null or m.location_id = $2)
              and m.recorded_at >= $12 and m.recorded_at < $13 and ($3::int4 is null or m.source_id = $3)
              and ($5::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end >= $5)
              and ($6::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end < $6)
              and ($8::timestamptz is null or (m.recorded_at, m.location_id, m.item_id) > ($8, $9, $10))
            order by \(inOrder.ordinalList)
            limit $11
            """)

    static let ledgerByItem = Statement(
        "ledger_by_item", parameters,
        sql: merged(
            "m.item_id = $1",
            from: "(select location_id from balance where item_id = $1 and version > 0 and recorded_at >= $12)"))
    static let ledgerByLocation = Statement(
        "ledger_by_location", parameters, sql: merged("($1::int8 is null)", from: "location"))
}
