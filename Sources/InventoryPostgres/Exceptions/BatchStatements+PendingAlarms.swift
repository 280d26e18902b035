import LibPQ

/// What a batch writes of causes that people may have to look at. A part of a statement too, since the gate writes new causes
/// in its one statement.
extension Statement {
    static let pendingAlarmColumns: [PQType] = [
        .int8Array, .int4Array, .textArray, .timestamptzArray, .int8Array, .byteaArray, .int4Array,
    ]

    static let pendingAlarmNote = Statement(
        "pending_alarm_note", pendingAlarmColumns,
        sql: pendingAlarmUpsert(
            "(select currval(pg_get_serial_sequence('commit_log', 'commit_id')))", from: "", parameters: 1))

    /// The cause is gone. Waits for a sweep that has just made an exception of it; that is closed by the next statement,
    /// which sees it.
    static let pendingAlarmClear = Statement(
        "pending_alarm_clear", [.int8Array, .int4Array, .textArray],
        sql: """
            delete from pending_alarm w
            using unnest($1, $2, $3) as cleared(item_id, location_id, type)
            where w.item_id = cleared.item_id and w.location_id = cleared.location_id and w.type = cleared.type
            """)

    /// What the alarms with these keys had become.
    static let pendingAlarmSettle = Statement(
        "pending_alarm_settle", [.textArray],
        sql: ExceptionSQL.close(
            from: "unnest($1) as gone(dedupe_key)", where: "e.dedupe_key = gone.dedupe_key",
            resolution: "'closed by itself: its cause is gone'"))

    /// A cause that changes is looked at afresh. Line numbers become sequences as those of the ledger do.
    /// - Parameters:
    ///   - commit: the number of the commit.
    ///   - tables: what stands between `from` and the arrays.
    ///   - first: the number of the first array.
    static func pendingAlarmUpsert(_ commit: String, from tables: String, parameters first: Int) -> String {
        """
        insert into pending_alarm as w (item_id, location_id, type, instant, units, count_id, sequence)
        select new.item_id, new.location_id, new.type, new.instant, new.units, new.count_id,
               \(commit) * 65536 + new.line
        from \(tables) unnest(\(arrays(pendingAlarmColumns, first))) as new(
            item_id, location_id, type, instant, units, count_id, line)
        on conflict (item_id, location_id, type) do update
        set instant = excluded.instant, units = excluded.units, count_id = excluded.count_id,
            sequence = excluded.sequence, is_open = false
        """
    }

    private static func arrays(_ columns: [PQType], _ first: Int) -> String {
        columns.indices.map { "$\(first + $0)" }.joined(separator: ", ")
    }
}
