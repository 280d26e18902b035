package import Inventory
package import InventoryService
import LibPQ

/// Reconciliations on PostgreSQL: how they are stored and gone through. The statements are in `ReconciliationStatements`,
/// lists in `PostgresReconciliationStore+Lists`.
package struct PostgresReconciliationStore: ReconciliationStore {
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
        _ posted: PostedReconciliation, from source: SourceNumber
    ) async throws(StoreError) -> Result<(stored: StoredReconciliation, isNew: Bool), ReconciliationRejection> {
        let id = ReconciliationID(source: posted.source, event: posted.event, sha256)
        return try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            func stored() throws(PQError) -> Row? {
                try session.query(.reconciliationRead) { $0.bytea(id.bytes) }.first
            }
            func known(_ row: Row) -> Result<(stored: StoredReconciliation, isNew: Bool), ReconciliationRejection> {
                let fingerprint = ColumnReader<ReconciliationColumn>(row).bytea(.fingerprint)
                guard fingerprint == posted.fingerprint.bytes else {
                    return .failure(.reused)
                }
                return .success((StoredReconciliation(row), false))
            }
            if let row = try stored() { return known(row) }
            var exchange = Exchange()
            exchange.add(.begin)
            let clockAt = exchange.add(.clockRead)
            let placeAt = exchange.add(.reconciliationPlace) { $0.text(posted.completeAt?.text) }
            let results = try session.run(exchange)
            let now = results[clockAt][0].only.timestamp
            let place = results[placeAt].first?.only.int4
            guard posted.asOf <= now, posted.completeAt == nil || place != nil else {
                _ = try session.query(.rollback)
                return .failure(posted.asOf > now ? .inFuture(now: now) : .unknownLocation)
            }
            let taken = try session.query(.reconciliationAppend) { $0.reconciliation(posted, id, source) }
            guard taken.affectedCount == 1 else {
                _ = try session.query(.rollback)
                // Another process was faster by a moment.
                guard let row = try stored() else { return .failure(.reused) }
                return known(row)
            }
            exchange = Exchange()
            exchange.add(.reconciliationLinesAppend) { $0.lines(posted, id, source) }
            if let place { exchange.add(.reconciliationUnlistedAppend) { $0.unlisted(posted, id, at: place) } }
            exchange.add(.reconciliationPlacesAppend) { $0.bytea(id.bytes) }
            let readAt = exchange.add(.reconciliationRead) { $0.bytea(id.bytes) }
            ChangeLog.add([Change(.reconciliation, id.description)], to: &exchange)
            exchange.add(.commit)
            return .success((StoredReconciliation(try session.run(exchange)[readAt][0]), true))
        }
    }

    package func waiting(
        _ reconciliation: StoredReconciliation, after line: Int, limit: Int, wait: Duration
    ) async throws(StoreError) -> [WaitingPair] {
        let reach = reconciliation.inFlightSeconds * 1_000_000
        return try await maintenance.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.query(.reconciliationCompare) {
                $0.comparison(of: reconciliation, after: line, limit: limit, wait: wait)
            }.map { WaitingPair($0, asOf: reconciliation.asOf, inFlightMicroseconds: reach) }
        }
    }

    package func keep(_ id: ReconciliationID, _ pairs: [ComparedPair]) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.reconciliationCompared) {
                $0.bytea(id.bytes)
                for column in ComparedPairColumn.allCases { column.write(pairs, to: &$0) }
            }
        }
    }

    package func dueCorrections(
        _ id: ReconciliationID, after line: Int, limit: Int
    ) async throws(StoreError) -> [DueCorrection] {
        try await maintenance.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.query(.reconciliationDue) {
                $0.bytea(id.bytes)
                $0.int4(Int32(line))
                $0.int8(Int64(limit))
            }.map(DueCorrection.init)
        }
    }

    package func keep(_ id: ReconciliationID, _ corrections: [DoneCorrection]) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.reconciliationCorrected) {
                $0.bytea(id.bytes)
                $0.int4s(corrections) { Int32($0.line) }
                $0.int8s(corrections) { $0.version }
                $0.int8s(corrections) { $0.sequence }
                $0.texts(corrections) { $0.problem }
            }
        }
    }

    package func compareAgain(
        _ id: ReconciliationID, _ corrections: [DueCorrection], times: Int, problem: String
    ) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.reconciliationCompareAgain) {
                $0.bytea(id.bytes)
                $0.int4s(corrections) { Int32($0.line) }
                $0.int8s(corrections) { $0.version }
                $0.int4(Int32(times))
                $0.text(problem)
            }
        }
    }

    package func finish(_ id: ReconciliationID) async throws(StoreError) -> Bool {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.begin)
            _ = try session.query(.reconciliationTurn) { $0.bytea(id.bytes) }
            // The row's lock makes two that finish it take turns; the second finds it done.
            guard try session.query(.reconciliationLock, { $0.bytea(id.bytes) }).count == 1 else {
                _ = try session.query(.rollback)
                return true
            }
            guard try session.query(.reconciliationWaits, { $0.bytea(id.bytes) }).isEmpty else {
                _ = try session.query(.rollback)
                return false
            }
            var exchange = Exchange()
            exchange.add(.reconciliationFinish) { $0.bytea(id.bytes) }
            exchange.add(.reconciliationPlacesFinish) { $0.bytea(id.bytes) }
            let openedAt = exchange.add(.reconciliationExceptionsOpen) { $0.bytea(id.bytes) }
            let closedAt = exchange.add(.reconciliationExceptionsClose) { $0.bytea(id.bytes) }
            let results = try session.run(exchange)
            var changed = [Change(.reconciliation, id.description)]
            for row in results[openedAt] { changed.append(.exception(row.only.text)) }
            for row in results[closedAt] { changed.append(.exception(row.only.text)) }
            exchange = Exchange()
            ChangeLog.add(changed, to: &exchange)
            exchange.add(.commit)
            _ = try session.run(exchange)
            return true
        }
    }

    package func tellOfAwaited(wait: Duration, limit: Int) async throws(StoreError) -> Int {
        let lines = try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            let turnsAt = exchange.add(.reconciliationAwaitedTurns)
            // Of others figures may be finished meanwhile, which nobody here would see.
            let sources = try session.run(exchange)[turnsAt].map { row in
                var row = RowCursor(row)
                return row.int4()
            }
            exchange = Exchange()
            let openedAt = exchange.add(.reconciliationAwaitedOpen) {
                $0.float8(Double(wait.components.seconds))
                $0.int8(Int64(limit))
                $0.int4s(sources)
            }
            exchange.add(.commit)
            return try session.run(exchange)[openedAt][0].only.int8
        }
        return Int(lines)
    }
}

extension ParameterWriter {
    mutating func comparison(
        of reconciliation: StoredReconciliation, after line: Int, limit: Int, wait: Duration
    ) {
        let reach = reconciliation.inFlightSeconds * 1_000_000
        bytea(reconciliation.id.bytes)
        int4(Int32(line))
        int8(Int64(limit))
        timestamptz(reconciliation.asOf.microseconds)
        timestamptz(reconciliation.asOf.advanced(byMicroseconds: -reach).microseconds)
        timestamptz(reconciliation.asOf.advanced(byMicroseconds: reach).microseconds)
        text(reconciliation.source.text)
        float8(Double(wait.components.seconds))
    }

    mutating func reconciliation(
        _ posted: PostedReconciliation, _ id: ReconciliationID, _ source: SourceNumber
    ) {
        bytea(id.bytes)
        int4(source.rawValue)
        text(posted.event.text)
        bytea(posted.fingerprint.bytes)
        timestamptz(posted.asOf.microseconds)
        bool(posted.completeAt != nil)
        int4(Int32(posted.inFlightSeconds))
        bool(posted.corrects)
    }

    /// - Parameter place: at which it is complete.
    mutating func unlisted(_ posted: PostedReconciliation, _ id: ReconciliationID, at place: Int32) {
        bytea(id.bytes)
        int4(place)
        int4(Int32(posted.lines.count))
    }

    mutating func lines(
        _ posted: PostedReconciliation, _ id: ReconciliationID, _ source: SourceNumber
    ) {
        bytea(id.bytes)
        int4(source.rawValue)
        texts(posted.lines) { if case .sku(let sku) = $0.item { sku.text } else { nil } }
        texts(posted.lines) { if case .code(let system, _) = $0.item { system?.text } else { nil } }
        texts(posted.lines) { if case .code(_, let code) = $0.item { code.text } else { nil } }
        texts(posted.lines) { $0.location.id?.text }
        texts(posted.lines) { $0.location.codeSystem?.text }
        texts(posted.lines) { if case .code(_, let code) = $0.location { code.text } else { nil } }
        int8s(posted.lines) { $0.quantity }
    }
}
