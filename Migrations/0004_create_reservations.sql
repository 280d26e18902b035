-- Why:   web shops, pickup and ship-from-store flows take promises of units. A promise is decided under the lock of its
--        balances, ends exactly when its time is over whether or not anything runs then, and is part of the ledger. The
--        service chooses where an order ships from; what shipping cost is reported by day and objective.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- reservation   One row a reservation: what the API shows of it as a whole. `lines` is what was asked for, never
--               searched; `shipping` is how its locations were chosen, and its shipments once more, never searched
--               either. `version` guards it: whoever changes it says which version it read. transfer_id is the transfer
--               that it keeps units for, and that alone decides about it. client is who made it, and NULL while access is
--               open: others see it only with a scope of their own.
-- allocation    Units of one line at one location. Its row belongs to whoever holds the lock of its balance. open_units
--               and cover_rank are what the order of cover needs; only open ones are in that index. Whose promise it
--               is, by channel, decides which ring-fence it uses up. `returned` are units handed over that came back.
--               sold_without_line are units of fulfilled_by_sale whose till did not say which line they were of, and
--               sold_at is when a till last sold units of it, by the till's clock.
-- packed_change  By how many units what was packed of a balance changed at an instant. Those behind an instant, taken
--               from what is packed now, give what was packed then: that is what a count adds that leaves out what is
--               packed, whenever it is told of a handover.
-- hold_expiry   How many held units of a balance end at an instant. Rows that are past are taken out of `reserved` by
--               the next write of the balance, which deletes them; a read subtracts them itself. So nothing has to run
--               in time.
-- request_key   Owns a client's Idempotency-Key for as long as the reservation is there. The client's name stands before
--               it, with a line break between, where access is asked for.
-- shipment      One row for each location that ships something of a reservation. It counts on its day until expires_at,
--               or for good where that is null. Counted behind an advisory lock of the location, so that two batches
--               cannot take its last shipment both.

create table reservation (
    reservation_id bytea primary key,
    version int8 not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    due_at timestamptz not null,
    ready_by timestamptz,
    pickup_by timestamptz,
    arrived_at timestamptz,
    claimed_until timestamptz,
    renewals int2 not null,
    allocations_made int2 not null,
    is_open boolean not null,
    is_split boolean not null,
    late_noted boolean not null default false,
    state text not null,
    method text not null,
    location text collate "C" not null,
    owner text collate "C",
    client text collate "C",
    reference text collate "C",
    channel text collate "C",
    pickup_code text collate "C",
    arrival_place text,
    arrival_note text,
    claimed_by text,
    ship_latitude float8,
    ship_longitude float8,
    transfer_id bytea,
    shipping bytea,
    lines bytea not null
) with (fillfactor = 85);
-- Codes are read out at a counter: none may be two open orders'.
create unique index reservation_pickup_code on reservation (pickup_code) where is_open and pickup_code is not null;
create index reservation_location on reservation (location, due_at, reservation_id);
create index reservation_owner on reservation (owner, due_at, reservation_id) where owner is not null;
create index reservation_client on reservation (client, due_at, reservation_id) where client is not null;
-- What people work on: of these lists none reads a reservation that is closed, however many there are.
create index reservation_open on reservation (location, due_at, reservation_id) where is_open;
create index reservation_open_owner on reservation (owner, due_at, reservation_id) where is_open and owner is not null;
create index reservation_open_client on reservation (client, due_at, reservation_id)
    where is_open and client is not null;
create index reservation_open_split on reservation (due_at, reservation_id) where is_open and is_split;
create index reservation_open_due on reservation (due_at, reservation_id) where is_open;
create index reservation_holder on reservation (owner) where state = 'held' and owner is not null;
create index reservation_reference on reservation (reference) where reference is not null;
create index reservation_split on reservation (due_at, reservation_id) where is_split;
create index reservation_expiring on reservation (expires_at) where state = 'held';
create index reservation_late on reservation (pickup_by) where is_open and pickup_by is not null and not late_noted;

create table allocation (
    item_id int8 not null,
    reservation_id bytea not null,
    quantity int8 not null check (quantity > 0),
    open_units int8 not null check (open_units >= 0),
    released int8 not null check (released >= 0),
    fulfilled_by_request int8 not null,
    fulfilled_by_sale int8 not null,
    sold_without_line int8 not null default 0,
    sold_at timestamptz,
    restock_pending int8 not null check (restock_pending >= 0),
    returned int8 not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz,
    ready_at timestamptz,
    ended_at timestamptz,
    location_id int4 not null,
    number int2 not null,
    line int2 not null,
    state int2 not null,
    cover_rank int2 not null,
    channel text collate "C",
    primary key (item_id, location_id, reservation_id, number)
) with (fillfactor = 85);
create index allocation_reservation on allocation (reservation_id);
create index allocation_open on allocation (item_id, location_id, cover_rank, created_at) where open_units > 0;

create table packed_change (
    item_id int8 not null,
    occurred_at timestamptz not null,
    units int8 not null,
    location_id int4 not null,
    primary key (item_id, location_id, occurred_at)
);

create table hold_expiry (
    item_id int8 not null,
    expires_at timestamptz not null,
    units int8 not null,
    location_id int4 not null,
    primary key (item_id, location_id, expires_at)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);
create index hold_expiry_by_end on hold_expiry (expires_at);

create table request_key (
    client_id int4 not null,
    key text collate "C" not null,
    fingerprint bytea not null,
    reservation_id bytea not null,
    primary key (client_id, key)
);

create table shipment (
    reservation_id bytea not null,
    units int8 not null check (units > 0),
    expires_at timestamptz,
    distance_metres int8,
    cost_amount int8,
    location_id int4 not null,
    -- The location's own day, as days since 1970-01-01.
    day int4 not null,
    objective text,
    cost_currency text collate "C",
    primary key (reservation_id, location_id)
) with (fillfactor = 85);
create index shipment_by_day on shipment (day, location_id);
