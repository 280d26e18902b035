-- Why:   the service chooses where an order ships from. A location takes so many shipments a day of its own, which several
--        processes may not exceed together; and what shipping cost is reported by day and objective.
-- Lock:  reservation gets a column without a default, which is a change of the catalogue only. The table is new.
-- Old code: neither counts nor notes shipments; it must not run beside new code. Orders from before this step count on no
--        day until their next change.
--
-- shipment      One row for each location that ships something of a reservation. It counts on its day until expires_at, or for
--               good where that is null. Counted behind an advisory lock of the location, so that two batches cannot take its
--               last shipment both.
-- reservation.shipping
--               How its locations were chosen, and its shipments once more: never searched, read with the reservation.

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

alter table reservation add column shipping bytea;
