package import Inventory
package import InventoryService
import LibPQ

/// Counts on PostgreSQL: how they are stored and gone through. What they found is in `PostgresCountStore+Reports`.
package struct PostgresCountStore: CountStore {
    let change: ConnectionPool
    let read: ConnectionPool
    let report: ConnectionPool
    let maintenance: ConnectionPool

    static let timeout: Duration = .seconds(5)
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
        maintenance = pools.maintenance
    }

    package func open(
        _ count: PostedCount, from source: SourceNumber, by actor: ActorName?
    ) async throws(StoreError) -> StoredCount? {
        let id = CountID(source: count.source, event: count.event, sha256)
        return try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            if count.isComplete { exchange.add(.completeCountsExclude) { $0.text(count.location.text) } }
            let takenAt = exchange.add(.countKeyAppend) {
                $0.int4(source.rawValue)
                $0.text(count.event.text)
                $0.bytea(count.fingerprint.bytes)
                $0.bytea(Fingerprint.ofCountLines(sha256).bytes)
            }
            guard try session.run(exchange)[takenAt].affectedCount == 1 else {
                _ = try session.query(.rollback)
                guard let row = try session.query(.countRead, { $0.bytea(id.bytes) }).first,
                    ColumnReader<CountColumn>(row).byteaIfPresent(.fingerprint) == count.fingerprint.bytes
                else { return nil }
                return StoredCount(row)
            }
            exchange = Exchange()
            exchange.add(.countAppend) { $0.count(count, id, source, actor) }
            let readAt = exchange.add(.countRead) { $0.bytea(id.bytes) }
            ChangeLog.add([Change(.count, id.description)], to: &exchange)
            exchange.add(.commit)
            return StoredCount(try session.run(exchange)[readAt][0])
        }
    }

    package func linesOfUnreadItems(
        _ count: PostedCount, from source: SourceNumber
    ) async throws(StoreError) -> [Int: Int] {
        let sound = count.lines.enumerated().compactMap { index, line -> (index: Int, item: ItemReference)? in
            guard case .fact(let fact, _) = line.content else { return nil }
            return (index, fact.item)
        }
        guard !sound.isEmpty, !count.unread.isEmpty else { return [:] }
        return try await read.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let rows = try session.query(.countLinesOfItems) {
                $0.int4(source.rawValue)
                $0.items(count.unread.map(\.item))
                $0.items(sound.map(\.item))
            }
            var lines: [Int: Int] = [:]
            for row in rows {
                var row = RowCursor(row)
                let (unread, line) = (Int(row.int8()) - 1, Int(row.int8()) - 1)
                lines[sound[line].index] = count.unread[unread].number
            }
            return lines
        }
    }

    package func leaveAlone(
        _ items: [ItemReference], in id: CountID
    ) async throws(StoreError) -> StoredCount? {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.countLeaveAlone) {
                $0.bytea(id.bytes)
                $0.items(items)
            }
            let readAt = exchange.add(.countRead) { $0.bytea(id.bytes) }
            ChangeLog.add([Change(.count, id.description)], to: &exchange)
            exchange.add(.commit)
            return try session.run(exchange)[readAt].first.map(StoredCount.init)
        }
    }

    package func finish(_ id: CountID) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.countFinish) { $0.bytea(id.bytes) }
        }
    }

    package func unfinished(
        before: Timestamp, limit: Int
    ) async throws(StoreError) -> [(count: StoredCount, lines: [SubmittedLine])] {
        try await maintenance.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let countsAt = exchange.add(.countsUnfinished) {
                $0.timestamptz(before.microseconds)
                $0.int8(Int64(limit))
            }
            let linesAt = exchange.add(.countLinesUnfinished) {
                $0.timestamptz(before.microseconds)
                $0.int8(Int64(limit))
            }
            let results = try session.run(exchange)
            var lines: [CountID: [SubmittedLine]] = [:]
            for row in results[linesAt] {
                var row = RowCursor(row)
                guard let id = CountID(row.bytea()), let fact = FactLine(canonicalBytes: row.bytea()) else {
                    preconditionFailure("a count's line does not read back")
                }
                lines[id, default: []].append(
                    SubmittedLine(.fact(fact, fact.fingerprint(sha256)), raw: Array(row.text().utf8)[...]))
            }
            return results[countsAt].map(StoredCount.init).map { ($0, lines[$0.id] ?? []) }
        }
    }

    package func notListed(
        _ count: StoredCount, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> [(number: ItemNumber, sku: SKU)] {
        try await maintenance.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.query(.countNotListed) {
                $0.text(count.location.text)
                $0.timestamptz(count.countedAt.microseconds)
                $0.text(count.source.text)
                $0.text(count.event.text)
                $0.int8(after?.rawValue ?? 0)
                $0.int8(Int64(limit))
                $0.bytea(count.id.bytes)
            }.map { row in
                var row = RowCursor(row)
                return (ItemNumber(row.int8()), SKU(stored: row.text()))
            }
        }
    }

    package func count(_ id: CountID) async throws(StoreError) -> StoredCount? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.countRead) { $0.bytea(id.bytes) }.first.map(StoredCount.init)
        }
    }

    package func now() async throws(StoreError) -> Timestamp {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.clockRead)[0].only.timestamp
        }
    }
}

extension ParameterWriter {
    fileprivate mutating func count(_ count: PostedCount, _ id: CountID, _ source: SourceNumber, _ actor: ActorName?) {
        // Lines that cannot be meant are answered at once, and kept as exceptions.
        let facts = count.lines.compactMap { line -> (fact: FactLine, raw: ArraySlice<UInt8>)? in
            guard case .fact(let fact, _) = line.content else { return nil }
            return (fact, line.raw)
        }
        bytea(id.bytes)
        int4(source.rawValue)
        text(count.event.text)
        text(count.location.text)
        timestamptz(count.countedAt?.microseconds)
        bool(count.isComplete)
        bool(count.excludesReady)
        int4(Int32(count.lines.count))
        bytea(count.fingerprint.bytes)
        byteas(facts) { $0.fact.canonicalBytes }
        texts(facts) { String(decoding: $0.raw, as: UTF8.self) }
        items(count.unread.map(\.item))
        text(actor?.text)
    }

    /// For `itemsNamed`.
    fileprivate mutating func items(_ items: [ItemReference]) {
        texts(items) { $0.sku?.text }
        texts(items) { $0.system?.text }
        texts(items) { $0.code?.text }
    }
}

extension Statement {
    /// The count's event id belongs to it as a fact's does. Lines of it that were parked, since nobody knew its location, may
    /// have taken it before.
    fileprivate static let countKeyAppend = Statement(
        "count_key_append", [.int4, .text, .bytea, .bytea],
        sql: """
            insert into event_key as k (source_id, event_id, fingerprint, verdict) values ($1, $2, $3, \(wholeCount))
            on conflict (source_id, event_id) do update
            set fingerprint = excluded.fingerprint, sequence = null
            where k.verdict = \(wholeCount) and k.sequence is not null and k.fingerprint = $4
            """)

    /// A time from the future is not believed, by the same rule as every fact's.
    fileprivate static let countAppend = Statement(
        "count_append",
        [
            .bytea, .int4, .text, .text, .timestamptz, .bool, .bool, .int4, .bytea, .byteaArray, .textArray,
            .textArray, .textArray, .textArray, .text,
        ],
        sql: """
            insert into stock_count (
                count_id, source_id, event_id, location, counted_at, is_complete, excludes_ready, line_count,
                fingerprint, facts, raws, left_alone, status, recorded_at, actor)
            select $1, $2, $3, $4,
                   case when $5 <= clock.now + interval '\(clockSkewMaxMicroseconds) microseconds' then $5 else clock.now end,
                   $6, $7, $8, $9, $10, $11, \(itemsNamed(from: 12, bySource: "$2")), 'applying', clock.now, $15
            from (select clock_timestamp() as now offset 0) clock
            """)

    /// The numbers of the items that three parameters name, those of them that are known.
    private static func itemsNamed(from first: Int, bySource source: String) -> String {
        """
        array(
            select i.item_id from item i where i.sku = any ($\(first))
            union
            select a.item_id
            from unnest($\(first + 1), $\(first + 2)) as named(code_system, code)
            cross join lateral (
                select coalesce(
                    named.code_system, (select s.code_system from source s where s.source_id = \(source))) as code_system
            ) system
            join alias a on a.code_system = system.code_system
                and a.code = canonical_code(system.code_system, named.code))
        """
    }

    /// Which of the items that the second three arrays name are among those that the first three name.
    fileprivate static let countLinesOfItems = Statement(
        "count_lines_of_items", [.int4] + Array(repeating: .textArray, count: 6),
        sql: """
            select min(unread.ord), line.ord
            from (\(itemsInOrder(from: 2))) unread
            join (\(itemsInOrder(from: 5))) line using (item_id)
            group by line.ord
            """)

    /// The numbers of the known items that three parameters name by skus and codes, each with its place.
    private static func itemsInOrder(from first: Int) -> String {
        """
        select coalesce(i.item_id, a.item_id) as item_id, named.ord
        from unnest($\(first), $\(first + 1), $\(first + 2)) with ordinality as named(sku, code_system, code, ord)
        left join item i on i.sku = named.sku
        left join lateral (
            select coalesce(
                named.code_system, (select s.code_system from source s where s.source_id = $1)) as code_system
        ) system on named.sku is null
        left join alias a on a.code_system = system.code_system
            and a.code = canonical_code(system.code_system, named.code)
        where coalesce(i.item_id, a.item_id) is not null
        """
    }

    fileprivate static let countLeaveAlone = Statement(
        "count_leave_alone", [.bytea, .textArray, .textArray, .textArray],
        sql: """
            update stock_count c
            set left_alone = array(
                select unnest(c.left_alone) union select unnest(\(itemsNamed(from: 2, bySource: "c.source_id"))))
            where c.count_id = $1
            """)

    fileprivate static let countRead = Statement(
        "count_read", [.bytea],
        sql: "select \(CountColumn.selectList) from stock_count c join source s using (source_id) where c.count_id = $1"
    )

    fileprivate static let countFinish = Statement(
        "count_finish", [.bytea],
        sql: """
            with finished as (
                update stock_count set status = 'applied', facts = null, raws = null
                where count_id = $1 and status <> 'applied'
                returning count_id
            ), \(ChangeLog.logged(.init(.countRecorded, of: "finished", key: "encode(count_id, 'hex')")))
            select count(*) from finished
            """)

    fileprivate static let countsUnfinished = Statement(
        "counts_unfinished", [.timestamptz, .int8],
        sql: """
            select \(CountColumn.selectList)
            from stock_count c join source s using (source_id)
            where c.status = 'applying' and c.recorded_at < $1
            order by c.recorded_at limit $2
            """)

    fileprivate static let countLinesUnfinished = Statement(
        "count_lines_unfinished", [.timestamptz, .int8],
        sql: """
            select c.count_id, line.fact, line.raw
            from (
                select * from stock_count where status = 'applying' and recorded_at < $1 order by recorded_at limit $2
            ) c
            cross join lateral unnest(c.facts, c.raws) with ordinality as line(fact, raw, ord)
            order by c.recorded_at, line.ord
            """)

    fileprivate static let countNotListed = Statement(
        "count_not_listed", [.text, .timestamptz, .text, .text, .int8, .int8, .bytea],
        sql: """
            select b.item_id, i.sku
            from location l
            join balance b on b.location_id = l.location_id
            join item i using (item_id)
            where l.id = $1 and l.deleted_at is null and b.version > 0 and b.item_id > $5
              and not exists (
                  select from count_line c
                  where c.item_id = b.item_id and c.location_id = b.location_id and c.bucket = 1 and c.counted_at = $2
                    and c.source = $3 and c.event_id = $4 and c.is_stated)
              and not exists (
                  select from stock_count c where c.count_id = $7 and b.item_id = any (c.left_alone))
            order by b.item_id limit $6
            """)
}
