-- Why:   storefronts, search indexes and order systems follow every change, in order for each item and with nothing
--        skipped (ADR 29).
-- Lock:  new tables only.
-- Old code: there is none.
--
-- feed_position Gives commits dense positions, once they are visible: append-only but for its oldest rows, which go when
--               they are older than the feed is kept. commit_id is NULL where the position is of what the feed itself
--               found to have changed, in feed_change.
-- feed_progress One row: how far everything is, changed behind the feed's advisory lock only.
--               high        the last commit number that was looked at; every visible one up to it has a position, and
--                           the numbers up to it that are neither visible nor known to be lost are in gaps
--               gap_xids    of each gap: once every transaction before it has ended, the number will never come
--               newest, oldest  the last position, and the first that is kept
--               told        what commits up to this position may have touched was looked at
--               telling     up to where the pass under way looks
--               is_behind   so much was not looked at that all balances will be, once all commits have positions
--               told_until  and holds that ended by then
--               trimmed_xid the last transaction whose commit is no longer kept: what has not seen it cannot be brought
--                           up to date by the log
-- feed_change   What became of availability and bands, as told: by `kind` 1 availability at a location, 2 band there,
--               3 band of a network (group_id NULL: all), 4 and 5 a reservation that lost its cover, and got it back.
-- availability_told  What was told last of an item at a location, as a hash of all that is shown, and its band. No row:
--               nothing was ever told, and it was out.
-- band_told     The same of a network's band; group_id 0 stands for all locations.
-- cover_told    Reservations without cover, as told, by balance.
-- feed_scan     Balances that rules, statuses or groups may have changed, looked at in pages: of an item, of a location,
--               or all. `is_silent`: what is found is noted and told nobody, since nobody ever asked.

create table feed_position (
    position int8 primary key,
    commit_id int8 unique,
    recorded_at timestamptz not null
);

create table feed_progress (
    is_only boolean primary key default true check (is_only),
    high int8 not null default 0,
    gaps int8[] not null default '{}',
    gap_xids xid8[] not null default '{}',
    newest int8 not null default 0,
    oldest int8 not null default 1,
    told int8 not null default 0,
    telling int8 not null default 0,
    is_behind boolean not null default false,
    told_until timestamptz not null default clock_timestamp(),
    trimmed_xid xid8
) with (fillfactor = 50);
insert into feed_progress default values;

create table feed_change (
    position int8 not null,
    ordinal int4 not null,
    kind int2 not null,
    item_id int8,
    location_id int4,
    group_id int4,
    band int2,
    previous_band int2,
    reservation_id bytea,
    -- As `BalanceViewColumn` has them.
    status text,
    is_eligible boolean,
    on_hand int8,
    reserved int8,
    damaged int8,
    inspection int8,
    suspect int8,
    in_transit int8,
    version int8,
    counted_at timestamptz,
    as_of timestamptz,
    safety_stock int8,
    threshold int8,
    fenced int8[],
    is_kit boolean,
    lag_buffer int8,
    kits_available int8,
    primary key (position, ordinal)
);

create table availability_told (
    item_id int8 not null,
    location_id int4 not null,
    band int2 not null,
    shown int8 not null,
    primary key (item_id, location_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);

create table band_told (
    item_id int8 not null,
    group_id int4 not null,
    band int2 not null,
    primary key (item_id, group_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);

create table cover_told (
    item_id int8 not null,
    location_id int4 not null,
    reservation_id bytea not null,
    primary key (item_id, location_id, reservation_id)
);

create table feed_scan (
    scan_id int8 generated always as identity primary key,
    item_id int8,
    location_id int4,
    next_item int8 not null default 0,
    next_location int4 not null default 0,
    is_silent boolean not null default false
);
-- What has not begun is queued once: thousands of items may change before anybody reads on.
create unique index feed_scan_waiting on feed_scan (coalesce(item_id, 0), coalesce(location_id, 0))
    where next_item = 0 and next_location = 0 and not is_silent;
