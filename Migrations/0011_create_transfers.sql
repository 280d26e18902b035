-- Why:   stock moves between locations, comes back from customers, and goes out in kits. What is on its way is visible where
--        it is going; what came says which expected supply it was; what came back, which reservation.
-- Lock:  movement, reservation, allocation and expected_supply get columns without a default, or with a constant one, which
--        is a change of the catalogue only. balance gets a partial index, for which its rows are read once while writes wait:
--        about a second for each million. Everything else is new.
-- Old code: does not know transfers, and would not settle expected supply; it must not run beside new code.
--
-- transfer      One row a transfer: what the API shows of it. `lines` is never searched. `version` guards it: whoever changes
--               it says which version it read. Its units are on balances, like all others.
-- transfer_inbound
--               What of a transfer is in transit, by item at its destination: what can be promised by day is asked of this.
-- movement.transfer_id, kit_id
--               The transfer that moved the units, and the kit as whose part they moved. Part of the chain of those lines.
-- reservation.transfer_id
--               The transfer that it keeps units for, and that alone decides about it.
-- allocation.returned
--               Units handed over that came back.
-- expected_supply.received
--               Base units that came. It is settled, and no longer awaited, when all of it has.

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

alter table movement add column transfer_id bytea, add column kit_id int8;
alter table reservation add column transfer_id bytea;
alter table allocation add column returned int8 not null default 0;
alter table expected_supply
    add column received int8 not null default 0 check (received >= 0),
    add column settled_at timestamptz;

-- Units that wait to be looked at: the queue of inspections.
create index balance_inspection on balance (location_id, item_id) where inspection > 0;
