-- Why:   the ledger and the balances that are its fold.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- balance   One row per item and location, locked in primary-key order by every write. No index on a
--           column that sales change, so that its updates stay inside the page (HOT); fillfactor leaves them room.
--           version counts the balance's lines; chain_head is the hash of the last. next_expiry is a lower bound of
--           the ends in hold_expiry, so that most reads need not look. recorded_at and first_recorded_at are those of its
--           last and its first line.
-- movement  Append-only, one partition a month by recorded_at. Rows without a bucket change promises only:
--           reserved_delta is what they add to `reserved`, and where hold_expires_at is set, `units` is by how many
--           units what ends then changes; a row with a bucket and hold_expires_at changes that by reserved_delta.
--           transfer_id and kit_id name the transfer that moved the units and the kit as whose part they moved; both
--           are in the chain. The "after" figures that are nearly always 0 are kept as NULL, which takes no room. The
--           primary key serves a balance's history, its state at a time, and the proof.
-- event_key Owns (source, event id) for ever, which a time-partitioned ledger cannot, and parked lines with it. The
--           id itself and no hash of it, since till ids ascend and random keys cost about twice at size.
-- commit_log One row a batch. Its number is drawn after the balance locks are held, so for one item numbers follow
--           commits; a line's sequence is commit_id * 65536 + its place in the batch. xid is who wrote the row: what
--           has become visible since an older snapshot is exact by it, whatever the order of commits. items are the
--           numbers of the items whose balances it wrote, and locations those of their locations, at the same place: a
--           process that remembers a list asks again only of those, and the feed finds the lines by them, recorded from
--           recorded_at to last_recorded_at. xid stands first, so that whoever draws a number has a transaction id
--           already: the feed asks by it whether a number that is missing may still come. change_kinds and change_keys say what else the commit changed and what names it, one
--           element each at the same place; NULL or empty where it has nothing but ledger lines. A commit beside
--           batches has lines 0 and items '{}'.

create table balance (
    item_id int8 not null,
    location_id int4 not null,
    on_hand int8 not null default 0,
    reserved int8 not null default 0,
    damaged int8 not null default 0,
    inspection int8 not null default 0,
    suspect int8 not null default 0,
    in_transit int8 not null default 0,
    version int8 not null default 0,
    recorded_at timestamptz,
    first_recorded_at timestamptz,
    folded_until timestamptz,
    next_expiry timestamptz,
    counted_at timestamptz,
    damaged_counted_at timestamptz,
    inspection_counted_at timestamptz,
    sold_units float8,
    sold_at timestamptz,
    sold_since timestamptz,
    chain_head bytea not null default decode(repeat('00', 32), 'hex'),
    primary key (item_id, location_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index balance_location_item on balance (location_id, item_id);
-- Units that wait to be looked at: the queue of inspections.
create index balance_inspection on balance (location_id, item_id) where inspection > 0;

create table movement (
    item_id int8 not null,
    recorded_at timestamptz not null,
    version int8 not null,
    sequence int8 not null,
    units int8 not null,
    on_hand_after int8 not null,
    reserved_after int8 not null,
    occurred_at timestamptz not null,
    location_id int4 not null,
    source_id int4 not null,
    kind int2 not null,
    bucket int2,
    counter_account int2,
    damaged_after int8,
    inspection_after int8,
    suspect_after int8,
    in_transit_after int8,
    reserved_delta int8,
    hold_expires_at timestamptz,
    claimed_at timestamptz,
    corrects int8,
    kit_id int8,
    actor_id int4,
    client_id int4,
    allocation_number int2,
    event_id text collate "C" not null,
    reference text collate "C",
    reason text,
    attributes text,
    count_id bytea,
    reservation_id bytea,
    transfer_id bytea,
    chain bytea not null,
    primary key (item_id, location_id, recorded_at, version)
) partition by range (recorded_at);
create index movement_location_recorded on movement (location_id, recorded_at);
create index movement_count on movement (count_id) where count_id is not null;
-- Lines that came more than a day after they occurred. What was there at an old instant is what the ledger said a day
-- later, less that day's lines, plus these.
create index movement_late on movement (item_id, location_id, recorded_at)
    where recorded_at - occurred_at > interval '1 day';

-- A missing partition would stop every write, so months are made ahead: at migration, at start and by maintenance.
-- The partition is made beside the ledger and then attached, which waits for nobody who reads or writes it; making it
-- as a partition at once would stop all writes behind the longest reader. The advisory lock, one a schema as all of
-- ours, makes two that want the same month wait for each other.
create function movement_partitions_ensure(months_ahead int4) returns int4
    language plpgsql set lock_timeout = '2s' as
$$
declare
    first_month date := date_trunc('month', clock_timestamp() at time zone 'UTC')::date;
    month date;
    partition text;
    made int4 := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended(current_schema(), 7021001));
    for ahead in 0..months_ahead loop
        month := (first_month + make_interval(months => ahead))::date;
        partition := 'movement_' || to_char(month, 'YYYY_MM');
        if to_regclass(partition) is null then
            execute format('create table %I (like movement including defaults including constraints)', partition);
            execute format(
                'alter table movement attach partition %I for values from (%L) to (%L)',
                partition, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;
select movement_partitions_ensure(3);

create table event_key (
    source_id int4 not null,
    verdict int2 not null,
    event_id text collate "C" not null,
    item_id int8,
    recorded_at timestamptz,
    version int8,
    sequence int8,
    location_id int4,
    fingerprint bytea not null,
    primary key (source_id, event_id)
);

create table commit_log (
    xid xid8 default pg_current_xact_id(),
    commit_id int8 generated always as identity primary key,
    recorded_at timestamptz not null,
    last_recorded_at timestamptz,
    lines int4 not null,
    items int8[],
    locations int4[],
    change_kinds int2[],
    change_keys text[] collate "C"
);
create index commit_log_xid on commit_log (xid);

-- The optimistic write compares what it was decided on while it takes its locks. When a balance has changed, the
-- statement must leave nothing behind, and only an error does that. This one has a code of its own, so that nobody
-- takes it for a defect: the batch is read and decided again.
create function refuse_outdated_batch() returns boolean
    language plpgsql as
$$
begin
    raise exception 'the batch was decided on balances that have changed meanwhile'
        using errcode = 'HF001', hint = 'nothing is wrong: the batch is decided again';
end
$$;

-- The same as `SoldUnits.add`; a test holds the two together. After a thousand half-lives nothing is left: a power that
-- goes below what a float8 holds is an error in SQL, and a till's clock may say 1970.
create function sold_units_merged(units float8, at timestamptz, more float8, more_at timestamptz) returns float8
    language sql immutable parallel safe
    return case
        when more_at is null then units
        when at is null then more
        when at - interval '14 days' * 1000 >= more_at then units
        when more_at - interval '14 days' * 1000 >= at then more
        when at >= more_at then units + more * power(0.5::float8, extract(epoch from at - more_at)::float8 / 1209600)
        else more + units * power(0.5::float8, extract(epoch from more_at - at)::float8 / 1209600)
    end;

-- From when to when the ledger's partitions reach: nothing is recorded outside. NULL without a partition.
create function ledger_span() returns table (begins timestamptz, ends timestamptz)
    language sql stable parallel safe
begin atomic
    select min(coalesce(substring(b.bounds from 'FROM \(''([^'']+)''\)'), '1970-01-01 00:00:00+00')::timestamptz),
           max(coalesce(substring(b.bounds from 'TO \(''([^'']+)''\)'), '9999-12-31 00:00:00+00')::timestamptz)
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bounds) b
    where i.inhparent = 'movement'::regclass;
end;

-- The last line of each balance up to and including an instant; with `unreserved`, the last one that left nothing
-- reserved. In the order in which they are found, and no row where there is none.
--
-- It looks back from the instants, through a month first and then through twice as much each time, and stops once it has
-- found all. The bounds are variables of plpgsql and each look is planned with their values, so the planner leaves out
-- all other partitions: what a question costs does not rise with the months that the ledger has.
create function last_lines(items int8[], places int4[], instants timestamptz[], unreserved bool default false)
    returns table (ord int8, recorded_at timestamptz, version int8, on_hand int8, reserved int8, damaged int8,
                   inspection int8, suspect int8, in_transit int8)
    language plpgsql stable strict parallel safe set plan_cache_mode = force_custom_plan as
$$
#variable_conflict use_column
declare
    newest timestamptz := (select max(i) from unnest(instants) i);
    oldest timestamptz := (select min(i) from unnest(instants) i) - interval '1 month';
    reach interval := interval '1 month';
    span record;
    line record;
    is_found bool[] := array_fill(false, array[cardinality(items)]);
    missing int4 := cardinality(items);
begin
    while missing > 0 loop
        for line in
            select asked.ord, m.*
            from unnest(items, places, instants) with ordinality as asked(item_id, location_id, instant, ord)
            cross join lateral (
                select m.recorded_at, m.version, m.on_hand_after, m.reserved_after, m.damaged_after, m.inspection_after,
                       m.suspect_after, m.in_transit_after
                from movement m
                where m.item_id = asked.item_id and m.location_id = asked.location_id and m.recorded_at <= asked.instant
                  and m.recorded_at > oldest and m.recorded_at <= newest and (not unreserved or m.reserved_after = 0)
                order by m.recorded_at desc limit 1
            ) m
            where not is_found[asked.ord]
        loop
            is_found[line.ord] := true;
            missing := missing - 1;
            ord := line.ord;
            recorded_at := line.recorded_at;
            version := line.version;
            on_hand := line.on_hand_after;
            reserved := line.reserved_after;
            damaged := coalesce(line.damaged_after, 0);
            inspection := coalesce(line.inspection_after, 0);
            suspect := coalesce(line.suspect_after, 0);
            in_transit := coalesce(line.in_transit_after, 0);
            return next;
        end loop;
        if missing > 0 then
            if span is null then select * into span from ledger_span(); end if;
            exit when oldest < span.begins or span.begins is null;
            newest := least(oldest, span.ends);
            oldest := newest - reach;
            reach := reach * 2;
        end if;
    end loop;
end
$$;

-- The units of balances by all lines that occurred up to and including an instant, whenever they were recorded: what the
-- ledger said a day later, without what occurred in that day, and with what has come since. No line occurs more than five
-- minutes after it is recorded. One row for each that is asked about; only partitions around the instants, and those that
-- late lines may be in, are looked at. However many lines there are, no sum is further from 0 than 2 * 10^18.
create function units_occurred(items int8[], places int4[], instants timestamptz[])
    returns table (item_id int8, location_id int4, instant timestamptz, on_hand int8, damaged int8, inspection int8,
                   suspect int8, in_transit int8)
    language plpgsql stable strict parallel safe set plan_cache_mode = force_custom_plan as
$$
#variable_conflict use_column
declare
    day_later timestamptz[] := array(
        select i + interval '1 day' from unnest(instants) with ordinality as u(i, ord) order by ord);
    oldest timestamptz := (select min(i) from unnest(instants) i) - interval '5 minutes';
    first_late timestamptz := (select min(i) from unnest(day_later) i);
    newest timestamptz := (select max(i) from unnest(day_later) i);
begin
    return query
    select items[m.ord], places[m.ord], instants[m.ord],
           greatest(least(sum(m.on_hand), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.damaged), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.inspection), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.suspect), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.in_transit), 2000000000000000000), -2000000000000000000)::int8
    from (
        select n as ord, 0::int8 as on_hand, 0::int8 as damaged, 0::int8 as inspection, 0::int8 as suspect,
               0::int8 as in_transit
        from generate_series(1, cardinality(items)) n
        union all
        select k.ord, k.on_hand, k.damaged, k.inspection, k.suspect, k.in_transit
        from last_lines(items, places, day_later) k
        union all
        select l.ord,
               case 1 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 2 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 3 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 4 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 5 when l.bucket then l.units when l.counter_account then -l.units else 0 end
        from (
            select asked.ord, d.bucket, d.counter_account, -d.units as units
            from unnest(items, places, instants) with ordinality as asked(item_id, location_id, instant, ord)
            cross join lateral (
                select d.bucket, d.counter_account, d.units from movement d
                where d.item_id = asked.item_id and d.location_id = asked.location_id
                  and d.recorded_at >= asked.instant - interval '5 minutes'
                  and d.recorded_at <= asked.instant + interval '1 day' and d.occurred_at > asked.instant
                  and d.recorded_at >= oldest and d.recorded_at <= newest offset 0
            ) d
            union all
            select asked.ord, e.bucket, e.counter_account, e.units
            from unnest(items, places, instants) with ordinality as asked(item_id, location_id, instant, ord)
            cross join lateral (
                select e.bucket, e.counter_account, e.units from movement e
                where e.item_id = asked.item_id and e.location_id = asked.location_id
                  and e.recorded_at > asked.instant + interval '1 day' and e.occurred_at <= asked.instant
                  and e.recorded_at - e.occurred_at > interval '1 day' and e.recorded_at > first_late offset 0
            ) e
        ) l
    ) m
    group by m.ord;
end
$$;

-- Units of holds whose end changed at balances since an instant of each, and that ended after it and by `until`: what the
-- last line before `until` still counts as reserved and is no longer. Holds are made for thirty days at most.
create function holds_ended(items int8[], places int4[], since timestamptz[], until timestamptz)
    returns table (ord int8, units int8)
    language plpgsql stable strict parallel safe set plan_cache_mode = force_custom_plan as
$$
#variable_conflict use_column
declare
    oldest timestamptz := (select min(i) from unnest(since) i) - interval '31 days';
begin
    return query
    select asked.ord, sum(h.units)::int8
    from unnest(items, places, since) with ordinality as asked(item_id, location_id, since, ord)
    cross join lateral (
        select case when h.bucket is null then h.units else h.reserved_delta end as units
        from movement h
        where h.item_id = asked.item_id and h.location_id = asked.location_id
          and h.recorded_at <= until and h.recorded_at > asked.since - interval '31 days' and h.recorded_at > oldest
          and h.hold_expires_at > asked.since and h.hold_expires_at <= until offset 0
    ) h
    group by asked.ord;
end
$$;

-- Lines of promises at balances until an instant, from the last one that left nothing promised there: all before come to
-- nothing.
create function promise_lines(items int8[], places int4[], until timestamptz)
    returns table (item_id int8, location_id int4, reservation_id bytea, units int8, reserved_delta int8,
                   hold_expires_at timestamptz)
    language plpgsql stable strict parallel safe set plan_cache_mode = force_custom_plan as
$$
#variable_conflict use_column
declare
    since timestamptz[] := array_fill('-infinity'::timestamptz, array[cardinality(items)]);
    oldest timestamptz;
    line record;
begin
    for line in
        select l.ord, l.recorded_at
        from last_lines(items, places, array_fill(until, array[cardinality(items)]), true) l
    loop
        since[line.ord] := line.recorded_at;
    end loop;
    select min(s) into oldest from unnest(since) s;
    return query
    select asked.item_id, asked.location_id, m.reservation_id,
           case when m.bucket is null then m.units else m.reserved_delta end, m.reserved_delta, m.hold_expires_at
    from unnest(items, places, since) as asked(item_id, location_id, since)
    cross join lateral (
        select m.* from movement m
        where m.item_id = asked.item_id and m.location_id = asked.location_id and m.recorded_at > asked.since
          and m.recorded_at > oldest and m.recorded_at <= until and m.reservation_id is not null offset 0
    ) m;
end
$$;
