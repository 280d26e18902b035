package import Inventory
package import InventoryService
import LibPQ

/// The queue of exceptions, and the watches that become some.
package struct PostgresExceptionStore: ExceptionStore {
    private let write: ConnectionPool
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(5)
    private static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        write = pools.write
        report = pools.report
    }

    package func exceptions(
        _ filter: ExceptionFilter, _ page: PageRequest
    ) async throws(StoreError) -> Dated<Page<ExceptionRecord>> {
        let after = ExceptionPosition(key: page.after ?? "")
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange()
            let clockAt = exchange.add(.clockRead)
            let rowsAt = exchange.add(.exceptionList) {
                $0.filter(filter)
                $0.int2(after?.priority ?? 0)
                $0.timestamptz(after?.openedAt.microseconds ?? 0)
                $0.int8(after?.id ?? 0)
                $0.int8(Int64(page.limit + 1))
            }
            let totalAt = page.includesTotal ? exchange.add(.exceptionCount) { $0.filter(filter) } : nil
            let results = try session.run(exchange)
            return Dated(
                Page(
                    elements: results[rowsAt].prefix(page.limit).map(ExceptionRecord.init),
                    hasMore: results[rowsAt].count > page.limit, total: totalAt.map { results[$0][0].int8(0) }),
                asOf: results[clockAt][0].requiredTimestamp(0))
        }
    }

    package func exception(_ id: Int64) async throws(StoreError) -> Dated<ExceptionRecord>? {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            let clock = try session.query(.clockRead)[0].requiredTimestamp(0)
            return try session.query(.exceptionRead) { $0.int8(id) }.first.map {
                Dated(ExceptionRecord($0), asOf: clock)
            }
        }
    }

    package func assign(_ id: Int64, to owner: String?) async throws(StoreError) -> ExceptionRejection? {
        try await write.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            let row = try session.query(.exceptionAssign) {
                $0.int8(id)
                $0.text(owner)
            }.first
            guard let row else { return .notFound }
            return row.bool(0) ? nil : .alreadyResolved(row.textIfPresent(1) ?? "resolved")
        }
    }

    package func resolve(
        _ id: Int64, _ action: ExceptionAction, resolution: String, by person: String?
    ) async throws(StoreError) {
        try await write.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.exceptionResolve) {
                $0.int8(id)
                $0.text(action.rawValue)
                $0.text(resolution)
                $0.text(person)
            }
        }
    }

    package func requestCount(of sku: SKU, at location: LocationID, reason: String) async throws(StoreError) {
        try await write.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.countTaskAppend) {
                $0.text(sku.text)
                $0.text(location.text)
                $0.text(reason)
            }
        }
    }

    package func openPendingAlarms(
        wait: Duration, toleranceUnits: Int64, limit: Int
    ) async throws(StoreError) -> Int {
        try await write.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.coveredClose)
            return try session.query(.pendingAlarmOpen) {
                $0.float8(Double(wait.components.seconds))
                $0.int8(toleranceUnits)
                $0.int8(Int64(limit))
            }[0].int8(0)
        }.asInt
    }
}

extension Int64 {
    fileprivate var asInt: Int { Int(self) }
}

/// Behind which exception a page starts.
private struct ExceptionPosition {
    let priority: Int16
    let openedAt: Timestamp
    let id: Int64

    init?(key: String) {
        let parts = key.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 3, let priority = Int16(exactly: parts[0]) else { return nil }
        let openedAt = Timestamp(microseconds: parts[1])
        guard Timestamp.accepted.contains(openedAt) else { return nil }
        (self.priority, self.openedAt, self.id) = (priority, openedAt, parts[2])
    }
}

extension ExceptionRecord {
    fileprivate init(_ row: Row) {
        self.init(
            id: row.int8(0), type: .init(stored: row.text(1)), status: .init(stored: row.text(2)),
            priority: .init(stored: row.int2(3)), openedAt: row.requiredTimestamp(4), detail: row.text(5),
            linesWaiting: row.int8(6))
        owner = row.textIfPresent(7)
        assignedAt = row.timestamp(8)
        resolvedAt = row.timestamp(9)
        resolution = row.textIfPresent(10)
        action = row.textIfPresent(11).map(ExceptionAction.init(stored:))
        resolvedBy = row.textIfPresent(12)
        source = row.textIfPresent(13).map(SourceID.init(stored:))
        eventID = row.textIfPresent(14)
        sku = row.textIfPresent(15).map(SKU.init(stored:))
        codeSystem = row.textIfPresent(16).map(CodeSystem.init(stored:))
        code = row.textIfPresent(17).map(Code.init(stored:))
        location = row.textIfPresent(18).map(LocationID.init(stored:))
        problem = row.textIfPresent(19)
        pointer = row.textIfPresent(20)
        raw = row.textIfPresent(21)
        units = row.int8IfPresent(22)
        sequence = row.int8IfPresent(23)
        count = row.byteaIfPresent(24).flatMap(CountID.init)
    }
}

extension ParameterWriter {
    fileprivate mutating func filter(_ filter: ExceptionFilter) {
        text(filter.status?.rawValue)
        text(filter.type?.rawValue)
        int2(filter.priority?.rawValue)
        text(filter.owner)
        text(filter.location?.text)
        text(filter.sku?.text)
        text(filter.source?.text)
    }
}

extension Statement {
    /// Lines that wait for what the exception asks for are counted up to a bound: more than that is "many".
    private static let columns = """
        e.exception_id, e.type, e.status, e.priority, e.opened_at, e.detail,
        case e.type
            when 'unknownSku' then (
                select count(*) from (select from parked_line p where p.sku = e.sku limit 10000) p)
            when 'unknownLocation' then (
                select count(*) from (select from parked_line p where p.location = e.location limit 10000) p)
            when 'unknownCode' then (
                select count(*) from (
                    select from parked_line p
                    where p.code = canonical_code(e.code_system, e.code) and p.code_system = e.code_system limit 10000) p)
            when 'wrongCheckDigit' then (
                select count(*) from (
                    select from parked_line p
                    where p.code = canonical_code(e.code_system, e.code) and p.code_system = e.code_system limit 10000) p)
            else 0
        end,
        e.owner, e.assigned_at, e.resolved_at, e.resolution, e.action, e.resolved_by, s.id, e.event_id, e.sku,
        e.code_system, e.code, e.location, e.problem, e.pointer, e.raw, e.units, e.sequence, e.count_id
        """

    private static let filterParameters: [PQType] = [.text, .text, .int2, .text, .text, .text, .text]

    private static let matches = """
        case when $1::text is null then e.status <> 'resolved' else e.status = $1 end
        and ($2::text is null or e.type = $2) and ($3::int2 is null or e.priority = $3)
        and ($4::text is null or e.owner = $4) and ($5::text is null or e.location = $5)
        and ($6::text is null or e.sku = $6) and ($7::text is null or s.id = $7)
        """

    fileprivate static let exceptionList = Statement(
        "exception_list", filterParameters + [.int2, .timestamptz, .int8, .int8],
        sql: """
            select \(columns)
            from exception e left join source s using (source_id)
            where \(matches) and (e.priority, e.opened_at, e.exception_id) > ($8, $9, $10)
            order by e.priority, e.opened_at, e.exception_id limit $11
            """)

    fileprivate static let exceptionCount = Statement(
        "exception_count", filterParameters,
        sql: "select count(*) from exception e left join source s using (source_id) where \(matches)")

    fileprivate static let exceptionRead = Statement(
        "exception_read", [.int8],
        sql: "select \(columns) from exception e left join source s using (source_id) where e.exception_id = $1")

    /// Whether it was assigned, and how it is resolved where it was not.
    fileprivate static let exceptionAssign = Statement(
        "exception_assign", [.int8, .text],
        sql: """
            with assigned as (
                update exception
                set owner = $2, status = case when $2 is null then 'open' else 'assigned' end,
                    assigned_at = case when $2 is null then null else clock_timestamp() end
                where exception_id = $1 and status <> 'resolved'
                returning 1
            )
            select exists (select from assigned), e.resolution from exception e where e.exception_id = $1
            """)

    fileprivate static let exceptionResolve = Statement(
        "exception_resolve", [.int8, .text, .text, .text],
        sql: """
            update exception
            set status = 'resolved', resolved_at = coalesce(resolved_at, clock_timestamp()), action = $2,
                resolution = $3, resolved_by = $4
            where exception_id = $1 and action is null
            """)

    fileprivate static let countTaskAppend = Statement(
        "count_task_append", [.text, .text, .text],
        sql: """
            insert into count_task (item_id, location_id, reason)
            select i.item_id, l.location_id, $3 from item i, location l where i.sku = $1 and l.id = $2
            on conflict (location_id, item_id) do update
            set reason = excluded.reason, requested_at = excluded.requested_at
            """)

    /// One statement, so that a batch which clears a watch comes before it or after it. A moment is left for who was heard
    /// to be written down.
    fileprivate static let pendingAlarmOpen = Statement(
        "pending_alarm_open", [.float8, .int8, .int8],
        sql: """
            with due as materialized (
                select w.*, l.id as location
                from pending_alarm w join location l using (location_id)
                where not w.is_open and w.noted_at < clock_timestamp() - interval '2 seconds'
                  and (w.noted_at < clock_timestamp() - make_interval(secs => $1)
                       or not exists (
                           select from (\(sourcesOfLocation)) s
                           where s.heard_through is null or s.heard_through <= w.instant))
                order by w.noted_at limit $3
                for update of w skip locked
            ),
            opened as (
                insert into exception as e (
                    type, dedupe_key, priority, sku, location, units, sequence, count_id, source_id, event_id, detail)
                select due.type, due.type || ':' || due.item_id || ':' || due.location_id,
                       case when due.type in ('negativeBalance', 'uncoveredSale') or abs(due.units) >= 10 then 1
                            else 2 end, i.sku,
                       due.location, coalesce(now_is.units, due.units), due.sequence, due.count_id, c.source_id, c.event_id,
                       case due.type
                           when 'negativeBalance' then format(
                               'the balance is %s: more has left than ever came; count it, or find what was not received',
                               now_is.units)
                           when 'uncoveredSale' then format(
                               '%s promised units have no cover: move the orders that GET /v1/reservations?atRisk=true '
                               'lists, count, or bring goods', now_is.units)
                           else format(
                               'a count found %s units %s than the ledger says; count again, or accept what was found',
                               abs(due.units), case when due.units > 0 then 'more' else 'fewer' end)
                       end
                from due
                join item i using (item_id)
                left join stock_count c using (count_id)
                left join lateral (
                    select case due.type when 'negativeBalance' then b.on_hand
                                         else \(AvailabilitySQL.reserved) - greatest(b.on_hand, 0) end as units
                    from balance b
                    where due.type in ('negativeBalance', 'uncoveredSale') and b.item_id = due.item_id and b.location_id = due.location_id
                ) now_is on true
                where case due.type when 'countVariance' then abs(due.units) > $2
                                    when 'uncoveredSale' then now_is.units > 0 else true end
                on conflict (dedupe_key) where status <> 'resolved' do update
                set units = excluded.units, sequence = excluded.sequence, count_id = excluded.count_id,
                    priority = excluded.priority, detail = excluded.detail
            ),
            marked as (
                update pending_alarm w set is_open = true
                from due where w.item_id = due.item_id and w.location_id = due.location_id and w.type = due.type
                returning 1
            )
            select count(*) from marked
            """)

    /// Holds that ended may have covered others, which nobody writes down at the time.
    fileprivate static let coveredClose = Statement(
        "covered_close",
        sql: """
            with gone as (
                delete from pending_alarm w
                using balance b
                where w.type = 'uncoveredSale' and w.is_open and b.item_id = w.item_id
                  and b.location_id = w.location_id and \(AvailabilitySQL.reserved) <= greatest(b.on_hand, 0)
                returning w.type || ':' || w.item_id || ':' || w.location_id as dedupe_key
            )
            \(exceptionCloseWithAlarm)
            """)
}
