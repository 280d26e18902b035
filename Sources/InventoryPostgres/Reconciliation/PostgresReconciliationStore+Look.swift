import Inventory
package import InventoryService
import LibPQ

/// What figures would come to, of which nothing is kept.
extension PostgresReconciliationStore {
    /// Pairs that one statement compares.
    private static let pairsPerStep = 500

    /// The same statements as for figures that are kept, in a transaction that is taken back: so both find the same.
    package func look(
        at posted: PostedReconciliation, wait: Duration
    ) async throws(StoreError) -> Result<(stored: StoredReconciliation, lines: [LookedAtLine]), ReconciliationRejection>
    {
        // Another's id, so that figures that are kept already do not stand in the way.
        let id = ReconciliationID(
            source: .holdfast, event: EventID(stored: "look/\(posted.source)/\(posted.event)"), sha256)
        return try await maintenance.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            let clockAt = exchange.add(.clockRead)
            let sourceAt = exchange.add(.reconciliationLookSource) { $0.text(posted.source.text) }
            let placeAt = exchange.add(.reconciliationPlace) { $0.text(posted.completeAt?.text) }
            let results = try session.run(exchange)
            let now = results[clockAt][0].only.timestamp
            let place = results[placeAt].first?.only.int4
            guard posted.asOf <= now, posted.completeAt == nil || place != nil else {
                _ = try session.query(.rollback)
                return .failure(posted.asOf > now ? .inFuture(now: now) : .unknownLocation)
            }
            // A source that nobody knows has no authority and no codes of its own.
            let known = results[sourceAt].first?.only.int4
            let source = known.map { SourceNumber($0) } ?? .holdfast
            exchange = Exchange()
            exchange.add(.reconciliationAppend) { $0.reconciliation(posted, id, source) }
            exchange.add(.reconciliationLinesAppend) { $0.lines(posted, id, source) }
            if let place { exchange.add(.reconciliationUnlistedAppend) { $0.unlisted(posted, id, at: place) } }
            let readAt = exchange.add(.reconciliationRead) { $0.bytea(id.bytes) }
            var stored = StoredReconciliation(try session.run(exchange)[readAt][0])
            stored.source = posted.source
            stored.isAuthoritative = stored.isAuthoritative && known != nil
            var lines: [LookedAtLine] = []
            var last = -1
            while true {
                let pairs = try session.query(.reconciliationCompare) {
                    $0.comparison(of: stored, after: last, limit: Self.pairsPerStep, wait: wait)
                }.map {
                    WaitingPair($0, asOf: stored.asOf, inFlightMicroseconds: stored.inFlightSeconds * 1_000_000)
                }
                guard let end = pairs.last else { break }
                let named = try session.query(.reconciliationLookNames) {
                    $0.bytea(id.bytes)
                    $0.int4s(pairs) { Int32($0.line) }
                }
                for (pair, row) in zip(pairs, named) {
                    var row = RowCursor(row)
                    let (sku, location) = (SKU(stored: row.text()), LocationID(stored: row.text()))
                    lines.append(.comparable(pair, sku: sku, location: location))
                }
                last = end.line
            }
            let unknown = try session.query(.reconciliationLinesUnknown) { $0.bytea(id.bytes) }.map(ReconciledLine.init)
            _ = try session.query(.rollback)
            lines += unknown.map { .unknown($0) }
            return .success((stored, lines.sorted { $0.number < $1.number }))
        }
    }
}

extension LookedAtLine {
    fileprivate var number: Int {
        switch self {
        case .comparable(let pair, _, _): pair.line
        case .unknown(let line): line.number
        }
    }
}

extension Statement {
    fileprivate static let reconciliationLookSource = Statement(
        "reconciliation_look_source", [.text], sql: "select source_id from source where id = $1")

    /// One row for each, in the order of the lines.
    fileprivate static let reconciliationLookNames = Statement(
        "reconciliation_look_names", [.bytea, .int4Array],
        sql: """
            select i.sku, p.id
            from reconciliation_line l join item i using (item_id) join location p on p.location_id = l.location_id
            where l.reconciliation_id = $1 and l.line = any ($2)
            order by l.line
            """)
}
