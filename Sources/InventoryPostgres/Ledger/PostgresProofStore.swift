package import Inventory
package import InventoryService
import LibPQ

/// Reads the whole database in short pages, so that the proof never holds a snapshot open for long.
package struct PostgresProofStore: ProofStore {
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(30)
    private static let strayTimeout: Duration = .seconds(1_800)

    package init(pools: PostgresPools) { report = pools.report }

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
                let key = BalanceKey(
                    item: ItemNumber(row.int8(LedgerLine.columnCount)),
                    location: LocationNumber(row.int4(LedgerLine.columnCount + 1)))
                if page.last?.key != key {
                    let balance = Balance(proved: row, from: LedgerLine.columnCount + 2)
                    page.append(
                        BalanceToProve(key: key, balance: balance, lines: balance.version > linesMax ? nil : []))
                }
                if !row.isNull(0) { page[page.count - 1].lines?.append(LedgerLine(row)) }
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
            }.map(LedgerLine.init)
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
            return (results[linesAt][0].int8(0), results[eventsAt][0].int8(0))
        }
    }

    package func names(of key: BalanceKey) async throws(StoreError) -> (sku: SKU, location: LocationID)? {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.proofNames) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
            }.first.map { (SKU(stored: $0.text(0)), LocationID(stored: $0.text(1))) }
        }
    }
}

extension Balance {
    fileprivate init(proved row: Row, from first: Int32) {
        self.init(
            figures: Figures(
                onHand: row.int8(first), damaged: row.int8(first + 2), inspection: row.int8(first + 3),
                suspect: row.int8(first + 4), inTransit: row.int8(first + 5), reserved: row.int8(first + 1)),
            version: row.int8(first + 6), chainHead: Digest(stored: row.bytea(first + 7)))
    }
}

extension Statement {
    fileprivate static let proofPage = Statement(
        "proof_page", [.int8, .int4, .int8, .int8],
        sql: """
            select \(LedgerLine.columns), b.item_id, b.location_id, b.on_hand, b.reserved, b.damaged, b.inspection,
                   b.suspect, b.in_transit, b.version, b.chain_head
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
            select \(LedgerLine.columns) from movement m
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

    /// Verdict 5 is a parked line, which has no ledger line yet but a row of its own; 100 is a whole count, whose lines have
    /// ids of their own.
    fileprivate static let proofStrayEvents = Statement(
        "proof_stray_events",
        sql: """
            select count(*) from event_key k
            where case
                when k.verdict = 5 then not exists (
                    select from parked_line p where p.source_id = k.source_id and p.event_id = k.event_id)
                when k.verdict = 100 then not exists (
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
