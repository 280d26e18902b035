-- What `pgbench -S` does, on the table that the service reads: one row by its primary key.
\set item random(1, :items)
\set location random(1, :locations)
select on_hand, reserved, damaged, inspection, suspect, in_transit, version, counted_at
from balance where item_id = :item and location_id = :location;
