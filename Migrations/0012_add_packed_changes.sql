-- Why:   a count that leaves out what is packed adds it. How much was packed at its instant follows from when units were
--        packed and when they left, whenever that is told: a handover from before the count that is told behind it takes
--        its units out of what the count has found. That must be known of every instant, of units that have moved or
--        ended too, and each count must know how many such units it has.
-- Lock:  a new table; columns that are nullable or have a constant default, so no table is written anew. The past is
--        read once from the ledger, for promises that were ready.
-- Old code: neither writes nor reads what is new. Counts that it takes add what was packed and do not note how much.
--
-- packed_change  By how many units what was packed of a balance changed at an instant. Those behind an instant, taken
--                from what is packed now, give what was packed then.
-- count_line.packed_units  Of its quantity, units that were packed and left out.
-- allocation.sold_at       When a till last sold units of it, by the till's clock.

create table packed_change (
    item_id int8 not null,
    occurred_at timestamptz not null,
    units int8 not null,
    location_id int4 not null,
    primary key (item_id, location_id, occurred_at)
);

alter table count_line add column packed_units int8 not null default 0;
alter table allocation add column sold_at timestamptz;

with gone as (
    select a.item_id, a.location_id, a.ready_at, greatest(m.occurred_at, a.ready_at) as at, -m.reserved_delta as units
    from allocation a
    join movement m on m.item_id = a.item_id and m.location_id = a.location_id
        and m.reservation_id = a.reservation_id and m.allocation_number = a.number
    where a.ready_at is not null and m.recorded_at > a.ready_at and m.reserved_delta < 0
),
changed as (
    select item_id, location_id, at as occurred_at, -units as units from gone
    union all
    select item_id, location_id, ready_at, units from gone
    union all
    select item_id, location_id, ready_at, open_units from allocation where ready_at is not null and state = 3
)
insert into packed_change (item_id, location_id, occurred_at, units)
select item_id, location_id, occurred_at, sum(units) from changed
group by item_id, location_id, occurred_at having sum(units) <> 0;
