package import Inventory
package import InventoryService
import LibPQ

/// The queue of exceptions, and the watches that become some.
package struct PostgresExceptionStore: ExceptionStore {
    let change: ConnectionPool
    private let read: ConnectionPool
    let report: ConnectionPool

    private static let timeout: Duration = .seconds(5)
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
    }

    package func exceptions(
        _ filter: ExceptionFilter, _ page: PageRequest
    ) async throws(StoreError) -> Dated<Page<ExceptionRecord>> {
        let after = ExceptionPosition(key: page.after ?? "")
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange.ofList(counted: page.includesTotal)
            let clockAt = exchange.add(.clockRead)
            let rowsAt = exchange.add(.exceptionList) {
                $0.filter(filter)
                $0.int2(after?.priority ?? 0)
                $0.timestamptz(after?.openedAt.microseconds ?? 0)
                $0.int8(after?.id ?? 0)
                $0.int8(Int64(page.limit + 1))
            }
            let totalAt = page.includesTotal ? exchange.add(.exceptionCount) { $0.filter(filter) } : nil
            exchange.endList()
            let results = try session.run(exchange)
            return Dated(
                Page(
                    elements: results[rowsAt].prefix(page.limit).map(ExceptionRecord.init),
                    hasMore: results[rowsAt].count > page.limit, total: totalAt.map { results[$0][0].only.int8 }),
                asOf: results[clockAt][0].only.timestamp)
        }
    }

    package func exception(_ id: Int64) async throws(StoreError) -> Dated<ExceptionRecord>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            let clock = try session.query(.clockRead)[0].only.timestamp
            return try session.query(.exceptionRead) { $0.int8(id) }.first.map {
                Dated(ExceptionRecord($0), asOf: clock)
            }
        }
    }

    package func assign(
        _ id: Int64, to owner: String?, by actor: ActorName?
    ) async throws(StoreError) -> ExceptionRejection? {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.begin)
            let row = try session.query(.exceptionAssign) {
                $0.int8(id)
                $0.text(owner)
            }.first
            var answer = row.map(RowCursor.init)
            guard answer?.bool() ?? false else {
                _ = try session.query(.rollback)
                return row == nil ? .notFound : .alreadyResolved(answer?.textIfPresent() ?? "resolved")
            }
            try Self.commit(.assigned, id, by: actor, on: session)
            return nil
        }
    }

    package func takeTurn(_ id: Int64, _ decision: ExceptionDecision) async throws(StoreError) -> Bool {
        let fingerprint = decision.fingerprint.bytes
        return try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.exceptionTurnTake) {
                $0.int8(id)
                $0.bytea(fingerprint)
                $0.int8(ExceptionTurn.seconds)
            }[0].only.int8 > 0
        }
    }

    package func giveTurnBack(_ id: Int64, _ decision: ExceptionDecision) async throws(StoreError) {
        let fingerprint = decision.fingerprint.bytes
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.exceptionTurnGiveBack) {
                $0.int8(id)
                $0.bytea(fingerprint)
            }
        }
    }

    package func resolve(
        _ id: Int64, _ decision: ExceptionDecision, resolution: String, decidedBy person: String?,
        by actor: ActorName?
    ) async throws(StoreError) {
        let fingerprint = decision.fingerprint.bytes
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.begin)
            let resolved = try session.query(.exceptionResolve) {
                $0.int8(id)
                $0.text(decision.action.rawValue)
                $0.text(resolution)
                $0.text(person)
                $0.bytea(fingerprint)
            }[0].only.int8
            // Somebody else was faster.
            guard resolved > 0 else {
                _ = try session.query(.rollback)
                return
            }
            try Self.commit(.resolved, id, by: actor, on: session)
        }
    }

    /// Ends the transaction of what a person decided.
    private static func commit(
        _ action: AuditAction, _ id: Int64, by actor: ActorName?, on session: Session
    ) throws(PQError) {
        var exchange = Exchange()
        AuditLog.add(action, .exception, ["\(id)"], by: actor, to: &exchange)
        exchange.add(.commit)
        _ = try session.run(exchange)
    }

    package func requestCount(of sku: SKU, at location: LocationID, reason: String) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.countTaskAppend) {
                $0.text(sku.text)
                $0.text(location.text)
                $0.text(reason)
            }
        }
    }
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

extension ParameterWriter {
    mutating func filter(_ filter: ExceptionFilter) {
        text(filter.status?.rawValue)
        text(filter.type?.rawValue)
        int2(filter.priority?.rawValue)
        text(filter.owner)
        text(filter.location?.text)
        text(filter.sku?.text)
        text(filter.source?.text)
        timestamptz(filter.openedAfter?.microseconds)
        timestamptz(filter.openedBefore?.microseconds)
    }
}

extension Statement {
    static let exceptionFilterParameters: [PQType] = [
        .text, .text, .int2, .text, .text, .text, .text, .timestamptz, .timestamptz,
    ]

    static let exceptionMatches = """
        case when $1::text is null then e.status <> 'resolved' else e.status = $1 end
        and ($2::text is null or e.type = $2) and ($3::int2 is null or e.priority = $3)
        and ($4::text is null or e.owner = $4) and ($5::text is null or e.location = $5)
        and ($6::text is null or e.sku = $6) and ($7::text is null or s.id = $7)
        and ($8::timestamptz is null or e.opened_at >= $8) and ($9::timestamptz is null or e.opened_at < $9)
        """

    fileprivate static let exceptionList = Statement(
        "exception_list", exceptionFilterParameters + [.int2, .timestamptz, .int8, .int8],
        sql: """
            select \(ExceptionColumn.selectList)
            from exception e left join source s using (source_id)
            where \(exceptionMatches) and (e.priority, e.opened_at, e.exception_id) > ($10, $11, $12)
            order by e.priority, e.opened_at, e.exception_id limit $13
            """)

    fileprivate static let exceptionCount = Statement(
        "exception_count", exceptionFilterParameters,
        sql: "select count(*) from exception e left join source s using (source_id) where \(exceptionMatches)")

    fileprivate static let exceptionRead = Statement(
        "exception_read", [.int8],
        sql: """
            select \(ExceptionColumn.selectList)
            from exception e left join source s using (source_id)
            where e.exception_id = $1
            """)

    /// Whether it was assigned, and how it is resolved where it was not.
    fileprivate static let exceptionAssign = Statement(
        "exception_assign", [.int8, .text],
        sql: """
            with assigned as (
                \(ExceptionSQL.assign)
            ), \(ChangeLog.logged(.init(.exception, of: "assigned")))
            select exists (select from assigned), e.resolution from exception e where e.exception_id = $1
            """)

    fileprivate static let exceptionResolve = Statement(
        "exception_resolve", [.int8, .text, .text, .text, .bytea],
        sql: """
            with resolved as (
                \(ExceptionSQL.resolve)
            ), \(ChangeLog.logged(.init(.exception, of: "resolved")))
            select count(*) from resolved
            """)

    /// Of an exception that is gone, none.
    fileprivate static let exceptionTurnTake = Statement(
        "exception_turn_take", [.int8, .bytea, .int8],
        sql: """
            with taken as (
                insert into exception_turn as t (exception_id, decision, until)
                select e.exception_id, $2, clock_timestamp() + $3 * interval '1 second'
                from exception e where e.exception_id = $1
                on conflict (exception_id) do update set decision = excluded.decision, until = excluded.until
                where t.decision = excluded.decision or t.until < clock_timestamp()
                returning t.exception_id
            )
            select count(*) from taken
            """)

    fileprivate static let exceptionTurnGiveBack = Statement(
        "exception_turn_give_back", [.int8, .bytea],
        sql: "delete from exception_turn where exception_id = $1 and decision = $2")

    fileprivate static let countTaskAppend = Statement(
        "count_task_append", [.text, .text, .text],
        sql: """
            with requested as (
                insert into count_task (item_id, location_id, reason)
                select i.item_id, l.location_id, $3 from item i, location l where i.sku = $1 and l.id = $2
                on conflict (location_id, item_id) do update
                set reason = excluded.reason, requested_at = excluded.requested_at
                returning item_id
            ), \(ChangeLog.logged(.init(.countTask, of: "requested", key: ChangeKey.sql("$1", "$2"))))
            select count(*) from requested
            """)
}
