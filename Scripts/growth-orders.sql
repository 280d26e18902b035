-- Forty open orders at each of 400 stores, and so many closed ones at one of them. Read by measure-growth.sh.
insert into reservation (
        reservation_id, version, created_at, due_at, renewals, allocations_made, is_open, is_split, state, method, location,
        lines)
    select decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, now(), now() + make_interval(secs => n), 0, 1, n > 1000000, false,
           case when n > 1000000 then 'confirmed' else 'fulfilled' end, 'pickup',
           case when n > 1000000 then (n % 400 + 1)::text else '1' end, ''
    from (select generate_series(1, :closed) as n union all select generate_series(1000001, 1016000)) n
    on conflict do nothing;
vacuum analyze;
