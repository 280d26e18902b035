import Inventory
import InventoryService
import LibPQ

/// What the names of a filter are numbered, NULL for those that are unknown: the item by system `$1` and code `$2`, the
/// location `$3`, the source `$4` and the actor `$5`; the clock, and an instant behind everything that is recorded.
enum LedgerNumberColumn: Int32, SelectedColumn {
    case item, location, source, actor, now, end

    var selected: String {
        switch self {
        case .item: "(select item_id from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i)"
        case .location: "(select location_id from location where id = $3)"
        case .source: "(select source_id from source where id = $4)"
        case .actor: "(select actor_id from actor where name = $5)"
        case .now: "clock_timestamp()"
        // Months are made a few ahead, so nothing is recorded later, whatever the clock said once.
        case .end: "clock_timestamp() + interval '1 year'"
        }
    }
}

extension Statement {
    static let ledgerNumbers = Statement(
        "ledger_numbers", [.text, .text, .text, .text, .text], sql: "select \(LedgerNumberColumn.selectList)")

    /// From when to when the ledger reaches.
    static let ledgerSpan = Statement("ledger_span", sql: "select begins, ends from ledger_span()")

    /// In which time the lines of an event are, of source `$2` or of each; those of a count may come much later than it did.
    static let ledgerEventSpan = Statement(
        "ledger_event_span", [.text, .int4],
        sql: """
            select min(e.begins) - interval '2 seconds', max(e.ends) + interval '2 seconds'
            from source s
            cross join lateral (
                select k.recorded_at as begins, k.recorded_at as ends from event_key k
                where k.source_id = s.source_id and k.event_id = $1
                union all
                select k.recorded_at, k.recorded_at from event_key k
                where k.source_id = s.source_id and k.event_id > $1 || chr(31) and k.event_id < $1 || chr(32)
                union all
                select c.recorded_at, '9999-12-31 00:00:00+00' from stock_count c
                where c.source_id = s.source_id and c.event_id = $1
            ) e
            where $2::int4 is null or s.source_id = $2
            """)

    // MARK: - Lists

    /// Lists of ledger lines in one order.
    struct LedgerLists {
        let byEvent: Statement
        let byItem: Statement
        let byLocation: Statement
        let byReference: Statement

        var all: [Statement] { [byItem, byLocation, byEvent, byReference] }

        static let oldest = LedgerLists(LedgerListSQL(isNewest: false))
        static let newest = LedgerLists(LedgerListSQL(isNewest: true))

        static func of(_ order: LedgerFilter.Order) -> LedgerLists {
            switch order {
            case .oldest: oldest
            case .newest: newest
            }
        }

        private init(_ sql: LedgerListSQL) {
            (byEvent, byItem) = (sql.byEvent, sql.byItem)
            (byLocation, byReference) = (sql.byLocation, sql.byReference)
        }
    }
}

/// The texts of lists of ledger lines, which differ by their order alone.
private struct LedgerListSQL {
    let isNewest: Bool

    /// As `ParameterWriter.wanted` writes them, then how many, and the stretch of time.
    private static let parameters: [PQType] = [
        .int8, .int4, .int4, .text, .timestamptz, .timestamptz, .bool, .timestamptz, .int4, .int8, .int2, .int4, .text,
        .int8, .timestamptz, .timestamptz,
    ]

    private var suffix: String { isNewest ? "_newest" : "" }

    /// What is asked for of line `m`, but for the event: where the list goes on, and only what was recorded from `$15` on
    /// and before `$16`, so that partitions outside are left out.
    private var wanted: String {
        """
        m.recorded_at >= $15 and m.recorded_at < $16
        and ($3::int4 is null or m.source_id = $3)
        and ($11::int2 is null or m.kind = $11)
        and ($12::int4 is null or m.actor_id = $12)
        and ($13::text is null or m.reference = $13)
        and ($5::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end >= $5)
        and ($6::timestamptz is null or case when $7 then m.occurred_at else m.recorded_at end < $6)
        and ($8::timestamptz is null
             or (m.recorded_at \(isNewest ? "<=" : ">=") $8
                 and (m.recorded_at, m.location_id, m.item_id) \(isNewest ? "<" : ">") ($8, $9, $10)))
        """
    }

    /// Of named items and locations.
    private static let named = "($1::int8 is null or m.item_id = $1) and ($2::int4 is null or m.location_id = $2)"

    private static let columns = """
        \(LedgerColumn.selectList), \(LedgerNameColumn.selectList)
        """

    /// Of line `m`.
    private var order: String {
        ["m.recorded_at", "m.location_id", "m.item_id"].map { "\($0)\(direction)" }.joined(separator: ", ")
    }

    /// The same as places in the select list of a union.
    private var orderOfUnion: String {
        [LedgerColumn.recordedAt, .location, .item].map { "\($0.ordinal)\(direction)" }.joined(separator: ", ")
    }

    private var direction: String { isNewest ? " desc" : "" }

    /// Each location's next lines by its own index, merged: no index has to carry the whole ledger in one order.
    private func merged(_ itemCondition: String, from places: String) -> String {
        """
        select \(Self.columns)
        from (
            select m.*
            from \(places) l
            cross join lateral (
                select m.* from movement m
                where \(itemCondition) and m.location_id = l.location_id
                  and \(wanted)
                order by \(order)
                limit $14
            ) m
            where $2::int4 is null or l.location_id = $2
            order by \(order)
            limit $14
        ) m
        join item i using (item_id)
        join location l using (location_id)
        join source s using (source_id)
        order by \(order)
        """
    }

    /// Lines by the event's own pointer into the ledger, of the named source or of each: the lines of its commit that carry
    /// the event id, at the location of the first of them and, of a transfer, at its destination. All of a commit is
    /// recorded within a second.
    private func lines(ofKey condition: String, transfer join: String) -> String {
        """
        select \(Self.columns)
        from source s
        join event_key k on k.source_id = s.source_id and \(condition)
        join movement first on first.item_id = k.item_id and first.location_id = k.location_id
            and first.recorded_at = k.recorded_at and first.version = k.version
            and first.recorded_at >= $15 and first.recorded_at < $16
        \(join) transfer t on t.transfer_id = first.transfer_id
        join location l on l.location_id in (k.location_id, t.to_id)
        join movement m on m.location_id = l.location_id
            and m.recorded_at > k.recorded_at - interval '1 second'
            and m.recorded_at < k.recorded_at + interval '1 second'
            and m.sequence >> 16 = k.sequence >> 16 and m.event_id = k.event_id
        join item i on i.item_id = m.item_id
        where \(Self.named) and \(wanted)
        """
    }

    /// A count that was sent whole, and a message of a transfer, have lines under ids of their own, which begin with theirs.
    var byEvent: Statement {
        Statement(
            "ledger_by_event\(suffix)", Self.parameters,
            sql: """
                \(lines(ofKey: "k.event_id = $4", transfer: "left join"))
                union all
                select \(Self.columns)
                from source s
                join stock_count c on c.source_id = s.source_id and c.event_id = $4
                join movement m on m.count_id = c.count_id and m.kind = \(FactKind.count.rawValue) and m.event_id <> $4
                join location l on l.location_id = m.location_id
                join item i on i.item_id = m.item_id
                where \(Self.named) and \(wanted)
                union all
                \(lines(ofKey: "k.event_id > $4 || chr(31) and k.event_id < $4 || chr(32)", transfer: "join"))
                order by \(orderOfUnion)
                limit $14
                """)
    }

    var byItem: Statement {
        Statement(
            "ledger_by_item\(suffix)", Self.parameters,
            sql: merged(
                "m.item_id = $1",
                from: "(select location_id from balance where item_id = $1 and version > 0 and recorded_at >= $15)"))
    }

    var byLocation: Statement {
        Statement(
            "ledger_by_location\(suffix)", Self.parameters, sql: merged("($1::int8 is null)", from: "location"))
    }

    /// By the index of references, in whose order the page nearly is: lines of one instant are few.
    var byReference: Statement {
        Statement(
            "ledger_by_reference\(suffix)", Self.parameters,
            sql: """
                select \(Self.columns)
                from (
                    select m.* from movement m
                    where m.reference = $13 and \(Self.named) and \(wanted)
                    order by \(order)
                    limit $14
                ) m
                join item i using (item_id)
                join location l using (location_id)
                join source s using (source_id)
                order by \(order)
                """)
    }
}

extension ParameterWriter {
    /// The first 13 parameters of a list of ledger lines.
    mutating func wanted(_ filter: LedgerFilter, _ numbers: PostgresLedgerStore.Numbers, after: LedgerPosition?) {
        int8(numbers.item)
        int4(numbers.location)
        int4(numbers.source)
        text(filter.event?.text)
        timestamptz(filter.from?.microseconds)
        timestamptz(filter.to?.microseconds)
        bool(filter.basis == .occurred)
        timestamptz(after?.recordedAt.microseconds)
        int4(after?.location.rawValue)
        int8(after?.item.rawValue)
        int2(filter.kind?.rawValue)
        int4(numbers.actor)
        text(filter.reference?.text)
    }
}
