import Inventory
import LibPQ

/// The second trip of a batch: what was decided is written, and committed.
extension Statement {
    static let movementAppend = appending("movement_append", LedgerColumn.locked(actors: false))
    static let movementAppendByActors = appending(
        "movement_append_by_actors", LedgerColumn.locked(actors: true))

    private static func appending(_ name: String, _ columns: [LedgerColumn]) -> Statement {
        Statement(
            name, [PQType](of: columns),
            sql: """
                insert into movement (sequence, \(columns.nameList))
                select (select currval(pg_get_serial_sequence('commit_log', 'commit_id'))) * 65536 + line.ord - 1,
                       \(columns.map(\.stored).joined(separator: ", "))
                from unnest(\(columns.parameterList(from: 1)))
                    with ordinality as line(\(columns.nameList), ord)
                """)
    }

    /// The rows are locked already, so the order of the update does not matter.
    static let balanceStore = Statement(
        "balance_store", [PQType](of: BalanceColumn.locked),
        sql: balanceUpsert(BalanceColumn.locked, "from", parameters: 1))

    /// Balances that were made to be locked and got no line, so that what is refused leaves none behind. Whoever waits for
    /// one of them makes it anew, or starts over.
    static let balanceDropEmpty = Statement(
        "balance_drop_empty", [.int8Array, .int4Array],
        sql: """
            delete from balance b
            using unnest($1, $2) as unused(item_id, location_id)
            where b.item_id = unused.item_id and b.location_id = unused.location_id and b.version = 0
            """)

    /// Two batches that send one event id for different balances do not meet at a balance; they meet here, and the
    /// later one starts over. A parked line has no place in the commit order, and its batch may have no commit number.
    static let eventKeyAppend = Statement(
        "event_key_append",
        [
            .int4Array, .textArray, .byteaArray, .int2Array, .int8Array, .int4Array, .timestamptzArray, .int8Array,
            .int4Array,
        ],
        sql: """
            insert into event_key (
                source_id, event_id, fingerprint, verdict, item_id, location_id, recorded_at, version, sequence)
            select new.source_id, new.event_id, new.fingerprint, new.verdict, new.item_id, new.location_id,
                   new.recorded_at, new.version,
                   case when new.line is not null then
                       (select currval(pg_get_serial_sequence('commit_log', 'commit_id'))) * 65536 + new.line end
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as new(
                source_id, event_id, fingerprint, verdict, item_id, location_id, recorded_at, version, line)
            order by new.source_id, new.event_id
            """)

    /// The event id of a message is taken as that of a whole count is, and its sequence, which leads nowhere, tells them apart.
    static let messageKeyAppend = Statement(
        "message_key_append", [.int4Array, .textArray, .byteaArray],
        sql: """
            insert into event_key (source_id, event_id, fingerprint, verdict, sequence)
            select new.source_id, new.event_id, new.fingerprint, \(wholeCount), 0
            from unnest($1, $2, $3) as new(source_id, event_id, fingerprint)
            order by new.source_id, new.event_id
            """)

    /// A parked line's event id now points into the ledger.
    static let eventKeyUnpark = Statement(
        "event_key_unpark",
        [.int4Array, .textArray, .int2Array, .int8Array, .int4Array, .timestamptzArray, .int8Array, .int4Array],
        sql: """
            update event_key k
            set verdict = new.verdict, item_id = new.item_id, location_id = new.location_id,
                recorded_at = new.recorded_at, version = new.version,
                sequence = (select currval(pg_get_serial_sequence('commit_log', 'commit_id'))) * 65536 + new.line
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as new(
                source_id, event_id, verdict, item_id, location_id, recorded_at, version, line)
            where k.source_id = new.source_id and k.event_id = new.event_id and k.verdict = \(Verdict.parked.rawValue)
            """)

    /// Only while the line is still parked: another process may have applied it under another mapping, which no balance
    /// lock shows, and then everything must start over.
    static let eventKeyRemove = Statement(
        "event_key_remove", [.int4Array, .textArray],
        sql: refusing(
            """
            delete from event_key k
            using unnest($1, $2) as gone(source_id, event_id)
            where k.source_id = gone.source_id and k.event_id = gone.event_id
              and k.verdict = \(Verdict.parked.rawValue)
            """, unless: "cardinality($1)"))

    static let parkedLineAppend = Statement(
        "parked_line_append",
        [
            .int4Array, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray,
            .byteaArray, .byteaArray, .textArray, .int4Array, .textArray,
        ],
        sql: """
            insert into parked_line (
                source_id, event_id, sku, code_system, code, location_system, location, to_location_system, to_location,
                fact, fingerprint, raw, actor_id, label)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as new(
                source_id, event_id, sku, code_system, code, location_system, location, to_location_system, to_location,
                fact, fingerprint, raw, actor_id, label)
            order by new.source_id, new.event_id
            """)

    static let parkedLineRemove = Statement(
        "parked_line_remove", [.int4Array, .textArray],
        sql: """
            delete from parked_line p
            using unnest($1, $2) as gone(source_id, event_id)
            where p.source_id = gone.source_id and p.event_id = gone.event_id
            """)
}
