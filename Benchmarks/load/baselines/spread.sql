-- One sale, written by hand: the rows that the service writes for it, in one statement and one transaction.
-- Each client is a source with ascending event ids, as a till is.
\set n :n + 1
\set item random(1, :items)
\set location random(1, :locations)
with balanced as (
    update balance
    set on_hand = on_hand - 1, version = version + 1,
        recorded_at = greatest(clock_timestamp(), recorded_at + interval '1 microsecond')
    where item_id = :item and location_id = :location
    returning item_id, location_id, version, recorded_at, on_hand, reserved, chain_head
), committed as (
    insert into commit_log (recorded_at, lines) values (clock_timestamp(), 1) returning commit_id
), known as (
    insert into event_key (
        source_id, event_id, fingerprint, verdict, item_id, location_id, recorded_at, version, sequence)
    select 1000000 + :client_id, lpad(:n::text, 9, '0') || '/1', chain_head, 1, item_id, location_id, recorded_at,
           version, commit_id * 65536
    from balanced, committed
)
insert into movement (
    sequence, item_id, location_id, recorded_at, version, kind, bucket, counter_account, units, on_hand_after,
    reserved_after, occurred_at, source_id, event_id, chain)
select commit_id * 65536, item_id, location_id, recorded_at, version, 3, 1, 12, -1, on_hand, reserved,
       clock_timestamp(), 1000000 + :client_id, lpad(:n::text, 9, '0') || '/1', chain_head
from balanced, committed;
