-- Master data and stock to measure on: :items x :locations balances, of which :percent percent are there.
-- Stock is put in place without ledger lines: what is measured is what comes after it.
insert into item (sku, name, unit, status)
select 'sku-' || lpad(i::text, 6, '0'), 'Item ' || i, 'each', 'active' from generate_series(1, :items) i;
insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
select 'loc-' || lpad(l::text, 4, '0'), 'Location ' || l, 'store', 'active', 'live', true, true, 'UTC'
from generate_series(1, :locations) l;
-- Every eighth is out of stock, others have up to a thousand. The multiplications spread without randomness.
insert into balance (item_id, location_id, on_hand, version, recorded_at)
select i, l, case when (i * 7 + l * 13) % 8 = 0 then 0 else (i * 31 + l * 17) % 1000 end, 1, clock_timestamp()
from generate_series(1, :items) i, generate_series(1, :locations) l
where (i * 2654435761 + l * 40503) % 10000 < :percent * 100;
vacuum analyze item, location, balance;
checkpoint;
