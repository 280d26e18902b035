package import Inventory
package import InventoryService
import LibPQ

/// Imports on PostgreSQL: how their bodies come in and who works on them. Mappings, reports and master data are in
/// files of their own.
package struct PostgresImportStore: ImportStore, ImportMappingStore {
    let change: ConnectionPool
    let read: ConnectionPool
    let report: ConnectionPool
    let maintenance: ConnectionPool
    /// How objects with versions are changed.
    let master: PostgresCatalogStore

    static let timeout: Duration = .seconds(10)
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
        maintenance = pools.maintenance
        master = PostgresCatalogStore(pools: pools)
    }

    // MARK: - Receiving

    package func receive(_ id: ImportID, _ order: ImportOrder) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.importReceive) {
                for column in ImportOrderColumn.allCases { column.write(id, order, to: &$0) }
            }
        }
    }

    package func append(
        _ bytes: [UInt8], as number: Int, to id: ImportID, bytesReceived: Int64
    ) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            // First, so that a cancellation waits for this piece, or this piece finds it.
            exchange.add(.importTouch) {
                $0.text(id.text)
                $0.int8(bytesReceived)
            }
            exchange.add(.importChunkAppend) {
                $0.text(id.text)
                $0.int4(Int32(number))
                $0.bytea(bytes)
            }
            exchange.add(.commit)
            _ = try session.run(exchange)
        }
    }

    package func received(_ id: ImportID, digest: Digest, key: RequestKey?) async throws(StoreError) -> ImportReceipt {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.begin)
            if let key {
                _ = try session.query(.importKeyLock) { $0.text(key.text.text) }
                let found = try session.query(.importByKey) { $0.text(key.text.text) }.first
                if let found, ColumnReader<ImportColumn>(found).text(.id) != id.text {
                    _ = try session.query(.importDiscard) { $0.text(id.text) }
                    _ = try session.query(.commit)
                    let fingerprint = ColumnReader<ImportColumn>(found).byteaIfPresent(.fingerprint)
                    return fingerprint == key.fingerprint.bytes ? .known(StoredImport(found)) : .keyReused
                }
            }
            let rows = try session.query(.importReceived) {
                $0.text(id.text)
                $0.bytea(digest.bytes)
                $0.text(key?.text.text)
                $0.bytea(key?.fingerprint.bytes)
            }
            guard let row = rows.first else { throw .protocolViolation("a body was received of no import") }
            _ = try session.query(.commit)
            return .accepted(StoredImport(row))
        }
    }

    package func discard(_ id: ImportID) async throws(StoreError) {
        let isDeleted = try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try !session.query(.importDiscard) { $0.text(id.text) }.isEmpty
        }
        // Without its row nobody can receive or run it any more. With it, the body is somebody's.
        if isDeleted { try await deleteBody(id) }
    }

    package func deleteBody(_ id: ImportID) async throws(StoreError) {
        var deleted = 0
        repeat {
            deleted = try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
                try session.query(.importBodyDelete) {
                    $0.text(id.text)
                    $0.int8(Self.piecesPerDelete)
                }.count
            }
        } while deleted > 0
    }

    /// Pieces of a body that one statement deletes: they are long.
    private static let piecesPerDelete: Int64 = 64
    /// Bodies that one sweep deletes.
    private static let bodiesPerSweep: Int64 = 10

    package func chunk(_ number: Int, of id: ImportID) async throws(StoreError) -> [UInt8]? {
        try await maintenance.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importChunkRead) {
                $0.text(id.text)
                $0.int4(Int32(number))
            }.first?.only.bytea
        }
    }

    // MARK: - Running

    package func claimNext(by worker: String) async throws(StoreError) -> StoredImport? {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importClaimNext) { $0.text(worker) }.first.map(StoredImport.init)
        }
    }

    package func claim(
        _ id: ImportID, _ order: ImportOrder, bytes: Int64, digest: Digest, by worker: String
    ) async throws(StoreError) -> StoredImport? {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.importKeep) {
                $0.int8(bytes)
                $0.bytea(digest.bytes)
                for column in ImportOrderColumn.allCases { column.write(id, order, to: &$0) }
            }
            // One that is finished begins again: what it applied is answered as such.
            exchange.add(.importReportClear) { $0.text(id.text) }
            let claimedAt = exchange.add(.importClaim) {
                $0.text(id.text)
                $0.text(worker)
            }
            exchange.add(.commit)
            return try session.run(exchange)[claimedAt].first.map(StoredImport.init)
        }
    }

    package func firstReceived(
        _ id: ImportID, _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> FileReceipt {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            // Seen by the second statement, which one statement for both would not do.
            _ = try session.query(.importReadingKeep) {
                $0.text(id.text)
                $0.bytea(content.bytes)
                $0.bytea(reading.bytes)
            }
            let rows = try session.query(.importReadingFirst) {
                $0.bytea(content.bytes)
                $0.bytea(reading.bytes)
            }
            guard let first = rows.first else { throw .protocolViolation("a reading that was kept is not there") }
            var row = RowCursor(first)
            return FileReceipt(content: row.requiredTimestamp(), reading: row.requiredTimestamp())
        }
    }

    package func knownReceipt(
        _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> (content: Timestamp?, reading: Timestamp?) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            let rows = try session.query(.importReadingFirst) {
                $0.bytea(content.bytes)
                $0.bytea(reading.bytes)
            }
            var row = RowCursor(rows[0])
            return (row.timestamp(), row.timestamp())
        }
    }

    package func renew(_ id: ImportID, by worker: String) async throws(StoreError) -> Bool {
        try await change(.importRenew, id, worker) { _ in }
    }

    package func checked(_ id: ImportID, recordsTotal: Int64, by worker: String) async throws(StoreError) -> Bool {
        try await change(.importChecked, id, worker) { $0.int8(recordsTotal) }
    }

    package func finish(
        _ id: ImportID, _ problem: ImportProblem?, by worker: String
    ) async throws(StoreError) -> Bool {
        try await change(.importFinish, id, worker) {
            $0.text(problem?.code)
            $0.text(problem?.detail)
            $0.int8(problem?.line)
        }
    }

    package func cancel(_ id: ImportID) async throws(StoreError) -> ImportCancellation {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            if let row = try session.query(.importCancel, { $0.text(id.text) }).first {
                return .cancelled(StoredImport(row))
            }
            // It had ended; of what has ended only `holdfast import` begins anew.
            guard let row = try session.query(.importRead, { $0.text(id.text) }).first else { return .notFound }
            let job = StoredImport(row)
            return job.state == .cancelled ? .cancelled(job) : .tooLate(job)
        }
    }

    package func release(_ id: ImportID, afterSeconds seconds: Int64, by worker: String) async throws(StoreError) {
        _ = try await change(.importRelease, id, worker) { $0.int8(seconds) }
    }

    /// - Returns: whether the import is still this worker's.
    private func change(
        _ statement: Statement, _ id: ImportID, _ worker: String,
        _ values: @escaping @Sendable (inout ParameterWriter) -> Void
    ) async throws(StoreError) -> Bool {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            let rows = try session.query(statement) {
                $0.text(id.text)
                $0.text(worker)
                values(&$0)
            }
            return !rows.isEmpty
        }
    }

    package func advance(
        _ id: ImportID, to progress: ImportProgress, _ lines: [ImportReportLine], without heap: FigureHeap?,
        by worker: String
    ) async throws(StoreError) -> Bool {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.begin)
            let rows = try session.query(.importAdvance) {
                $0.text(id.text)
                $0.text(worker)
                $0.int8(progress.recordsDone)
                $0.int8s(progress.counts.values)
                $0.texts(progress.skipped.map { $0.reason })
                $0.int8s(progress.skipped.map { $0.count })
                $0.int4(Int32(progress.reported))
                $0.bool(progress.isReportTruncated)
            }
            guard !rows.isEmpty else {
                _ = try session.query(.rollback)
                return false
            }
            var exchange = Exchange()
            if !lines.isEmpty {
                exchange.add(.importReportAppend) {
                    $0.text(id.text)
                    for column in ImportReportColumn.allCases { column.write(lines, to: &$0) }
                }
            }
            if let heap { exchange.add(.importFiguresForget) { $0.figures(heap, of: id) } }
            exchange.add(.commit)
            _ = try session.run(exchange)
            return true
        }
    }

    package func deleteStale(afterSeconds: Int64) async throws(StoreError) -> Int {
        let stale = try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importsDeleteStale) { $0.int8(afterSeconds) }.count
        }
        let left = try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importBodiesLeft) { $0.int8(Self.bodiesPerSweep) }.map { ImportID(stored: $0.only.text) }
        }
        for id in left { try await deleteBody(id) }
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.importFiguresLeft)
        }
        return stale
    }
}
