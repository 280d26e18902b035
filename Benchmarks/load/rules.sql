-- What shops hold back and promise, as views have to reckon with it: a threshold for all, safety stock of every tenth
-- location and every fiftieth item, a ring-fence on every two-hundredth, and holds on every twentieth, some of them ended;
-- rules for a while on every hundredth item, some of them yet to begin, and every two-hundredth is not for pickup.
insert into stock_rule (kind, id, quantity, version, valid_from) values (2, 'all', 5, 1, clock_timestamp());
insert into stock_rule (kind, id, location_id, quantity, version, valid_from)
select 1, 'location-' || location_id, location_id, 1, 1, clock_timestamp() from location where location_id % 10 = 0;
insert into stock_rule (kind, id, item_id, quantity, version, valid_from)
select 1, 'item-' || item_id, item_id, 3, 1, clock_timestamp() from item where item_id % 50 = 0;
insert into stock_rule (kind, id, item_id, channel, quantity, version, valid_from)
select 3, 'fence-' || item_id, item_id, 'app', 5, 1, clock_timestamp() from item where item_id % 200 = 0;
insert into stock_rule (kind, id, item_id, quantity, percent, version, valid_from, starts_at, ends_at, settle_at)
select 1, 'season-' || item_id, item_id, 2, 10, 1, clock_timestamp(),
       case when item_id % 200 = 7 then timestamptz '2026-01-01' else timestamptz '2099-01-01' end,
       timestamptz '2100-01-01', timestamptz '2099-01-01'
from item where item_id % 100 = 7;
insert into stock_rule (kind, id, item_id, method, quantity, version, valid_from)
select 4, 'restriction-' || item_id, item_id, 'pickup', 0, 1, clock_timestamp() from item where item_id % 200 = 9;
select place_rules_refresh(null);
select count(item_rules_refresh(item_id)) from item
where item_id % 50 = 0 or item_id % 100 = 7 or item_id % 200 = 9;
update balance
set reserved = 2, next_expiry = case when item_id % 100 = 0 then timestamptz '2026-01-01' else timestamptz '2100-01-01' end
where item_id % 20 = 0;
insert into hold_expiry (item_id, location_id, expires_at, units)
select item_id, location_id, next_expiry, 2 from balance where next_expiry is not null;
vacuum analyze stock_rule, location, item, balance, hold_expiry;
checkpoint;
