-- A ledger of so many months more: one item with a line a month at each of 400 locations, as the program shows it too.
-- Read by measure-growth.sh.
select set_config('growth.months', :'months', false) \g /dev/null
do $$
declare
    month timestamp;
begin
    for ago in 1..current_setting('growth.months')::int loop
        month := date_trunc('month', now() at time zone 'UTC') - make_interval(months => ago);
        execute format(
            'create table movement_%s partition of movement for values from (%L) to (%L)', to_char(month, 'YYYY_MM'),
            month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
    end loop;
end
$$;
insert into item (sku, name, unit, status) values ('A', 'A', 'each', 'active');
insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
    select n::text, 'Store', 'store', 'active', 'live', true, true, 'UTC' from generate_series(1, 400) n;
insert into item_history select item_id, 1, '2000-01-01', name, status from item;
insert into location_history
    select location_id, 1, '2000-01-01', status, mode, can_pickup, can_ship, false from location;
insert into movement (
        item_id, location_id, recorded_at, version, sequence, units, on_hand_after, reserved_after, occurred_at, source_id,
        kind, bucket, counter_account, event_id, chain)
    select 1, l, at, n + 1, n, 1, n + 1, 0, at, 0, 2, 1, 11, 'e', decode(repeat('00', 32), 'hex')
    from (
        select n, (date_trunc('month', now() at time zone 'UTC')
                   - make_interval(months => current_setting('growth.months')::int - n)) at time zone 'UTC' as at
        from generate_series(0, current_setting('growth.months')::int) n
    ) m
    cross join generate_series(1, 400) l;
insert into balance (item_id, location_id, version, recorded_at)
    select item_id, location_id, count(*), max(recorded_at) from movement group by 1, 2;
vacuum analyze;
