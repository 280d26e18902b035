import Inventory
import InventoryService
import LibPQ

/// Master data on PostgreSQL. Changes take the writing connections and one transaction each; every change of
/// something that exists raises the config epoch in it.
package struct PostgresCatalogStore: CatalogStore {
    let change: ConnectionPool
    let read: ConnectionPool
    let report: ConnectionPool
    /// Every change is taken back once it is known what came of it.
    private var isTrial = false

    static let timeout: Duration = .seconds(5)
    static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
    }

    /// The same, which says what would come of a change and changes nothing.
    var trial: PostgresCatalogStore {
        var store = self
        store.isTrial = true
        return store
    }

    /// Runs a change of one object in one transaction, and ends it in the change log and the audit. A rejection rolls it back. Changes of
    /// one object wait for each other, those that create it too, for which there is no row to lock yet.
    /// - Parameters:
    ///   - actor: who does it; nil in mode `open`, and what Holdfast does itself.
    ///   - kind: the lock that bulk loads of its kind take alone; shared here.
    ///   - obeyed: grants obey what changes, so those under way end first, and all such changes take turns. Taken before
    ///     any row, and before any name is looked up that another such change may take away.
    ///   - changes: what is changed, of an answer; none of what was put as it is.
    ///   - settled: what is there now, of an answer: exceptions that asked for it close.
    ///   - exceptions: keys of exceptions that the body opened, changed or closed, of an answer.
    func change<Value: Sendable>(
        by actor: ActorName?, of object: String, among kind: String? = nil, obeyed: Bool = false,
        changes: @escaping @Sendable (Value) -> [MasterChange],
        settled: @escaping @Sendable (Value) -> [MissingThing] = { _ in [] },
        exceptions: @escaping @Sendable (Value) -> [String] = { _ in [] },
        _ body: @escaping @Sendable (Session) throws(PQError) -> MasterResult<Value>
    ) async throws(StoreError) -> MasterResult<Value> {
        let isTrial = isTrial
        return try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            if let kind { exchange.add(.kindLock) { $0.text(kind) } }
            exchange.add(.objectLock) { $0.text(object) }
            if obeyed { exchange.add(.placesExclude) }
            _ = try session.run(exchange)
            let result = try body(session)
            guard case .success(let value) = result, !isTrial else {
                _ = try session.query(.rollback)
                return result
            }
            let changed = changes(value)
            var logged = changed.map(\.change) + exceptions(value).map { .exception($0) }
            let settled = settled(value)
            if !settled.isEmpty {
                let closed = try session.query(.exceptionSettle) { $0.texts(settled.map { $0.dedupeKey }) }
                for row in closed { logged.append(.exception(row.only.text)) }
            }
            exchange = Exchange()
            ChangeLog.add(logged, to: &exchange)
            AuditLog.add(changed, by: actor, to: &exchange)
            exchange.add(.commit)
            _ = try session.run(exchange)
            return result
        }
    }

    /// One page by key: reads one row more than asked for, to know whether more follow.
    func page<Element: Sendable>(
        _ request: PageRequest, list: Statement, count: Statement,
        filter: @escaping @Sendable (inout ParameterWriter) -> Void = { _ in },
        after: @escaping @Sendable (inout ParameterWriter) -> Void,
        _ element: @escaping @Sendable (Row) -> Element
    ) async throws(StoreError) -> Page<Element> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange.ofList(counted: request.includesTotal)
            let listed = exchange.add(list) {
                filter(&$0)
                after(&$0)
                $0.int8(Int64(request.limit + 1))
            }
            let counted = request.includesTotal ? exchange.add(count, filter) : nil
            exchange.endList()
            let results = try session.run(exchange)
            let rows = results[listed]
            return Page(
                elements: rows.prefix(request.limit).map(element), hasMore: rows.count > request.limit,
                total: counted.map { results[$0][0].only.int8 })
        }
    }

    /// Batches with grants that have read what changes here end first, and later ones see it: so a grant obeys it from
    /// its commit on.
    func raiseEpoch(on session: Session) throws(PQError) {
        _ = try session.query(.placesExclude)
        _ = try session.query(.configEpochRaise)
    }
}

/// An object that was locked or stored: its version and its number.
struct VersionedRow {
    let version: Int64
    let number: Int32

    init(_ row: Row) {
        var row = RowCursor(row)
        version = row.int8()
        number = row.int4()
    }
}

extension Statement {
    fileprivate static let objectLock = Statement(
        "object_lock", [.text], sql: "select \(AdvisoryLock.catalogObject.exclude("$1"))")

    fileprivate static let kindLock = Statement(
        "kind_lock", [.text], sql: "select \(AdvisoryLock.catalogObject.share("$1"))")

    static let configEpochRaise = Statement(
        "config_epoch_raise", sql: "update config_epoch set epoch = epoch + 1")
}
