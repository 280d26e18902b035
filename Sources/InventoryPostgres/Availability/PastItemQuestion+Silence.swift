import Inventory
import LibPQ

extension Statement {
    /// Locations where units were held back for silence: hardly ever any.
    static let pastLagging = Statement(
        "past_lagging", [.int4Array, .timestamptz],
        sql: """
            select asked.location_id
            from unnest($1) as asked(location_id)
            cross join lateral (
                select h.lag_seconds from location_lag_history h
                where h.location_id = asked.location_id and h.recorded_at <= $2 order by h.recorded_at desc limit 1
            ) h
            where h.lag_seconds > 0
            """)

    /// What was held back for silence. Nobody keeps what an item's rate of sale was, but the ledger has every sale that it was
    /// made of; few locations were silent, and only theirs are read.
    static let pastLagBuffers = Statement(
        "past_lag_buffers", [.int8Array, .int4Array, .timestamptz],
        sql: """
            with lagging as materialized (
                select h.location_id, h.lag_seconds, h.silent_since
                from unnest($2) as asked(location_id)
                cross join lateral (
                    select * from location_lag_history h
                    where h.location_id = asked.location_id and h.recorded_at <= $3 order by h.recorded_at desc limit 1
                ) h
                where h.lag_seconds > 0
            )
            select asked.item_id, g.location_id, lag_buffer(g.lag_seconds, g.silent_since, s.units, s.at, s.since)
            from lagging g
            cross join unnest($1) as asked(item_id)
            cross join lateral (
                select max(m.occurred_at) as at, min(m.occurred_at) as since
                from movement m
                where m.item_id = asked.item_id and m.location_id = g.location_id and m.recorded_at <= $3
                  and m.kind = \(FactKind.sale.rawValue) and m.units < 0
            ) e
            cross join lateral (
                select sum(-m.units * power(0.5::float8, least(1000, date_part('epoch', e.at - m.occurred_at) / 1209600)))
                           as units, e.at, e.since
                from movement m
                where m.item_id = asked.item_id and m.location_id = g.location_id and m.recorded_at <= $3
                  and m.kind = \(FactKind.sale.rawValue) and m.units < 0
            ) s
            where s.at is not null
            """)
}
