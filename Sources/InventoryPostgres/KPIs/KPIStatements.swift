import Inventory
import InventoryService
import LibPQ

/// A location `l`, and when day `n` begins and ends there.
enum KPIDayColumn: Int32, SelectedColumn {
    case number, location, day, timeZone, from, to

    var selected: String {
        switch self {
        case .number: "l.location_id"
        case .location: "l.id"
        case .day: "n.day"
        case .timeZone: "l.time_zone"
        case .from: "(date '1970-01-01' + n.day)::timestamp at time zone l.time_zone"
        case .to: "(date '1970-01-01' + n.day + 1)::timestamp at time zone l.time_zone"
        }
    }
}

/// Evidence `e` that says the same, and how much of it there is.
enum KPISampleColumn: Int32, SelectedColumn {
    case ord, kpi, value, actor, reason, count

    static let group: [KPISampleColumn] = [.ord, .kpi, .value, .actor, .reason]

    var selected: String {
        switch self {
        case .ord: "e.ord"
        case .kpi: "e.kpi"
        case .value: "e.value"
        case .actor: "case e.kpi when '\(KPI.cancelled.rawValue)' then a.name end"
        case .reason: "case e.kpi when '\(KPI.cancelled.rawValue)' then e.reason end"
        case .count: "count(*)"
        }
    }
}

/// One line of evidence `e`, with the names of its item `i`, source `s` and actor `a`.
enum KPIEvidenceColumn: Int32, SelectedColumn {
    case value, at, recordedAt, sequence, sku, reservation, allocationNumber, source, event, actor, reason, tie

    var selected: String {
        switch self {
        case .value: "e.value"
        case .at: "e.at"
        case .recordedAt: "e.recorded_at"
        case .sequence: "e.sequence"
        case .sku: "i.sku"
        case .reservation: "e.reservation_id"
        case .allocationNumber: "e.allocation_number"
        case .source: "s.id"
        case .event: "e.event_id"
        case .actor: "a.name"
        case .reason: "e.reason"
        case .tie: "e.tie"
        }
    }
}

/// What the figures of days are made of: one relation, which both the figures and what is behind them are read from.
enum KPIEvidenceSQL {
    static let parameters: [PQType] = [.timestamptz, .timestamptz, .int4Array, .timestamptzArray, .timestamptzArray]

    /// What a line adds to the promises without cover of its balance.
    private static let raised = """
        greatest(m.reserved_after - greatest(m.on_hand_after, 0), 0)
            - greatest(
                m.reserved_after - coalesce(m.reserved_delta, 0)
                    - greatest(
                        m.on_hand_after - case \(Bucket.onHand.rawValue)
                            when m.bucket then m.units when m.counter_account then -m.units else 0 end, 0), 0)
        """

    private static let isLate = "m.recorded_at - m.occurred_at > interval '1 day'"

    /// Of all the lines of a day, those that are evidence of something.
    private static let counts = """
        (m.reservation_id is not null
             and m.kind in (\(FactKind.sale.rawValue), \(FactKind.release.rawValue), \(FactKind.stateChange.rawValue))
         or \(isLate) or \(raised) > 0)
        """

    private static let columns = """
        m.item_id, m.location_id, m.recorded_at, m.version, m.sequence, m.kind, m.bucket, m.counter_account, m.units,
        coalesce(m.reserved_delta, 0) as reserved_delta, m.hold_expires_at, m.occurred_at, m.source_id, m.event_id,
        m.reservation_id, m.allocation_number, m.actor_id, m.reason, \(raised) as raised, \(isLate) as is_late
        """

    private static func lineEvidence(_ kpi: KPI, _ value: String, where condition: String) -> String {
        """
        select m.ord, '\(kpi.rawValue)'::text, (\(value))::int8, m.occurred_at, m.recorded_at, m.sequence, m.item_id,
               m.reservation_id, m.allocation_number, m.source_id, m.event_id, m.actor_id, m.reason
        from line m where \(condition)
        """
    }

    private static func readyEvidence(_ kpi: KPI, _ value: String, where condition: String = "true") -> String {
        """
        select m.ord, '\(kpi.rawValue)', (\(value))::int8, m.ready_at, null, null, m.item_id, m.reservation_id, m.number,
               null, null, null, null
        from made m where \(condition)
        """
    }

    /// A fact that a count had seen already stands beside the line that takes it back: nothing was sold beyond what was there.
    private static let isTakenBack = """
        exists (
            select from movement v
            where v.item_id = m.item_id and v.location_id = m.location_id and v.version = m.version + 1
              and v.recorded_at > m.recorded_at and v.recorded_at < m.recorded_at + interval '1 second'
              and v.kind = \(FactKind.variance.rawValue) and v.event_id = m.event_id)
        """

    /// The relations `day` (numbered as they are given), and `evidence`. Lines of a day are those that occurred on it. Those
    /// that were recorded within a day of its end are found by when they were recorded, between `$1` and `$2`; others by an index of late
    /// ones. `$3` to `$5` are locations, and when their days begin and end.
    static let relations = """
        day as materialized (
            select * from unnest($3::int4[], $4::timestamptz[], $5::timestamptz[])
                with ordinality as d(location_id, starts, ends, ord)
        ),
        line as materialized (
            select d.ord, m.*
            from day d
            cross join lateral (
                select \(columns) from movement m
                where m.location_id = d.location_id and m.occurred_at >= d.starts and m.occurred_at < d.ends
                  and m.recorded_at >= d.starts - interval '5 minutes' and m.recorded_at <= d.ends + interval '1 day'
                  and m.recorded_at >= $1 and m.recorded_at <= $2 and \(counts)
                union all
                select \(columns) from movement m
                where m.location_id = d.location_id and m.occurred_at >= d.starts and m.occurred_at < d.ends
                  and m.recorded_at > d.ends + interval '1 day' and m.recorded_at >= $1 and \(isLate)
            ) m
        ),
        made as materialized (
            select d.ord, a.item_id, a.reservation_id, a.number, a.ready_at, a.quantity, r.method, r.ready_by,
                   date_part('epoch', a.ready_at - coalesce(p.at, a.created_at)) as seconds
            from day d
            join allocation a on a.location_id = d.location_id and a.ready_at >= d.starts and a.ready_at < d.ends
            join reservation r on r.reservation_id = a.reservation_id
            left join lateral (
                select min(m.recorded_at) as at from movement m
                where m.item_id = a.item_id and m.location_id = a.location_id
                  and m.recorded_at >= a.created_at - interval '1 minute'
                  and m.recorded_at <= a.ready_at + interval '5 minutes' and m.recorded_at <= $2
                  and m.reservation_id = a.reservation_id and m.allocation_number = a.number
                  and (m.kind = \(FactKind.confirm.rawValue)
                       or m.kind in (\(FactKind.hold.rawValue), \(FactKind.move.rawValue))
                          and m.hold_expires_at is null and m.reserved_delta > 0)
            ) p on true
        ),
        evidence (ord, kpi, value, at, recorded_at, sequence, item_id, reservation_id, allocation_number, source_id,
                  event_id, actor_id, reason) as (
            \(lineEvidence(.late, "1", where: """
                m.is_late and (m.source_id <> \(SourceNumber.holdfast.rawValue) or m.reservation_id is not null)
                """))
            union all
            \(lineEvidence(.oversold, "m.raised", where: "m.raised > 0 and not \(isTakenBack)"))
            union all
            \(lineEvidence(.handedOver, "-m.reserved_delta", where: """
                m.kind = \(FactKind.sale.rawValue) and m.reservation_id is not null and m.reserved_delta < 0
                """))
            union all
            \(lineEvidence(.cancelled, "-m.reserved_delta", where: """
                m.kind = \(FactKind.release.rawValue) and m.hold_expires_at is null and m.reserved_delta < 0
                """))
            union all
            \(lineEvidence(.notFound, "-m.units", where: """
                m.kind = \(FactKind.stateChange.rawValue) and m.reservation_id is not null
                and m.bucket = \(Bucket.onHand.rawValue) and m.counter_account = \(Bucket.suspect.rawValue)
                """))
            union all
            \(readyEvidence(.timeToReady, "greatest(0, floor(m.seconds))"))
            union all
            \(readyEvidence(.picked, "m.quantity"))
            union all
            \(readyEvidence(.readyOnTime, "case when m.ready_at <= m.ready_by then 1 else 0 end", where: """
                m.method = 'pickup' and m.ready_by is not null
                """))
            union all
            select d.ord, '\(KPI.duplicates.rawValue)', r.times, r.noted_at, r.noted_at, r.sequence, null, null, null,
                   r.source_id, nullif(r.event_id, ''), null, null
            from day d
            join repeated_event r on r.location_id = d.location_id and r.noted_at >= d.starts and r.noted_at < d.ends
            union all
            select d.ord, '\(KPI.silences.rawValue)',
                   greatest(0, floor(date_part('epoch', coalesce(m.recorded_at - s.heard_at, interval '0'))))::int8, s.heard_at,
                   m.recorded_at, m.sequence, m.item_id, null, null, m.source_id, m.event_id, null, null
            from day d
            join location_silence s on s.location_id = d.location_id and s.heard_at >= d.starts and s.heard_at < d.ends
            left join lateral (\(lastOfSilence)) m on true
        )
        """

    /// The last line to be recorded of what occurred while location `s` was silent.
    private static let lastOfSilence = """
        select * from (
            (select \(columns) from movement m
             where \(ofSilence) and m.recorded_at > s.silent_since
               and m.recorded_at <= s.heard_at + interval '1 day' and m.recorded_at <= $2
             order by m.recorded_at desc limit 1)
            union all
            (select \(columns) from movement m
             where \(ofSilence) and m.recorded_at > s.heard_at + interval '1 day' and \(isLate)
             order by m.recorded_at desc limit 1)
        ) m
        order by m.recorded_at desc limit 1
        """

    private static let ofSilence = """
        m.location_id = s.location_id and m.occurred_at >= s.silent_since and m.occurred_at < s.heard_at
        and m.source_id <> \(SourceNumber.holdfast.rawValue)
        """
}

extension Statement {
    static let kpiNames = Statement(
        "kpi_names", [.text, .text],
        sql: """
            select (select location_id from location where id = $1 and deleted_at is null),
                   (select group_id from location_group where id = $2 and deleted_at is null), statement_timestamp()
            """)

    /// Behind day `$5` of location `$6`.
    static let kpiDays = Statement(
        "kpi_days", [.int4, .int4, .int4, .int4, .int4, .text, .int8],
        sql: """
            select \(KPIDayColumn.selectList)
            from location l
            cross join generate_series($1::int4, $2::int4) n(day)
            where l.deleted_at is null and ($3::int4 is null or l.location_id = $3)
              and ($4::int4 is null or exists (
                  select from location_group_member g where g.group_id = $4 and g.location_id = l.location_id))
              and ($5::int4 is null or (n.day, l.id) > ($5, $6))
            order by n.day, l.id limit $7
            """)

    static let kpiSamples = Statement(
        "kpi_samples", KPIEvidenceSQL.parameters,
        sql: """
            with \(KPIEvidenceSQL.relations)
            select \(KPISampleColumn.selectList)
            from evidence e left join actor a on a.actor_id = e.actor_id
            group by \(KPISampleColumn.group.ordinalList)
            """)

    static let kpiEvidence = Statement(
        "kpi_evidence", KPIEvidenceSQL.parameters + [.text, .timestamptz, .text, .int8],
        sql: """
            with \(KPIEvidenceSQL.relations),
            wanted as (
                select e.*, concat_ws(
                           '/', e.sequence, encode(e.reservation_id, 'hex'), e.allocation_number, e.item_id, e.event_id)
                           collate "C" as tie
                from evidence e where e.kpi = $6
            )
            select \(KPIEvidenceColumn.selectList)
            from wanted e
            left join item i on i.item_id = e.item_id
            left join source s on s.source_id = e.source_id
            left join actor a on a.actor_id = e.actor_id
            where $7::timestamptz is null or (e.at, e.tie) > ($7, $8)
            order by e.at, e.tie limit $9
            """)
}
