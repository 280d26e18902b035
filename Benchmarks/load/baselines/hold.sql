-- One hold of :lines lines at one location, written by hand: the rows that the service writes for it, in one statement and
-- one transaction. The balances are locked in order, so that nobody waits in a circle.
\set n :n + 1
\set location random(1, :locations)
\set first random(1, :items)
with asked as (
    select distinct (:first::int8 + i * 7919) % :items::int8 + 1 as item_id from generate_series(0, :lines::int4 - 1) i
), locked as materialized (
    select b.item_id from balance b join asked using (item_id)
    where b.location_id = :location::int4 order by b.item_id for update of b
), balanced as (
    update balance b
    set reserved = reserved + 1, version = version + 1, next_expiry = coalesce(next_expiry, now() + interval '15 min'),
        recorded_at = greatest(clock_timestamp(), recorded_at + interval '1 microsecond')
    from locked
    where b.item_id = locked.item_id and b.location_id = :location
    returning b.item_id, b.version, b.recorded_at, b.on_hand, b.reserved, b.chain_head
), committed as (
    insert into commit_log (recorded_at, lines) values (clock_timestamp(), :lines::int4) returning commit_id
), named as materialized (
    select decode(lpad(to_hex(:n::int8), 16, '0') || lpad(to_hex(:client_id::int8), 16, '0'), 'hex') as id,
           date_trunc('second', now()) + interval '901 seconds' as expires_at
), promised as (
    insert into reservation (
        reservation_id, version, created_at, expires_at, due_at, ready_by, renewals, allocations_made, is_open, is_split,
        state, method, location, reference, pickup_code, lines)
    select id, 1, now(), expires_at, now(), now(), 0, :lines::int2, true, false, 'held', 'pickup',
           'loc-' || lpad(:location::text, 4, '0'), 'cart-' || :n::text, 'C' || :client_id::text || '-' || :n::text,
           decode(repeat('00', 60), 'hex')
    from named
), allocated as (
    insert into allocation (
        item_id, location_id, reservation_id, number, line, quantity, open_units, released, fulfilled_by_request,
        fulfilled_by_sale, restock_pending, created_at, expires_at, state, cover_rank)
    select item_id, :location::int4, id, (row_number() over ())::int2, 0, 1, 1, 0, 0, 0, 0, now(), expires_at, 1, 2
    from balanced, named
), keyed as (
    insert into request_key (client_id, key, fingerprint, reservation_id)
    select 0, :client_id::text || '-' || :n::text, decode(repeat('00', 16), 'hex'), id from named
), held as (
    insert into hold_expiry as h (item_id, location_id, expires_at, units)
    select item_id, :location::int4, expires_at, 1 from balanced, named
    on conflict (item_id, location_id, expires_at) do update set units = h.units + 1
)
insert into movement (
    sequence, item_id, location_id, recorded_at, version, kind, units, on_hand_after, reserved_after, occurred_at,
    source_id, event_id, reserved_delta, hold_expires_at, reservation_id, allocation_number, chain)
select commit_id * 65536 + (row_number() over ())::int2, item_id, :location, recorded_at, version, 9, 1, on_hand, reserved,
       recorded_at, 0, encode(id, 'hex'), 1, expires_at, id, (row_number() over ())::int2, chain_head
from balanced, committed, named;
