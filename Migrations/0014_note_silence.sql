-- Why:   a store whose line is cut goes on selling, and what is shown of it is wrong by more with every minute. People must see
--        who has fallen silent; and a store can have units held back for what it may have sold since it was heard.
-- Lock:  location gets columns without a default that would be written, which is a change of the catalogue only. Everything
--        else is new, but for one function.
-- Old code: would promise what is held back for silence, and takes `rules` 8 for a rule that it cannot find; it must not run
--        beside new code.
--
-- location.silence_limit_seconds
--               Open seconds without a word after which it counts as silent; NULL is the service's default.
-- location.lag_buffer
--               Whether units are held back while it is silent.
-- location.silent_since
--               When it was heard last, of a location that is silent; NULL for all others. A sweep writes it.
-- location.lag_seconds
--               For how long a sale the buffer stands now, in seconds of a usual day and in steps; 0 where nothing is held back.
--               It changes with the config epoch, as rules do. location.rules has 8 while it is not 0, so that nobody has to
--               look at it otherwise.
-- location_lag_history
--               What the buffer stood for from when on, so that a question about the past finds it.

alter table location
    add column silence_limit_seconds int4 check (silence_limit_seconds between 10 and 86400),
    add column lag_buffer boolean not null default false,
    add column silent_since timestamptz,
    add column lag_seconds int4 not null default 0 check (lag_seconds = 0 or lag_seconds > 0 and silent_since is not null);
create index location_silent on location (location_id) where silent_since is not null;

create table location_lag_history (
    location_id int4 not null,
    recorded_at timestamptz not null,
    lag_seconds int4 not null,
    silent_since timestamptz,
    primary key (location_id, recorded_at)
);

-- Units held back of a balance for what its silent location may have sold: the seconds at the rate of sale as it was when the
-- location was heard last (`SoldUnits.unitsPerDay`), rounded up. It changes with the balance's version and the config epoch
-- only, so it may be remembered as rules are. The planner inlines it.
create function lag_buffer(
    seconds int4, since timestamptz, sold_units float8, sold_at timestamptz, sold_since timestamptz) returns int8
    language sql immutable parallel safe
    return case when seconds > 0 and sold_units > 0 then
        least(1e9::float8, ceil(
            seconds / 86400.0::float8 * sold_units
            * power(0.5::float8, least(1000, greatest(0, date_part('epoch', since - sold_at)) / 1209600))
            / (14 / 0.6931471805599453::float8 * (1 - power(0.5::float8, least(1000, greatest(
                86400, date_part('epoch', greatest(since, sold_at) - sold_since)) / 1209600))))))::int8
        else 0::int8 end;

-- As it was, but for the 8 of `rules`, which no rule is behind. Brings the locations' own columns up to date: of some, or of
-- all. Every rule is spread over its locations once, so the work is as much as there are such pairs, not rules times
-- locations.
create or replace function place_rules_refresh(places int4[]) returns void
    language sql
begin atomic
    with covering as (
        select r.location_id, r.kind, r.channel, r.level, r.quantity
        from stock_rule r
        where r.valid_until is null and r.item_id is null and r.location_id is not null
        union all
        select m.location_id, r.kind, r.channel, r.level, r.quantity
        from stock_rule r join location_group_member m using (group_id)
        where r.valid_until is null and r.item_id is null and r.group_id is not null
        union all
        select l.location_id, r.kind, r.channel, r.level, r.quantity
        from stock_rule r cross join location l
        where r.valid_until is null and r.item_id is null and r.location_id is null and r.group_id is null
    ), found as (
        select c.location_id,
               (array_agg(c.quantity order by c.level, c.quantity desc) filter (where c.kind = 1 and c.channel is null))[1]
                   as safety_stock,
               (array_agg(c.quantity order by c.level, c.quantity desc) filter (where c.kind = 2 and c.channel is null))[1]
                   as threshold,
               bit_or(1 << (c.kind - 1)) filter (where c.channel is not null or c.kind = 3) as rules
        from covering c
        where places is null or c.location_id = any (places)
        group by c.location_id
    )
    update location l
    set safety_stock = coalesce(f.safety_stock, 0), threshold = coalesce(f.threshold, 0),
        rules = (coalesce(f.rules, 0) | case when l.lag_seconds > 0 then 8 else 0 end)::int2
    from location p left join found f using (location_id)
    where p.location_id = l.location_id and (places is null or p.location_id = any (places))
      and (l.safety_stock, l.threshold, l.rules) is distinct from
          (coalesce(f.safety_stock, 0), coalesce(f.threshold, 0),
           (coalesce(f.rules, 0) | case when l.lag_seconds > 0 then 8 else 0 end)::int2);
end;
