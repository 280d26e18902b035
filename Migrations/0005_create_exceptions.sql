-- Why:   nothing that a source reports is ever lost: a line whose item or location is unknown waits here whole and is
--        applied by itself once the mapping exists; a line that cannot be meant is kept for a person to see. People
--        must also see what is wrong once all data has come, and not before.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- parked_line   fact holds the line in the encoding that its fingerprint is computed from, raw the text as sent. sku,
--               or code_system and code, location and, of a transfer, to_location are what it waits for (codes where there is a system), as indexes to find it by. actor_id is who sent it.
-- exception     At most one open per dedupe_key: a thousand lines of one unknown code are one thing to decide.
-- pending_alarm What may become an exception: opened when all sources of the location were heard past its instant.

create table parked_line (
    source_id int4 not null,
    event_id text collate "C" not null,
    sku text collate "C",
    code_system text collate "C",
    code text collate "C",
    location_system text collate "C",
    location text collate "C" not null,
    to_location_system text collate "C",
    to_location text collate "C",
    fact bytea not null,
    actor_id int4,
    fingerprint bytea not null,
    raw text not null,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (source_id, event_id),
    check ((sku is null) <> (code is null))
);
create index parked_line_sku on parked_line (sku) where sku is not null;
create index parked_line_code on parked_line (code, code_system) where code is not null;
create index parked_line_location on parked_line (location);
create index parked_line_to_location on parked_line (to_location) where to_location is not null;

create table exception (
    exception_id int8 generated always as identity primary key,
    type text not null,
    dedupe_key text collate "C" not null,
    status text not null default 'open' check (status in ('open', 'assigned', 'resolved')),
    -- 1 is looked at first.
    priority int2 not null default 2 check (priority between 1 and 3),
    owner text,
    source_id int4,
    event_id text,
    sku text collate "C",
    code_system text collate "C",
    code text collate "C",
    location text collate "C",
    problem text,
    pointer text,
    detail text not null,
    raw text,
    units int8,
    sequence int8,
    count_id bytea,
    opened_at timestamptz not null default clock_timestamp(),
    assigned_at timestamptz,
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    action text,
    -- The transactions that opened, assigned and resolved it, by which the feed tells them apart.
    opened_xid xid8 default pg_current_xact_id(),
    assigned_xid xid8,
    resolved_xid xid8
);
-- The latest of a key, for the feed.
create index exception_key on exception (dedupe_key, exception_id);
create unique index exception_open_key on exception (dedupe_key) where status <> 'resolved';
create index exception_open_age on exception (opened_at, exception_id) where status <> 'resolved';
create index exception_queue on exception (priority, opened_at, exception_id) where status <> 'resolved';

create table pending_alarm (
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
create index pending_alarm_waiting on pending_alarm (noted_at) where not is_open;
