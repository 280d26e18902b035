package import Inventory
package import InventoryService
import LibPQ

/// Reads the whole database in short pages, so that the proof never holds a snapshot open for long.
package struct PostgresProofStore: ProofStore {
    let report: ConnectionPool
    let change: ConnectionPool

    static let timeout: Duration = .seconds(30)
    private static let strayTimeout: Duration = .seconds(1_800)

    package init(pools: PostgresPools) {
        report = pools.report
        change = pools.change
    }

    package func tell(_ failures: [ProofFailure]) async throws(StoreError) {
        guard !failures.isEmpty else { return }
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            ChangeLog.add(
                failures.map {
                    Change(.proofFailed, ChangeKey.text($0.sku.text, $0.location.text, $0.detail))
                }, to: &exchange)
            exchange.add(.commit)
            _ = try session.run(exchange)
        }
    }

    package func balancesToProve(
        after: BalanceKey?, limit: Int, linesMax: Int
    ) async throws(StoreError) -> [BalanceToProve] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            // One statement, so one snapshot: a balance and its lines belong together while others write.
            let rows = try session.query(.proofPage) {
                $0.int8(after?.item.rawValue ?? 0)
                $0.int4(after?.location.rawValue ?? 0)
                $0.int8(Int64(limit))
                $0.int8(Int64(linesMax))
            }
            var page: [BalanceToProve] = []
            for row in rows {
                let key = BalanceKey(balance: row, from: LedgerColumn.count)
                if page.last?.key != key {
                    let balance = Balance(row, from: LedgerColumn.count)
                    page.append(
                        BalanceToProve(key: key, balance: balance, lines: balance.version > linesMax ? nil : []))
                }
                if !row.isNull(LedgerColumn.item.rawValue) { page[page.count - 1].lines?.append(LedgerLine(row)) }
            }
            return page
        }
    }

    package func linesToProve(
        of key: BalanceKey, after: Timestamp?, limit: Int
    ) async throws(StoreError) -> [LedgerLine] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.proofLines) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
                $0.timestamptz(after?.microseconds)
                $0.int8(Int64(limit))
            }.map { LedgerLine($0) }
        }
    }

    package func strayCounts() async throws(StoreError) -> (linesWithoutBalance: Int64, eventsWithoutLine: Int64) {
        try await report.perform(timeout: Self.strayTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.proofPatience)
            let linesAt = exchange.add(.proofStrayLines)
            let eventsAt = exchange.add(.proofStrayEvents)
            exchange.add(.commit)
            let results = try session.run(exchange)
            return (results[linesAt][0].only.int8, results[eventsAt][0].only.int8)
        }
    }

    package func names(of key: BalanceKey) async throws(StoreError) -> (sku: SKU, location: LocationID)? {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.proofNames) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
            }.first.map { row in
                var row = RowCursor(row)
                return (SKU(stored: row.text()), LocationID(stored: row.text()))
            }
        }
    }
}

extension Statement {
    fileprivate static let proofPage = Statement(
        "proof_page", [.int8, .int4, .int8, .int8],
        sql: """
            select \(LedgerColumn.selectList), \(BalanceColumn.selectList)
            from (
                select * from balance
                where (item_id, location_id) > ($1, $2)
                order by item_id, location_id limit $3
            ) b
            left join lateral (
                select m.* from movement m
                where b.version <= $4 and m.item_id = b.item_id and m.location_id = b.location_id
            ) m on true
            order by b.item_id, b.location_id, m.version
            """)

    /// Recorded times rise within a balance, so they page its lines.
    fileprivate static let proofLines = Statement(
        "proof_lines", [.int8, .int4, .timestamptz, .int8],
        sql: """
            select \(LedgerColumn.selectList) from movement m
            where m.item_id = $1 and m.location_id = $2 and ($3::timestamptz is null or m.recorded_at > $3)
            order by m.recorded_at limit $4
            """)

    /// The whole ledger is read, which takes longer than a list may.
    fileprivate static let proofPatience = Statement(
        "proof_patience", sql: "select set_config('statement_timeout', '30min', true)")

    fileprivate static let proofStrayLines = Statement(
        "proof_stray_lines",
        sql: """
            select count(*) from movement m
            where not exists (
                select from balance b where b.item_id = m.item_id and b.location_id = m.location_id)
            """)

    /// A parked line has no ledger line yet but a row of its own; the lines of a whole count, or of a message, have ids
    /// of their own.
    fileprivate static let proofStrayEvents = Statement(
        "proof_stray_events",
        sql: """
            select count(*) from event_key k
            where case
                when k.verdict = \(Verdict.parked.rawValue) then not exists (
                    select from parked_line p where p.source_id = k.source_id and p.event_id = k.event_id)
                when k.verdict = \(wholeCount) then k.sequence is null and not exists (
                    select from stock_count c where c.source_id = k.source_id and c.event_id = k.event_id)
                else not exists (
                    select from movement m
                    where m.item_id = k.item_id and m.location_id = k.location_id
                      and m.recorded_at = k.recorded_at and m.version = k.version)
                end
            """)

    fileprivate static let proofNames = Statement(
        "proof_names", [.int8, .int4],
        sql: "select i.sku, l.id from item i, location l where i.item_id = $1 and l.location_id = $2")
}
