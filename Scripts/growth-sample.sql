-- Rows as a chain's day makes them: tills name a receipt of 24 characters, orders hold one or two lines. What a table
-- takes by the row is then its whole size, indexes included, by its number of rows. Read by Scripts/measure-growth.sh.
insert into item (sku, name, unit, status)
    select to_char(n, 'FM0000000'), 'Item with a name of usual length ' || n, 'each', 'active' from generate_series(1, 20000) n;
insert into item_history select item_id, 1, updated_at, name, status from item;
insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
    select n::text, 'Store ' || n, 'store', 'active', 'live', true, true, 'Europe/Berlin' from generate_series(1, 400) n;
insert into location_history
    select location_id, 1, updated_at, status, mode, can_pickup, can_ship, false from location;
insert into alias (code_system, code, item_id, units_per_code)
    select 'gtin', lpad((4000000000000 + item_id)::text, 14, '0'), item_id, 1 from item;
insert into balance (item_id, location_id, on_hand, version, recorded_at, first_recorded_at, sold_units, sold_at, sold_since)
    select i, l, 10, 3, now(), now(), 2.5, now(), now() from generate_series(1, 5000) i, generate_series(1, 40) l
    order by random();
insert into commit_log (recorded_at, lines, items)
    select now(), 8, array[n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7]::int8[] from generate_series(1, 50000) n;
insert into movement (
        item_id, location_id, recorded_at, version, sequence, units, on_hand_after, reserved_after, occurred_at, source_id,
        kind, bucket, counter_account, event_id, reference, chain)
    select n::int8 * 7919 % 20000 + 1, n::int8 * 104729 % 400 + 1, now() + make_interval(secs => n / 1000.0), n, n::int8 * 65536, -1, 9, 0,
           now(), n % 400 + 1, 2, 1, 12, to_char(now(), 'YYYY-MM-DD') || '/POS' || n % 4 || '/' || n / 3 || '/' || n % 3,
           'TX' || n / 3, sha256(n::text::bytea)
    from generate_series(1, 400000) n;
insert into event_key (source_id, event_id, verdict, item_id, location_id, recorded_at, version, sequence, fingerprint)
    select source_id, event_id, 1, item_id, location_id, recorded_at, version, sequence, substring(chain for 16)
    from movement order by source_id, recorded_at;
insert into reservation (
        reservation_id, version, created_at, due_at, renewals, allocations_made, is_open, is_split, state, method, location,
        owner, reference, pickup_code, lines)
    select substring(sha256(n::text::bytea) for 16), 3, now(), now() + make_interval(secs => n), 0, 2, false, false,
           'fulfilled', 'pickup', (n % 400 + 1)::text, 'customer-' || n, 'ORDER-' || n, 'ABC' || n, sha256(n::text::bytea)
    from generate_series(1, 100000) n;
insert into allocation (
        item_id, location_id, reservation_id, number, line, quantity, open_units, released, fulfilled_by_request,
        fulfilled_by_sale, restock_pending, created_at, ended_at, state, cover_rank)
    select n::int8 * 7919 % 20000 + 1, n % 400 + 1, substring(sha256((n / 2)::text::bytea) for 16), n % 2 + 1, n % 2, 1, 0, 0, 1,
           0, 0, now(), now(), 5, 1
    from generate_series(1, 200000) n;
insert into request_key (client_id, key, fingerprint, reservation_id)
    select 0, gen_random_uuid()::text, substring(sha256(n::text::bytea) for 16), substring(sha256(n::text::bytea) for 16)
    from generate_series(1, 100000) n;
insert into shipment (reservation_id, units, distance_metres, location_id, day, objective)
    select substring(sha256(n::text::bytea) for 16), 2, 12000, n % 400 + 1, 20000 + n % 30, 'nearest'
    from generate_series(1, 50000) n;
insert into hold_expiry (item_id, expires_at, units, location_id)
    select n % 20000 + 1, now() + make_interval(secs => n), 1, n % 400 + 1 from generate_series(1, 50000) n;
insert into stock_count (count_id, source_id, event_id, location, counted_at, is_complete, excludes_ready, line_count, status)
    select sha256(n::text::bytea), 1, 'count/' || n, (n % 400 + 1)::text, now(), false, false, 60, 'applied'
    from generate_series(1, 20000) n;
insert into count_line (
        item_id, location_id, bucket, counted_at, source, event_id, count_id, is_stated, quantity, variance,
        suspect_variance, recorded_at)
    select n % 20000 + 1, n / 500 + 1, 1, now() + make_interval(secs => n), 'wms', 'count/' || n / 60,
           sha256((n / 60)::text::bytea), true, 5, 0, 0, now()
    from generate_series(1, 100000) n;
insert into reconciliation (
        reconciliation_id, as_of, source_id, in_flight_seconds, event_id, fingerprint, status, is_complete, corrects,
        is_authoritative)
    select sha256(n::text::bytea), now(), 1, 300, 'erp/' || n, substring(sha256(n::text::bytea) for 16), 'done', true, false,
           false
    from generate_series(1, 2000) n;
insert into reconciliation_line (
        reconciliation_id, line, location_id, item_id, theirs, ours, figure_at, status)
    select sha256((n / 1000)::text::bytea), n % 1000, n / 1000 + 1, n % 20000 + 1, 9, 9, now(), 'matched'
    from generate_series(1, 200000) n;
insert into reconciliation_place (location_id, as_of, reconciliation_id)
    select n % 400 + 1, now(), sha256(n::text::bytea) from generate_series(1, 20000) n;
insert into exception (type, dedupe_key, status, source_id, event_id, sku, location, detail, raw, resolved_at, resolution)
    select 'unknownItem', 'unknownItem/' || n, 'resolved', 1, 'e' || n, n::text, (n % 400 + 1)::text,
           'no item is known by this code; create it or map the code', repeat('x', 200), now(), 'applied'
    from generate_series(1, 20000) n;
insert into parked_line (source_id, event_id, sku, location, fact, fingerprint, raw)
    select 1, 'e' || n, n::text, (n % 400 + 1)::text, sha256(n::text::bytea) || sha256(n::text::bytea),
           substring(sha256(n::text::bytea) for 16), repeat('x', 200)
    from generate_series(1, 20000) n;
insert into transfer (
        transfer_id, version, created_at, to_id, state, from_location, to_location, reference, lines)
    select substring(sha256(n::text::bytea) for 16), 3, now(), n % 400 + 1, 'received', 'DC', (n % 400 + 1)::text, 'PO' || n,
           sha256(n::text::bytea) || sha256(n::text::bytea)
    from generate_series(1, 20000) n;
insert into import_report (import_id, line, verdict, code, detail, raw)
    select 'import-' || n / 10000, n, 'parked', 'unknownItem', 'no item is known by this code', repeat('x', 120)
    from generate_series(1, 50000) n;
vacuum analyze;
