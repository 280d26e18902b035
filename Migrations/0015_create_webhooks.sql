-- Why:   order systems, search indexes and the like want to be told of changes at an address of theirs, each event at
--        least once and in order for each item, through crashes and endpoints that are down for days.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- webhook            What people set. Names of a filter are kept as they were given; client and reads_reservations say
--                    whose it is, and so which events it may get.
-- webhook_secret     What deliveries are signed with, one or two rows a webhook. It has to be kept as it is, since a hash
--                    signs nothing; so it has a table of its own, which roles that only read do not see.
-- webhook_state      How far a webhook is, and which process delivers it: a hot row, so apart from what people set.
--                    position and ordinal: what is up to there was delivered, set aside or given up. planned: where
--                    the message ends that may have been sent already. replay: what is sent again before all else.
--                    generation rises when somebody changes the webhook; who began before that writes nothing any more.
-- webhook_set_aside  Events that their endpoint refused, and those that wait behind them (next_attempt_at is NULL); given
--                    up where died_at is set. The event itself is read from the feed again. keys: what orders it, one
--                    a line.
-- webhook_delivery   The log of attempts; pruned by number and by age.

create table webhook (
    id text collate "C" primary key,
    url text not null,
    description text not null,
    types text[] not null,
    sku text collate "C",
    location text collate "C",
    group_name text collate "C",
    channel text collate "C",
    batch_size int4 not null check (batch_size between 1 and 100),
    enabled boolean not null,
    client text collate "C",
    reads_reservations boolean not null,
    version int8 not null default 1,
    created_at timestamptz not null default clock_timestamp()
);

create table webhook_secret (
    webhook_id text collate "C" not null,
    number int8 generated always as identity,
    secret bytea not null check (length(secret) between 24 and 64),
    created_at timestamptz not null default clock_timestamp(),
    valid_until timestamptz,
    primary key (webhook_id, number)
);

create table webhook_state (
    webhook_id text collate "C" primary key,
    generation int8 not null default 1,
    position int8 not null,
    ordinal int8 not null,
    planned_position int8,
    planned_ordinal int8,
    replay_position int8,
    replay_ordinal int8,
    replay_through_position int8,
    replay_through_ordinal int8,
    failures int8 not null default 0,
    failing_since timestamptz,
    next_attempt_at timestamptz,
    last_error text,
    paused_reason text,
    paused_at timestamptz,
    lease_holder text,
    lease_until timestamptz
) with (fillfactor = 50);

create table webhook_set_aside (
    webhook_id text collate "C" not null,
    position int8 not null,
    ordinal int8 not null,
    keys text not null,
    attempts int8 not null,
    refused_at timestamptz,
    next_attempt_at timestamptz,
    error text,
    died_at timestamptz,
    primary key (webhook_id, position, ordinal)
);
create index webhook_dead_letter on webhook_set_aside (webhook_id, died_at) where died_at is not null;

create table webhook_delivery (
    webhook_id text collate "C" not null,
    number int8 generated always as identity,
    at timestamptz not null default clock_timestamp(),
    message text not null,
    first_position int8 not null,
    first_ordinal int8 not null,
    last_position int8 not null,
    last_ordinal int8 not null,
    events int8 not null,
    attempt int8 not null,
    status int8,
    milliseconds int8 not null,
    error text,
    primary key (webhook_id, number)
);
