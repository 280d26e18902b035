-- Why:   items, locations, groups, sources and aliases are what facts and questions name. Names are text in the
--        C collation, since ids are case-sensitive bytes; everything that grows with facts refers to them by
--        small surrogate numbers that are never reused.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- Nothing here is ever deleted physically but aliases and memberships: the ledger refers to these rows for ever,
-- without foreign keys, which would cost every insert a lock on a shared row. A deleted location, group or source
-- keeps its row with deleted_at set, and comes back to life under the same number when it is put again.
--
-- item_history, location_history, location_group_history
--               What was in force when, so that a question about the past can be answered with the statuses and the
--               networks of the past.
-- kit_component What a kit is made of, from when and until when.
-- item.safety_stock, threshold, rules; location.safety_stock, threshold, rules
--               What stock rules say of just this item or location; written by 0006_create_stock_rules only.
-- location.silence_limit_seconds, lag_buffer, silent_since, lag_seconds
--               How long it may be silent, whether units are held back then, since when it is silent, and for how long
--               a sale units are held back now; explained in 0011_create_silence.

-- Raised by every change of master data that could change an answer, so that a process which remembers
-- master data can tell that it must read again.
create table config_epoch (
    only_row boolean primary key default true check (only_row),
    epoch int8 not null
);
insert into config_epoch (epoch) values (1);

-- Who acts (a person or a key) and through which client; filled once access needs a token.
create table actor (
    actor_id int4 generated always as identity primary key,
    name text collate "C" not null unique,
    created_at timestamptz not null default clock_timestamp()
);

create table item (
    item_id int8 generated always as identity primary key,
    sku text collate "C" not null unique,
    name text not null,
    unit text not null check (unit in ('each', 'gram', 'millilitre', 'millimetre')),
    status text not null check (status in ('active', 'stopSale', 'discontinued')),
    safety_stock int8,
    threshold int8,
    rules int2 not null default 0,
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
);

create table item_history (
    item_id int8 not null,
    version int8 not null,
    recorded_at timestamptz not null,
    name text not null,
    status text not null,
    primary key (item_id, version)
);

create table location (
    location_id int4 generated always as identity primary key,
    id text collate "C" not null unique,
    name text not null,
    kind text not null check (kind in ('store', 'warehouse', 'other')),
    status text not null check (status in ('active', 'paused', 'closed')),
    mode text not null check (mode in ('live', 'shadow')),
    can_pickup boolean not null,
    can_ship boolean not null,
    latitude float8 check (latitude between -90 and 90),
    longitude float8 check (longitude between -180 and 180),
    time_zone text not null,
    opening_hours text,
    lead_time_minutes int8,
    daily_capacity int8,
    priority int8,
    cost_per_shipment_amount int8,
    cost_per_shipment_currency text,
    cost_per_km_amount int8,
    cost_per_km_currency text,
    pickup_window_hours int8 check (pickup_window_hours > 0),
    late_pickup text not null default 'exception' check (late_pickup in ('release', 'exception')),
    safety_stock int8 not null default 0,
    threshold int8 not null default 0,
    rules int2 not null default 0,
    silence_limit_seconds int4 check (silence_limit_seconds between 10 and 86400),
    lag_buffer boolean not null default false,
    silent_since timestamptz,
    lag_seconds int4 not null default 0,
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz,
    constraint location_check check ((latitude is null) = (longitude is null)),
    constraint location_check1 check (lag_seconds = 0 or lag_seconds > 0 and silent_since is not null)
);
create index location_silent on location (location_id) where silent_since is not null;

create table location_history (
    location_id int4 not null,
    version int8 not null,
    recorded_at timestamptz not null,
    status text not null,
    mode text not null,
    can_pickup boolean not null,
    can_ship boolean not null,
    is_deleted boolean not null,
    primary key (location_id, version)
);

create table location_group (
    group_id int4 generated always as identity primary key,
    id text collate "C" not null unique,
    name text not null,
    channel text collate "C",
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz
);
-- A channel has one network, or "the channel's group" would be ambiguous.
create unique index location_group_channel on location_group (channel) where deleted_at is null;

create table location_group_member (
    group_id int4 not null,
    location_id int4 not null,
    position int4 not null,
    primary key (group_id, location_id)
);
create index location_group_member_location on location_group_member (location_id);

create table location_group_history (
    group_id int4 not null,
    version int8 not null,
    recorded_at timestamptz not null,
    channel text collate "C",
    is_deleted boolean not null,
    members int4[] not null,
    primary key (group_id, version)
);

create table source (
    source_id int4 generated always as identity primary key,
    id text collate "C" not null unique,
    name text,
    code_system text collate "C",
    locations text[] not null default '{}',
    authority text not null default 'advisory' check (authority in ('advisory', 'authoritative')),
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz
);

-- The source of lines that Holdfast writes itself.
insert into source (source_id, id, name) overriding system value values (0, 'holdfast', 'Holdfast itself');

create table alias (
    code_system text collate "C" not null,
    code text collate "C" not null,
    item_id int8 not null,
    units_per_code int8 not null check (units_per_code between 1 and 1000000),
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    primary key (code_system, code)
);
create index alias_item on alias (item_id);

create table location_alias (
    code_system text collate "C" not null,
    code text collate "C" not null,
    location_id int4 not null,
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    primary key (code_system, code)
);
create index location_alias_location on location_alias (location_id);

create table kit_component (
    kit_id int8 not null,
    position int2 not null,
    component_id int8 not null,
    quantity int8 not null check (quantity > 0),
    valid_from timestamptz not null,
    valid_until timestamptz
);
create index kit_component_kit on kit_component (kit_id, position);
create index kit_component_part on kit_component (component_id) where valid_until is null;

-- How a code is looked up: GTINs of up to 14 digits with leading zeros, others as they are. The same rule as
-- `Code.canonical(in:)`; a test holds the two together.
create function canonical_code(code_system text, code text) returns text
    language sql immutable parallel safe
    return case when code_system = 'gtin' and code ~ '^[0-9]{1,13}$' then lpad(code, 14, '0') else code end;
