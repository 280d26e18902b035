-- Why:   product feeds that a marketplace fetches, and what is known of exported days.
-- Lock:  new tables only.
-- Old code: reads and writes neither.
--
-- product_feed One row for each feed that people have named: what it is about and how it is written. What is in it is read
--            when it is asked for.
-- export_day What a closed day came to when it was exported first: lines, bytes and checksum of its NDJSON as `format`
--            numbers it. A closed day never changes, so a later export that comes to something else has found a fault.
--            Written once. Days without a row have not been exported yet.

create table product_feed (
    name text collate "C" primary key,
    format text not null check (format = 'googleLocalInventory'),
    separator text not null check (separator in ('comma', 'tab')),
    pickup_method text not null check (pickup_method in ('buy', 'reserve')),
    group_id int4,
    channel text collate "C",
    item_code_system text collate "C",
    version int8 not null default 1
);

create table export_day (
    kind text collate "C" not null check (kind in ('ledger', 'balances')),
    day date not null,
    format int4 not null,
    lines int8 not null check (lines >= 0),
    bytes int8 not null check (bytes >= 0),
    first_sequence int8,
    last_sequence int8,
    sha256 bytea not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (kind, day, format)
);
