import Inventory
import LibPQ

/// A batch in one statement. It compares what was believed while it locks, and writes only if all of it holds; otherwise
/// it changes nothing and says what did not hold.
///
/// Its shape leaves the planner no choice, so that no statistics can spoil it: lateral subqueries that cannot be pulled
/// up are looked up by index for each row outside them, and an upsert finds its row by the primary key.
extension Statement {
    /// Why each part is where it is:
    /// - `gate` asks for what needs no lock, and line by line for rejected ones only where a source has any. Its snapshot is older than the locks, so an event id that is committed while
    ///   we wait for one is not seen; the primary key of `event_key` refuses it then, and the batch starts over.
    /// - `balanced` takes the row locks in key order, since its rows come in the order of the arrays, and only updates a
    ///   balance that still has the version believed. It packs two numbers into one, as an upsert has no others: the new
    ///   version, and by how much it rises.
    /// - `checked` refuses the whole statement when a balance was not updated.
    /// - `committed` draws the commit's number with the locks held: for one balance, numbers follow commits.
    /// - Event ids are inserted in order, so that two processes with the same ids do not wait for each other.
    ///
    /// - Parameters:
    ///   - alarms: a balance goes below zero or loses cover. One that comes back is not written so: what its alarm became is
    ///     only seen by a later statement.
    ///   - actors: some lines say who did it.
    static func optimisticWrite(alarms: Bool, actors: Bool) -> Statement {
        if actors { alarms ? writeByActorsWithAlarms : writeByActors } else { alarms ? writeWithAlarms : write }
    }

    private static let write = optimistic("optimistic_write", alarms: false, actors: false)
    private static let writeWithAlarms = optimistic("optimistic_write_with_alarms", alarms: true, actors: false)
    private static let writeByActors = optimistic("optimistic_write_by_actors", alarms: false, actors: true)
    private static let writeByActorsWithAlarms = optimistic(
        "optimistic_write_by_actors_with_alarms", alarms: true, actors: true)

    private static func optimistic(_ name: String, alarms: Bool, actors: Bool) -> Statement {
        let lines = LedgerColumn.optimistic(actors: actors)
        let fingerprints = linesFirst + lines.count
        let watched =
            alarms
            ? """
            ,
            watched as (
                \(pendingAlarmUpsert("committed.commit_id", from: "committed cross join", parameters: fingerprints + 2))
            )
            """ : ""
        let columns =
            [.int8, .timestamptz] + [PQType](of: BalanceColumn.optimistic) + [PQType](of: lines) + [
                .byteaArray, .timestamptz,
            ]
        return Statement(
            name, columns + (alarms ? pendingAlarmColumns : []),
            sql: """
                with gate as materialized (
                    select config.epoch, seen.clock, known.is_known,
                           not known.is_known and config.epoch = $1
                           and seen.clock between $2 - interval '2 seconds' and $2 + interval '2 seconds' as is_open
                    from (select epoch from config_epoch) config
                    cross join (select clock_timestamp() as clock) seen
                    cross join (
                        select exists (
                            select from unnest(\(line(.source)), \(line(.eventID))) as new(source_id, event_id)
                            cross join lateral (
                                select from event_key k
                                where k.source_id = new.source_id and k.event_id = new.event_id offset 0
                            ) k)
                            or exists (
                                select from (select distinct source_id from unnest(\(line(.source))) as new(source_id)) new
                                cross join lateral (\(rejectionsOpen("new.source_id")) limit 1) e
                            ) and exists (
                                select from unnest(\(line(.source)), \(line(.eventID))) as new(source_id, event_id)
                                cross join lateral (
                                    \(openRejection("new.source_id", "new.event_id")) offset 0
                                ) e) as is_known
                    ) known
                ),
                balanced as (
                    \(balanceUpsert(
                    BalanceColumn.optimistic, "from gate cross join", parameters: 3,
                    version: "excluded.version >> \(versionShift)",
                    where: """
                        b.version = (excluded.version >> \(versionShift)) - (excluded.version & \(versionMask))
                        """, if: "where gate.is_open"))
                    returning 1
                ),
                checked as materialized (
                    select case when not is_open then false
                                when (select count(*) from balanced) = cardinality($3) then true
                                else refuse_outdated_batch() end as is_open
                    from gate
                ),
                committed as materialized (
                    \(ChangeLog.batch(
                        """
                        select $2, $\(fingerprints + 1), cardinality(\(line(.item))), $3, $4
                        from checked where is_open
                        """, naming: false))
                ),
                line as materialized (
                    select committed.commit_id * 65536 + new.ord - 1 as sequence, new.*
                    from committed
                    cross join unnest(\(lines.parameterList(from: linesFirst)), $\(fingerprints))
                        with ordinality as new(\(lines.nameList), fingerprint, ord)
                ),
                moved as (
                    insert into movement (sequence, \(lines.nameList))
                    select sequence, \(lines.map(\.stored).joined(separator: ", "))
                    from line
                ),
                known as (
                    insert into event_key (
                        source_id, event_id, fingerprint, verdict, item_id, location_id, recorded_at, version, sequence)
                    select source_id, event_id, fingerprint, \(Verdict.applied.rawValue)::int2, item_id, location_id,
                           recorded_at, version, sequence
                    from line
                    order by source_id, event_id
                )\(watched)
                select \(OptimisticAnswerColumn.selectList) from gate
                """)
    }

    /// The first array of the lines, behind those of the balances.
    private static let linesFirst = 3 + BalanceColumn.optimistic.count
    /// The array of one column of the lines.
    private static func line(_ column: LedgerColumn) -> String { "$\(linesFirst + Int(column.rawValue))" }

    /// Bits for the rise of a version in one batch: more than its lines ever are.
    static let versionShift = 20
    private static let versionMask = 1 << versionShift - 1

    /// What the first look of a batch asks, when something is not remembered. Plain: the gate compares it later.
    static let balanceRead = Statement(
        "balance_read", [.int8Array, .int4Array],
        sql: """
            select \(BalanceColumn.selectList)
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (
                select * from balance b
                where b.item_id = asked.item_id and b.location_id = asked.location_id offset 0
            ) b
            """)

    /// Writes balances that exist, by one array a column; nothing is ever inserted.
    /// - Parameters:
    ///   - columns: those of the arrays, in order.
    ///   - from: what stands between `select` and the arrays' `unnest`.
    ///   - parameters: the number of the first array.
    ///   - version: the new one.
    ///   - condition: which balances may be written.
    ///   - filter: a condition on `from`.
    static func balanceUpsert(
        _ columns: [BalanceColumn], _ from: String, parameters first: Int, version: String = "excluded.version",
        where condition: String = "true", if filter: String = ""
    ) -> String {
        """
        insert into balance as b (\(columns.nameList))
        select new.* \(from) unnest(\(columns.parameterList(from: first))) as new \(filter)
        on conflict (item_id, location_id) do update
        set \(columns.compactMap { $0.assignment(version: version) }.joined(separator: ", "))
        where \(condition)
        """
    }

    /// Read before names are: then names are at least as new as the epoch that they are remembered under.
    static let configEpochRead = Statement(
        "config_epoch_read", sql: "select epoch, clock_timestamp() from config_epoch")
}
