import Inventory
import InventoryService
import Synchronization

/// A store that cannot give out the body of one import, or gives it to somebody else in the midst of its book figures, and
/// does everything else.
struct FailingImportStore: ImportStore {
    let base: any ImportStore
    var failing: ImportID?
    /// Places whose figures are settled before it is lost.
    var placesMax = Int.max
    let releases = Releases()
    private let places = Places()

    init(base: any ImportStore, failing: ImportID? = nil, placesMax: Int = .max) {
        self.base = base
        self.failing = failing
        self.placesMax = placesMax
    }

    private final class Places: Sendable {
        private let settled = Mutex(0)
        func next() -> Int {
            settled.withLock {
                $0 += 1
                return $0
            }
        }
    }

    /// Which imports were given back.
    final class Releases: Sendable {
        private let ids = Mutex<[ImportID]>([])
        var all: [ImportID] { ids.withLock { $0 } }
        func note(_ id: ImportID) { ids.withLock { $0.append(id) } }
    }

    func chunk(_ number: Int, of id: ImportID) async throws(StoreError) -> [UInt8]? {
        if id == failing { throw .unavailable }
        return try await base.chunk(number, of: id)
    }
    func release(_ id: ImportID, afterSeconds seconds: Int64, by worker: String) async throws(StoreError) {
        releases.note(id)
        try await base.release(id, afterSeconds: seconds, by: worker)
    }

    func receive(_ id: ImportID, _ order: ImportOrder) async throws(StoreError) { try await base.receive(id, order) }
    func append(_ bytes: [UInt8], as number: Int, to id: ImportID, bytesReceived: Int64) async throws(StoreError) {
        try await base.append(bytes, as: number, to: id, bytesReceived: bytesReceived)
    }
    func received(_ id: ImportID, digest: Digest, key: RequestKey?) async throws(StoreError) -> ImportReceipt {
        try await base.received(id, digest: digest, key: key)
    }
    func discard(_ id: ImportID) async throws(StoreError) { try await base.discard(id) }
    func claimNext(by worker: String) async throws(StoreError) -> StoredImport? { try await base.claimNext(by: worker) }
    func claim(
        _ id: ImportID, _ order: ImportOrder, bytes: Int64, digest: Digest, by worker: String
    ) async throws(StoreError) -> StoredImport? {
        try await base.claim(id, order, bytes: bytes, digest: digest, by: worker)
    }
    func renew(_ id: ImportID, by worker: String) async throws(StoreError) -> Bool {
        try await base.renew(id, by: worker)
    }
    func checked(_ id: ImportID, recordsTotal: Int64, by worker: String) async throws(StoreError) -> Bool {
        try await base.checked(id, recordsTotal: recordsTotal, by: worker)
    }
    func advance(
        _ id: ImportID, to progress: ImportProgress, _ lines: [ImportReportLine], without heap: FigureHeap?,
        by worker: String
    ) async throws(StoreError) -> Bool {
        if heap != nil, places.next() > placesMax { return false }
        return try await base.advance(id, to: progress, lines, without: heap, by: worker)
    }
    func stage(_ figures: [StagedFigure], of id: ImportID) async throws(StoreError) -> [FigureProblem?] {
        try await base.stage(figures, of: id)
    }
    func heap(of id: ImportID, limit: Int) async throws(StoreError) -> FigureHeap? {
        try await base.heap(of: id, limit: limit)
    }
    func things(named names: [FileNames]) async throws(StoreError) -> [NamedThings] {
        try await base.things(named: names)
    }
    var trial: any TrialStore { base.trial }
    func finish(_ id: ImportID, _ problem: ImportProblem?, by worker: String) async throws(StoreError) -> Bool {
        try await base.finish(id, problem, by: worker)
    }
    func cancel(_ id: ImportID) async throws(StoreError) -> ImportCancellation { try await base.cancel(id) }
    func firstReceived(
        _ id: ImportID, _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> FileReceipt { try await base.firstReceived(id, content, as: reading) }
    func knownReceipt(
        _ content: Digest, as reading: Digest
    ) async throws(StoreError) -> (content: Timestamp?, reading: Timestamp?) {
        try await base.knownReceipt(content, as: reading)
    }
    func deleteBody(_ id: ImportID) async throws(StoreError) { try await base.deleteBody(id) }
    func deleteStale(afterSeconds: Int64) async throws(StoreError) -> Int {
        try await base.deleteStale(afterSeconds: afterSeconds)
    }
    func importJob(_ id: ImportID) async throws(StoreError) -> StoredImport? { try await base.importJob(id) }
    func imports(_ page: PageRequest) async throws(StoreError) -> Page<StoredImport> { try await base.imports(page) }
    func report(
        _ id: ImportID, verdict: ImportVerdict?, after line: Int64, limit: Int
    ) async throws(StoreError) -> [ImportReportLine] {
        try await base.report(id, verdict: verdict, after: line, limit: limit)
    }
}
