import Inventory
import LibPQ

/// A batch in one statement. It compares what was believed while it locks, and writes only if all of it holds; otherwise
/// it changes nothing and says what did not hold.
///
/// Its shape leaves the planner no choice, so that no statistics can spoil it: lateral subqueries that cannot be pulled
/// up are looked up by index for each row outside them, and an upsert finds its row by the primary key.
extension Statement {
    /// Why each part is where it is:
    /// - `gate` asks for what needs no lock. Its snapshot is older than the locks, so an event id that is committed while
    ///   we wait for one is not seen; the primary key of `event_key` refuses it then, and the batch starts over.
    /// - `balanced` takes the row locks in key order, since its rows come in the order of the arrays, and only updates a
    ///   balance that still has the version believed. It packs two numbers into one, as an upsert has no others: the new
    ///   version, and by how much it rises.
    /// - `checked` refuses the whole statement when a balance was not updated.
    /// - `committed` draws the commit's number with the locks held: for one balance, numbers follow commits.
    /// - Event ids are inserted in order, so that two processes with the same ids do not wait for each other.
    static let optimisticWrite = optimistic("optimistic_write")

    /// The same for a batch in which a balance changes its sign.
    static let optimisticWriteWithAlarms = optimistic(
        "optimistic_write_with_alarms", pendingAlarmColumns + clearColumns + [.int2Array, .textArray],
        changed: ", $\(changedFirst), $\(changedFirst + 1)",
        also: """
            ,
            watched as (
                \(pendingAlarmUpsert("committed.commit_id", from: "committed cross join", parameters: alarmsFirst))
            ),
            gone as (
                \(pendingAlarmDelete(from: "committed,", parameters: alarmsFirst + pendingAlarmColumns.count))
            ),
            closed as (
                \(exceptionCloseWithAlarm)
            )
            """)

    private static let alarmsFirst = optimisticColumns.count + 1
    private static let changedFirst = alarmsFirst + pendingAlarmColumns.count + clearColumns.count
    private static let optimisticColumns = [.int8, .timestamptz] + balanceColumns + lineColumns + [.byteaArray]

    private static func optimistic(
        _ name: String, _ moreColumns: [PQType] = [], changed: String = "", also more: String = ""
    ) -> Statement {
        Statement(
            name, optimisticColumns + moreColumns,
            sql: """
                with gate as materialized (
                    select config.epoch, seen.clock, known.is_known,
                           not known.is_known and config.epoch = $1
                           and seen.clock between $2 - interval '2 seconds' and $2 + interval '2 seconds' as is_open
                    from (select epoch from config_epoch) config
                    cross join (select clock_timestamp() as clock) seen
                    cross join (
                        select exists (
                            select from unnest(\(line(17)), \(line(18))) as new(source_id, event_id)
                            cross join lateral (
                                select from event_key k
                                where k.source_id = new.source_id and k.event_id = new.event_id offset 0
                            ) k) as is_known
                    ) known
                ),
                balanced as (
                    \(balanceUpsert(
                    "from gate cross join", parameters: 3, version: "excluded.version >> \(versionShift)",
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
                        "select $2, cardinality(\(line(1))), $3\(changed) from checked where is_open",
                        naming: !changed.isEmpty))
                ),
                line as materialized (
                    select committed.commit_id * 65536 + new.ord - 1 as sequence, new.*
                    from committed
                    cross join unnest(\((1...lineColumns.count + 1).map(line).joined(separator: ", "))) with ordinality as new(
                            item_id, location_id, recorded_at, version, kind, bucket, counter_account, units, on_hand_after,
                            reserved_after, damaged_after, inspection_after, suspect_after, in_transit_after, occurred_at,
                            claimed_at, source_id, event_id, reference, reason, attributes, chain, fingerprint, ord)
                ),
                moved as (
                    insert into movement (
                        sequence, item_id, location_id, recorded_at, version, kind, bucket, counter_account, units,
                        on_hand_after, reserved_after, damaged_after, inspection_after, suspect_after, in_transit_after,
                        occurred_at, claimed_at, source_id, event_id, reference, reason, attributes, chain)
                    select sequence, item_id, location_id, recorded_at, version, kind, bucket, counter_account, units,
                           on_hand_after, reserved_after, nullif(damaged_after, 0), nullif(inspection_after, 0),
                           nullif(suspect_after, 0), nullif(in_transit_after, 0), occurred_at, claimed_at, source_id,
                           event_id, reference, reason, attributes, chain
                    from line
                ),
                known as (
                    insert into event_key (
                        source_id, event_id, fingerprint, verdict, item_id, location_id, recorded_at, version, sequence)
                    select source_id, event_id, fingerprint, \(Verdict.applied.rawValue)::int2, item_id, location_id,
                           recorded_at, version, sequence
                    from line
                    order by source_id, event_id
                )\(more)
                select (select commit_id from committed), gate.is_known, gate.epoch, gate.clock from gate
                """)
    }

    /// The n-th array of what lines are written from, behind those of the balances; the one after the last holds their
    /// fingerprints.
    private static func line(_ number: Int) -> String { "$\(2 + balanceColumns.count + number)" }

    /// Bits for the rise of a version in one batch: more than its lines ever are.
    static let versionShift = 20
    private static let versionMask = 1 << versionShift - 1

    /// What the first look of a batch asks, when something is not remembered. Plain: the gate compares it later.
    static let balanceRead = Statement(
        "balance_read", [.int8Array, .int4Array],
        sql: """
            select b.item_id, b.location_id, b.on_hand, b.reserved, b.damaged, b.inspection, b.suspect, b.in_transit,
                   b.version, b.recorded_at, b.folded_until, b.counted_at, b.damaged_counted_at,
                   b.inspection_counted_at, b.chain_head, b.next_expiry
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (
                select * from balance b
                where b.item_id = asked.item_id and b.location_id = asked.location_id offset 0
            ) b
            """)

    /// Writes balances that exist, by one array a column; nothing is ever inserted.
    /// - Parameters:
    ///   - from: what stands between `select` and the arrays' `unnest`.
    ///   - parameters: the number of the first array.
    ///   - withHolds: also until when holds were taken out and what ends next, two arrays more.
    ///   - version: the new one.
    ///   - condition: which balances may be written.
    ///   - filter: a condition on `from`.
    static func balanceUpsert(
        _ from: String, parameters first: Int, withHolds: Bool = false, version: String = "excluded.version",
        where condition: String = "true",
        if filter: String = ""
    ) -> String {
        let count = balanceColumns.count + (withHolds ? holdColumns.count : 0)
        let arrays = (first..<first + count).map { "$\($0)" }.joined(separator: ", ")
        return """
            insert into balance as b (
                item_id, location_id, on_hand, reserved, damaged, inspection, suspect, in_transit, version,
                recorded_at, chain_head, counted_at, damaged_counted_at, inspection_counted_at, sold_units, sold_at,
                sold_since\(withHolds ? ", folded_until, next_expiry" : ""))
            select new.* \(from) unnest(\(arrays)) as new \(filter)
            on conflict (item_id, location_id) do update
            set on_hand = excluded.on_hand, reserved = excluded.reserved, damaged = excluded.damaged,
                inspection = excluded.inspection, suspect = excluded.suspect, in_transit = excluded.in_transit,
                version = \(version), recorded_at = excluded.recorded_at, chain_head = excluded.chain_head,
                counted_at = coalesce(excluded.counted_at, b.counted_at),
                damaged_counted_at = coalesce(excluded.damaged_counted_at, b.damaged_counted_at),
                inspection_counted_at = coalesce(excluded.inspection_counted_at, b.inspection_counted_at),
                sold_units = sold_units_merged(b.sold_units, b.sold_at, excluded.sold_units, excluded.sold_at),
                sold_at = greatest(b.sold_at, excluded.sold_at),
                sold_since = least(b.sold_since, excluded.sold_since)
                \(withHolds ? ", folded_until = excluded.folded_until, next_expiry = excluded.next_expiry" : "")
            where \(condition)
            """
    }

    /// Read before names are: then names are at least as new as the epoch that they are remembered under.
    static let configEpochRead = Statement(
        "config_epoch_read", sql: "select epoch, clock_timestamp() from config_epoch")
}
