/// Every advisory lock that the program takes, and what waits for what behind it.
///
/// PostgreSQL's advisory locks belong to a database. Ours belong to a schema of it, the first of the connection's
/// `search_path` that there is: so several schemas in one database do not wait for one another. A key is a 64-bit hash of
/// the schema, the lock and what is locked; should two keys ever be one, their owners wait for each other and no more.
enum AdvisoryLock: Int, CaseIterable {
    /// Migrators, one after the other; held to the end of the session.
    case migration = 7_021_000
    /// Makers of ledger partitions. Taken in SQL, by `movement_partitions_ensure`.
    case partitions = 7_021_001
    /// Writers of one item, location, group, source, alias, rule or supply. Bulk loads of items or aliases lock the kind
    /// alone; changes of one of them share that lock.
    case catalogObject = 7_021_002
    /// First lines of balances, and complete counts of their location.
    case completeCounts = 7_021_003
    /// Promises, and changes of statuses and capabilities that promises are decided on.
    case places = 7_021_004
    /// Promises to one owner.
    case owner = 7_021_005
    /// Shipments from a location with a daily capacity.
    case shippingCapacity = 7_021_006
    /// Those who finish figures of one source.
    case reconciliationTurn = 7_021_007
    /// Imports that are started under one Idempotency-Key.
    case importKey = 7_021_008
    /// Those who give positions to commits and tell what became of availability.
    case feed = 7_021_009

    /// The key as SQL.
    /// - Parameter what: an expression that gives the part that is locked, of any type that can be text; nil for all.
    func key(_ what: String? = nil) -> String {
        let part = what.map { " || '/' || \($0)" } ?? ""
        return "hashtextextended(current_schema()\(part), \(rawValue))"
    }

    /// SQL that takes the lock alone, to the end of the transaction.
    func exclude(_ what: String? = nil) -> String { "pg_advisory_xact_lock(\(key(what)))" }

    /// SQL that takes the lock together with all others who share it, to the end of the transaction.
    func share(_ what: String? = nil) -> String { "pg_advisory_xact_lock_shared(\(key(what)))" }

    /// SQL that takes the lock alone, to the end of the session.
    func excludeInSession() -> String { "pg_advisory_lock(\(key()))" }
}
