-- Why:   stores count their shelves while data of the days before is still on its way. A count, whenever it comes, has
--        seen all that occurred until its instant, so a balance must find the counts around an instant and what was there
--        at it; and people must see what counts found, what to count next, and what is wrong once all data has come.
-- Lock:  balance and movement get columns without a default, which is a change of the catalogue only. The two indexes on
--        movement are built while writes wait, about a minute for 50 million lines; both are partial and leave nearly all
--        lines out. Everything else is new.
-- Old code: writes lines without a count and leaves the new columns of balance as they are; it must not run beside new code,
--        since it does not look for counts that a fact comes too late for.
--
-- stock_count  One row a count, named by a digest of its source and event id. Until it is applied it holds its lines, so
--              that whoever finds it unfinished can go on.
-- count_line   One row for each count of a balance, in the order that decides between counts. variance is the sum of all
--              ledger lines in this count's name; facts that come late correct it.
-- watch        What may become an exception: opened when all sources of the location were heard past its instant.
-- location_heard  When each source was last heard at a location, written once a second and never by a batch.
-- count_task   What somebody asked to be counted.

alter table balance
    add column damaged_counted_at timestamptz,
    add column inspection_counted_at timestamptz,
    add column sold_since timestamptz;
alter table balance rename column sold_rate to sold_units;
alter table balance rename column sold_rate_at to sold_at;

alter table movement add column count_id bytea;
create index movement_count on movement (count_id) where count_id is not null;
-- Lines that came more than a day after they occurred. What was there at an old instant is what the ledger said a day
-- later, less that day's lines, plus these.
create index movement_late on movement (item_id, location_id, recorded_at)
    where recorded_at - occurred_at > interval '1 day';

-- The source of lines that Holdfast writes itself.
insert into source (source_id, id, name) overriding system value values (0, 'holdfast', 'Holdfast itself');

create table stock_count (
    count_id bytea primary key,
    source_id int4 not null,
    event_id text collate "C" not null,
    location text collate "C" not null,
    counted_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    is_complete boolean not null,
    excludes_ready boolean not null,
    line_count int4 not null,
    status text not null check (status in ('applying', 'applied')),
    fingerprint bytea,
    facts bytea[],
    raws text[]
);
create index stock_count_location on stock_count (location, counted_at);
create index stock_count_complete on stock_count (location, counted_at) where is_complete;
create index stock_count_unfinished on stock_count (recorded_at) where status = 'applying';

create table count_line (
    item_id int8 not null,
    location_id int4 not null,
    bucket int2 not null,
    counted_at timestamptz not null,
    source text collate "C" not null,
    event_id text collate "C" not null,
    count_id bytea not null,
    is_stated boolean not null,
    quantity int8 not null,
    variance int8 not null,
    suspect_variance int8 not null,
    primary key (item_id, location_id, bucket, counted_at, source, event_id)
);
create index count_line_count on count_line (count_id, item_id);
create index count_line_location on count_line (location_id, counted_at);

create table watch (
    item_id int8 not null,
    location_id int4 not null,
    type text not null,
    instant timestamptz not null,
    units int8 not null,
    count_id bytea,
    sequence int8 not null,
    noted_at timestamptz not null default clock_timestamp(),
    is_open boolean not null default false,
    primary key (item_id, location_id, type)
);
create index watch_waiting on watch (noted_at) where not is_open;

create table location_heard (
    location_id int4 not null,
    source_id int4 not null,
    heard_at timestamptz not null,
    heard_through timestamptz not null,
    primary key (location_id, source_id)
);

create table count_task (
    item_id int8 not null,
    location_id int4 not null,
    reason text not null,
    requested_at timestamptz not null default clock_timestamp(),
    primary key (location_id, item_id)
);

-- 1 is looked at first.
alter table exception
    add column priority int2 not null default 2 check (priority between 1 and 3),
    add column units int8,
    add column sequence int8,
    add column count_id bytea,
    add column assigned_at timestamptz,
    add column resolved_by text,
    add column action text;
create index exception_queue on exception (priority, opened_at, exception_id) where status <> 'resolved';

-- The same as `SoldUnits.add`; a test holds the two together.
create function sold_units_merged(units float8, at timestamptz, more float8, more_at timestamptz) returns float8
    language sql immutable parallel safe
    return case
        when more_at is null then units
        when at is null then more
        when at >= more_at then units + more * power(0.5::float8, extract(epoch from at - more_at)::float8 / 1209600)
        else more + units * power(0.5::float8, extract(epoch from more_at - at)::float8 / 1209600)
    end;

-- The units of a balance by all lines that occurred up to and including an instant, whenever they were recorded: what the
-- ledger said a day later, without what occurred in that day, and with what has come since. No line occurs more than five
-- minutes after it is recorded.
create function units_occurred(item int8, place int4, instant timestamptz)
    returns table (on_hand int8, damaged int8, inspection int8, suspect int8, in_transit int8)
    language sql stable parallel safe
    begin atomic
        select coalesce(sum(m.on_hand), 0)::int8, coalesce(sum(m.damaged), 0)::int8, coalesce(sum(m.inspection), 0)::int8,
               coalesce(sum(m.suspect), 0)::int8, coalesce(sum(m.in_transit), 0)::int8
        from (
            (select k.on_hand_after as on_hand, coalesce(k.damaged_after, 0) as damaged,
                    coalesce(k.inspection_after, 0) as inspection, coalesce(k.suspect_after, 0) as suspect,
                    coalesce(k.in_transit_after, 0) as in_transit
             from movement k
             where k.item_id = item and k.location_id = place and k.recorded_at <= instant + interval '1 day'
             order by k.recorded_at desc
             limit 1)
            union all
            select case 1 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
                   case 2 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
                   case 3 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
                   case 4 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
                   case 5 when l.bucket then l.units when l.counter_account then -l.units else 0 end
            from (
                select d.bucket, d.counter_account, -d.units as units
                from movement d
                where d.item_id = item and d.location_id = place and d.recorded_at >= instant - interval '5 minutes'
                  and d.recorded_at <= instant + interval '1 day' and d.occurred_at > instant
                union all
                select e.bucket, e.counter_account, e.units
                from movement e
                where e.item_id = item and e.location_id = place and e.recorded_at > instant + interval '1 day'
                  and e.occurred_at <= instant and e.recorded_at - e.occurred_at > interval '1 day'
            ) l
        ) m;
    end;
