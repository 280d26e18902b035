-- Why:   a store whose line is cut goes on selling, and what is shown of it is wrong by more with every minute. People
--        must see who has fallen silent; and a store can have units held back for what it may have sold since it was
--        heard.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- location_heard
--               When each source was last heard at a location, written once a second and never by a batch.
-- location.silence_limit_seconds
--               Open seconds without a word after which it counts as silent; NULL is the service's default.
-- location.lag_buffer
--               Whether units are held back while it is silent.
-- location.silent_since
--               When it was heard last, of a location that is silent; NULL for all others. A sweep writes it.
-- location.lag_seconds
--               For how long a sale the buffer stands now, in seconds of a usual day and in steps; 0 where nothing is
--               held back. It changes with the config epoch, as rules do. location.rules has 8 while it is not 0, so
--               that nobody has to look at it otherwise.
-- location_lag_history
--               What the buffer stood for from when on, so that a question about the past finds it.

create table location_heard (
    location_id int4 not null,
    source_id int4 not null,
    heard_at timestamptz not null,
    heard_through timestamptz not null,
    primary key (location_id, source_id)
);

create table location_lag_history (
    location_id int4 not null,
    recorded_at timestamptz not null,
    lag_seconds int4 not null,
    silent_since timestamptz,
    primary key (location_id, recorded_at)
);
