-- Why:   the ledger and the balances that are its fold.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- balance   One row per item and location, locked in primary-key order by every write. Only two indexes, and none on a
--           column that changes, so that its updates stay inside the page (HOT); fillfactor leaves them room.
--           version counts the balance's lines; chain_head is the hash of the last. reserved, folded_until,
--           safety_override and counted_at are there from the first row, since old rows cannot get a history later.
-- movement  Append-only, one partition a month by recorded_at. Promises will be rows here too, with reserved_delta
--           and hold_expires_at and without a bucket. The "after" figures that are nearly always 0 are kept as NULL,
--           which takes no room. The primary key serves a balance's history, its state at a time, and the proof.
-- event_key Owns (source, event id) for ever, which a time-partitioned ledger cannot, and parked lines with it. The
--           id itself and no hash of it, since till ids ascend and random keys cost about twice at size.
-- commit_log One row a batch. Its number is drawn after the balance locks are held, so for one item numbers follow
--           commits; a line's sequence is commit_id * 65536 + its place in the batch.
-- feed_position Gives visible commits dense positions in order, so that a reader neither skips a late commit nor waits
--           for a long transaction. Append-only.

create table balance (
    item_id int8 not null,
    location_id int4 not null,
    on_hand int8 not null default 0,
    reserved int8 not null default 0,
    damaged int8 not null default 0,
    inspection int8 not null default 0,
    suspect int8 not null default 0,
    in_transit int8 not null default 0,
    version int8 not null default 0,
    safety_override int8 check (safety_override >= 0),
    recorded_at timestamptz,
    folded_until timestamptz,
    counted_at timestamptz,
    sold_rate float8,
    sold_rate_at timestamptz,
    chain_head bytea not null default decode(repeat('00', 32), 'hex'),
    primary key (item_id, location_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index balance_location_item on balance (location_id, item_id);

create table movement (
    item_id int8 not null,
    recorded_at timestamptz not null,
    version int8 not null,
    sequence int8 not null,
    units int8 not null,
    on_hand_after int8 not null,
    reserved_after int8 not null,
    occurred_at timestamptz not null,
    location_id int4 not null,
    source_id int4 not null,
    kind int2 not null,
    bucket int2,
    counter_account int2,
    damaged_after int8,
    inspection_after int8,
    suspect_after int8,
    in_transit_after int8,
    reserved_delta int8,
    hold_expires_at timestamptz,
    claimed_at timestamptz,
    corrects int8,
    actor_id int4,
    client_id int4,
    event_id text collate "C" not null,
    reference text collate "C",
    reason text,
    attributes text,
    chain bytea not null,
    primary key (item_id, location_id, recorded_at, version)
) partition by range (recorded_at);
create index movement_location_recorded on movement (location_id, recorded_at);

-- A missing partition would stop every write, so months are made ahead: at migration, at start and by maintenance.
-- The partition is made beside the ledger and then attached, which waits for nobody who reads or writes it; making it
-- as a partition at once would stop all writes behind the longest reader. The advisory lock makes two that want the same
-- month wait for each other.
create function movement_partitions_ensure(months_ahead int4) returns int4
    language plpgsql set lock_timeout = '2s' as
$$
declare
    first_month date := date_trunc('month', clock_timestamp() at time zone 'UTC')::date;
    month date;
    partition text;
    made int4 := 0;
begin
    perform pg_advisory_xact_lock(7021001);
    for ahead in 0..months_ahead loop
        month := (first_month + make_interval(months => ahead))::date;
        partition := 'movement_' || to_char(month, 'YYYY_MM');
        if to_regclass(partition) is null then
            execute format('create table %I (like movement including defaults including constraints)', partition);
            execute format(
                'alter table movement attach partition %I for values from (%L) to (%L)',
                partition, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;
select movement_partitions_ensure(3);

create table event_key (
    source_id int4 not null,
    verdict int2 not null,
    event_id text collate "C" not null,
    item_id int8,
    recorded_at timestamptz,
    version int8,
    sequence int8,
    location_id int4,
    fingerprint bytea not null,
    primary key (source_id, event_id)
);

create table commit_log (
    commit_id int8 generated always as identity primary key,
    recorded_at timestamptz not null,
    lines int4 not null
);

create table feed_position (
    position int8 primary key,
    commit_id int8 not null unique
);
