import Inventory
import LibPQ

/// The one seam that every change passes: each transaction that changes something observable appends one row to
/// `commit_log`, as the last thing that it writes or after its locks are held. So the row's number is drawn with the
/// locks held, and of two changes of one thing the later has the higher number.
///
/// A batch's ledger lines need no naming, since their sequences begin with the commit's number.
enum ChangeLog {
    /// Ends a transaction beside batches.
    /// - Parameter changes: what it changed. No row is written where it is empty.
    static func add(_ changes: [Change], to exchange: inout Exchange) {
        guard !changes.isEmpty else { return }
        exchange.add(.changeAppend) {
            $0.int2s(changes) { $0.kind.rawValue }
            $0.texts(changes) { $0.key }
        }
    }

    /// Names the changes that a part of a statement returns.
    struct Source {
        fileprivate let select: String

        /// - Parameters:
        ///   - part: the name of a part that returns what it changed.
        ///   - key: an SQL expression on it.
        init(_ kind: ChangeKind, of part: String, key: String = "dedupe_key") {
            select = "select \(kind.rawValue)::int2 as kind, (\(key))::text as key from \(part)"
        }
    }

    /// The same for a statement that is a transaction of its own: the part `logged` of its `with`. It waits for all rows
    /// of the parts named, so their locks are held when the number is drawn.
    static func logged(_ sources: Source...) -> String {
        """
        logged as (
            insert into commit_log (\(beside.joined(separator: ", ")))
            select clock_timestamp(), 0, '{}'::int8[], array_agg(change.kind), array_agg(change.key)
            from (\(sources.map(\.select).joined(separator: " union all "))) change
            having count(*) > 0
        )
        """
    }

    /// Without lines and with no items, rather than unknown ones: bands of items that are remembered stay.
    fileprivate static let beside = ["recorded_at", "lines", "items", "change_kinds", "change_keys"]

    /// What a batch writes; `rows` gives it.
    static func batch(_ rows: String, naming: Bool) -> String {
        let named = naming ? ", change_kinds, change_keys" : ""
        return """
            insert into commit_log (recorded_at, last_recorded_at, lines, items, locations\(named))
            \(rows) returning commit_id
            """
    }
}

extension Statement {
    fileprivate static let changeAppend = Statement(
        "change_append", [.int2Array, .textArray],
        sql: """
            insert into commit_log (\(ChangeLog.beside.joined(separator: ", ")))
            values (clock_timestamp(), 0, '{}', $1, $2)
            """)

    /// The identity is drawn here, while the batch holds its balance locks: for one balance, numbers follow commits.
    static let commitAppend = Statement(
        "commit_append", [.timestamptz, .timestamptz, .int4, .int8Array, .int4Array, .int2Array, .textArray],
        sql: ChangeLog.batch("values ($1, $2, $3, $4, $5, $6, $7)", naming: true))
}

extension Changes {
    /// What the batch changes beside ledger lines.
    /// - Parameters:
    ///   - snapshot: that it was decided on, which has the names of its balances, and how things were.
    ///   - now: of the batch.
    func besideLines(named snapshot: Snapshot, at now: Timestamp) -> [Change] {
        var found: [Change] = []
        for (id, reservation) in reservations {
            found += Self.changes(
                id.description, reservation.events(since: snapshot.reservations[id], at: now), else: .reservation)
        }
        for (id, transfer) in transfers {
            found += Self.changes(id.description, transfer.events(since: snapshot.transfers[id]), else: .transfer)
        }
        for id in supplied.keys { found.append(Change(.expectedSupply, id.text)) }
        for count in counts { found.append(Change(.countRecorded, count.id.description)) }
        for exception in exceptions { found.append(.exception(exception.dedupeKey)) }
        for missing in noLongerMissing { found.append(.exception(missing.dedupeKey)) }
        for key in settledExceptions.keys { found.append(.exception(key)) }
        found += countTasks(named: snapshot)
        found += clearedAlarms
        return found
    }

    private static func changes(_ key: String, _ events: [EventType], else kind: ChangeKind) -> [Change] {
        events.isEmpty ? [Change(kind, key)] : events.map { Change(ChangeKind($0) ?? kind, key) }
    }

    /// Tasks to count something: those that it sets, and those that its counts may have done.
    private func countTasks(named snapshot: Snapshot) -> [Change] {
        var keys = Set(countTasks.keys)
        for (line, change) in countLines where change.isStated { keys.insert(line.balance) }
        guard !keys.isEmpty else { return [] }
        var found: [Change] = []
        for name in snapshot.names.values.lazy.flatMap(\.balances) where keys.remove(name.key) != nil {
            found.append(Change(.countTask, ChangeKey.text(name.sku.text, name.location.text)))
        }
        return found
    }

    /// Exceptions that close when their causes go, where there are any.
    var clearedAlarms: [Change] {
        var found: [Change] = []
        for (key, alarm) in pendingAlarms where alarm == nil {
            let (item, location) = (key.balance.item.rawValue, key.balance.location.rawValue)
            found.append(.exception("\(key.type.rawValue):\(item):\(location)"))
        }
        return found
    }
}
