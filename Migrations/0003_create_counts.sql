-- Why:   stores count their shelves while data of the days before is still on its way. A count, whenever it comes, has
--        seen all that occurred until its instant, so a balance must find the counts around an instant and what was
--        there at it (`units_occurred`); and people must see what counts found and what to count next.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- stock_count  One row a count, named by a digest of its source and event id. Until it is applied it holds its lines,
--              so that whoever finds it unfinished can go on. left_alone are the items of which a complete count says
--              nothing, since their lines were rejected. actor is who sent one that is stored whole, for whoever finishes it;
--              lines of others say it themselves.
-- count_line   One row for each count of a balance, in the order that decides between counts. variance is the sum of
--              all ledger lines in this count's name; facts that come late correct it. recorded_at is when its first
--              line was, and NULL while it has none: so that a question about the past need not look in the ledger.
--              packed_units are those of its quantity that were packed and that the count itself had left out.
-- count_task   What somebody asked to be counted.

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
    left_alone int8[] not null default '{}',
    status text not null check (status in ('applying', 'applied')),
    fingerprint bytea,
    actor text collate "C",
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
    packed_units int8 not null default 0,
    recorded_at timestamptz,
    primary key (item_id, location_id, bucket, counted_at, source, event_id)
);
create index count_line_count on count_line (count_id, item_id);
create index count_line_location on count_line (location_id, counted_at);

create table count_task (
    item_id int8 not null,
    location_id int4 not null,
    reason text not null,
    requested_at timestamptz not null default clock_timestamp(),
    primary key (location_id, item_id)
);
