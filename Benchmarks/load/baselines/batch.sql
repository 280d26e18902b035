-- The bare set-based form of a batch of 5,000 lines: the same rows, with nothing asked and nothing decided. Every
-- balance is taken once, so that no line has to know of another: what is compared is the writing alone.
\set n :n + 1
\set first random(1, :items * :locations - 5000)
with line as materialized (
    select place / :locations + 1 as item_id, (place % :locations + 1)::int4 as location_id,
           place - :first as ord
    from generate_series(:first, :first + 4999) place
), balanced as (
    insert into balance as b (item_id, location_id, recorded_at)
    select item_id, location_id, clock_timestamp() from line
    on conflict (item_id, location_id) do update
    set on_hand = b.on_hand - 1, version = b.version + 1, recorded_at = excluded.recorded_at
    returning item_id, location_id, version, recorded_at, on_hand, reserved, chain_head,
              (item_id - 1) * :locations + location_id - 1 - :first as ord
), committed as (
    insert into commit_log (recorded_at, lines) values (clock_timestamp(), 5000) returning commit_id
), known as (
    insert into event_key (
        source_id, event_id, fingerprint, verdict, item_id, location_id, recorded_at, version, sequence)
    select 2000000 + :client_id, lpad(:n::text, 9, '0') || '/' || lpad(ord::text, 4, '0'), chain_head, 1, item_id,
           location_id, recorded_at, version, commit_id * 65536 + ord
    from balanced, committed
)
insert into movement (
    sequence, item_id, location_id, recorded_at, version, kind, bucket, counter_account, units, on_hand_after,
    reserved_after, occurred_at, source_id, event_id, chain)
select commit_id * 65536 + ord, item_id, location_id, recorded_at, version, 3, 1, 12, -1, on_hand, reserved,
       clock_timestamp(), 2000000 + :client_id, lpad(:n::text, 9, '0') || '/' || lpad(ord::text, 4, '0'), chain_head
from balanced, committed;
