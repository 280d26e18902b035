-- Why:   figures of a day and location (docs/kpis.md) are worked out from facts each time, so that each can be traced to
--        them. Three things were not kept: which silences there were, which facts were sent again, and what came late for a
--        location. And allocations were found by item alone.
-- Lock:  allocation and the ledger take no writes while their indexes are built; that of the ledger has late lines only, and is
--        built in the time of reading it once.
-- Old code: keeps the indexes up to date; silences that it notes, and what is sent to it again, are missing in the figures.
--
-- location_silence       One row for each time a location fell silent: silent_since is when it was heard last before; heard_at is
--                        when it was heard again, NULL while it is silent; where it was paused or closed instead, the row goes.
-- repeated_event         Events that were sent again with the same content, by the second in which that was noted; event_id is ''
--                        for those beyond the thousand of a process and second that are named.
-- allocation_ready       What a location made ready on a day.
-- movement_late_location Lines of a location that came more than a day after they occurred, in the order in which they occurred.

create table location_silence (
    location_id int4 not null,
    silent_since timestamptz not null,
    heard_at timestamptz,
    primary key (location_id, silent_since)
);

create table repeated_event (
    location_id int4 not null,
    noted_at timestamptz not null,
    source_id int4 not null,
    event_id text collate "C" not null,
    sequence int8,
    times int8 not null check (times > 0),
    primary key (location_id, noted_at, source_id, event_id)
);

create index allocation_ready on allocation (location_id, ready_at) where ready_at is not null;
create index movement_late_location on movement (location_id, occurred_at)
    where recorded_at - occurred_at > interval '1 day';
