-- Why:   stock moves between locations, and more of it is expected. What is on its way is visible where it is going;
--        what came says which expected supply it was.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- transfer      One row a transfer: what the API shows of it. `lines` is never searched. `version` guards it: whoever
--               changes it says which version it read. Its units are on balances, like all others.
-- transfer_inbound
--               What of a transfer is in transit, by item at its destination: what can be promised by day is asked of
--               this.
-- expected_supply
--               What somebody says will come. It can be shown, and is never promised. `received` are base units that
--               came; it is settled, and no longer awaited, when all of it has.

create table transfer (
    transfer_id bytea primary key,
    version int8 not null,
    created_at timestamptz not null,
    expected_at timestamptz,
    first_expected_at timestamptz,
    shipped_at timestamptz,
    received_at timestamptz,
    closed_at timestamptz,
    cancelled_at timestamptz,
    to_id int4 not null,
    state text not null check (state in ('draft', 'shipped', 'received', 'closed', 'cancelled')),
    from_location text collate "C",
    to_location text collate "C" not null,
    reference text collate "C",
    close_reason text,
    reservation_id bytea,
    lines bytea not null
) with (fillfactor = 85);
create index transfer_to on transfer (to_location, transfer_id);
create index transfer_from on transfer (from_location, transfer_id);
create index transfer_reference on transfer (reference) where reference is not null;
create index transfer_open on transfer (expected_at) where state in ('draft', 'shipped');

create table transfer_inbound (
    item_id int8 not null,
    location_id int4 not null,
    transfer_id bytea not null,
    units int8 not null check (units > 0),
    expected_at timestamptz,
    primary key (item_id, location_id, transfer_id)
);
create index transfer_inbound_transfer on transfer_inbound (transfer_id);

create table expected_supply (
    supply_id int8 generated always as identity primary key,
    id text collate "C" not null unique,
    item_id int8 not null,
    location_id int4 not null,
    quantity int8 not null check (quantity > 0),
    expected_at timestamptz not null,
    first_expected_at timestamptz not null,
    reference text collate "C",
    received int8 not null default 0 check (received >= 0),
    settled_at timestamptz,
    version int8 not null,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
);
create index expected_supply_item on expected_supply (item_id, location_id, expected_at);
