-- Why:   other systems say what they believe was there at an instant. It is compared with the ledger's own account of
--        that instant, and people must see what agreed, what was on its way and what is really wrong, line by line and
--        by day.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- reconciliation_rule  What difference is let pass, and what is put right, for a source, a location, both or all. One
--                row a scope.
-- reconciliation One row each, found by its source and event id, since exceptions name it so, and named by a digest of
--                its source and event id. It is stored whole with its lines before anything is compared, so that
--                whoever finds it unfinished can go on. The totals are there once it is done.
-- reconciliation_line  One row for each item at a location, and one for each line that names none. Whoever compares a
--                line first writes it; is_to_correct is decided then and stays. A variance may be data on its way: one
--                that is_awaiting is neither corrected nor shown to people before the location's other sources were
--                heard through its instant or a set wait has passed.
-- reconciliation_place What it came to at each location: so a location's days are added up without reading any line.

create table reconciliation_rule (
    id text collate "C" primary key,
    source_id int4,
    location_id int4,
    tolerance_units int8 not null check (tolerance_units >= 0),
    tolerance_percent int4 not null check (tolerance_percent between 0 and 100),
    auto_correct_units int8 not null check (auto_correct_units >= 0),
    version int8 not null,
    constraint reconciliation_rule_scope unique nulls not distinct (location_id, source_id)
);

create table reconciliation (
    reconciliation_id bytea primary key,
    created_at timestamptz not null default clock_timestamp(),
    as_of timestamptz not null,
    source_id int4 not null,
    in_flight_seconds int4 not null,
    event_id text collate "C" not null,
    fingerprint bytea not null,
    status text not null check (status in ('comparing', 'done')),
    is_complete boolean not null,
    corrects boolean not null,
    is_authoritative boolean not null,
    lines int8 not null default 0,
    matched int8 not null default 0,
    within_tolerance int8 not null default 0,
    explained int8 not null default 0,
    variance int8 not null default 0,
    corrected int8 not null default 0,
    unknown int8 not null default 0,
    units_theirs int8 not null default 0,
    units_ours int8 not null default 0,
    absolute_variance int8 not null default 0
);
create index reconciliation_newest on reconciliation (created_at, reconciliation_id);
create index reconciliation_event on reconciliation (source_id, event_id);
create index reconciliation_unfinished on reconciliation (created_at) where status = 'comparing';

create table reconciliation_line (
    reconciliation_id bytea not null,
    line int4 not null,
    location_id int4,
    item_id int8,
    theirs int8 not null,
    ours int8,
    sequence int8,
    figure_at timestamptz,
    lines_in_flight int4,
    is_to_correct boolean not null default false,
    is_awaiting boolean not null default false,
    status text not null check (status in (
        'waiting', 'matched', 'withinTolerance', 'explained', 'variance', 'corrected', 'unknown')),
    because text,
    rule text collate "C",
    -- As they were sent, where nothing is known by them.
    sku text collate "C",
    code_system text collate "C",
    code text collate "C",
    location text collate "C",
    problem text,
    primary key (reconciliation_id, line)
);
create index reconciliation_line_awaiting on reconciliation_line (reconciliation_id, location_id) where is_awaiting;

create table reconciliation_place (
    location_id int4 not null,
    as_of timestamptz not null,
    reconciliation_id bytea not null,
    matched int8 not null default 0,
    explained int8 not null default 0,
    discrepant int8 not null default 0,
    units_off int8 not null default 0,
    primary key (location_id, as_of, reconciliation_id)
);
