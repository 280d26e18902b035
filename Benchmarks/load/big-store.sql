-- One store that has every item; every eighth of them is out of stock.
insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
values ('big', 'The largest store', 'store', 'active', 'live', true, true, 'UTC');
insert into balance (item_id, location_id, on_hand, version, recorded_at)
select item_id, (select location_id from location where id = 'big'), case when item_id % 8 = 0 then 0 else 500 end, 1,
       clock_timestamp()
from item;
vacuum analyze location, balance;
checkpoint;
