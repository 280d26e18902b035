-- Why:   the feed is delivered to Kafka by one process at a time, which another follows when it dies, from where it was.
-- Lock:  new tables only.
-- Old code: reads and writes neither.
--
-- kafka_topic       How far each topic is, and which process sends to it: one hot row for each topic that was ever
--                   configured. position and ordinal: what is up to there is in Kafka or a dead letter. failing_since and
--                   last_error stay until Kafka takes events again. missing_positions: of the feed, forgotten before they
--                   were sent.
-- kafka_dead_letter Events that Kafka does not take, since they are larger than it allows. The event itself is read from
--                   the feed, as long as that keeps it; rows are deleted by hand.

create table kafka_topic (
    topic text collate "C" primary key,
    position int8 not null,
    ordinal int8 not null,
    events_sent int8 not null default 0,
    sent_at timestamptz,
    missing_positions int8 not null default 0,
    failing_since timestamptz,
    last_error text,
    lease_holder text,
    lease_until timestamptz
) with (fillfactor = 50);

create table kafka_dead_letter (
    topic text collate "C" not null,
    position int8 not null,
    ordinal int8 not null,
    at timestamptz not null default clock_timestamp(),
    type text not null,
    key text not null,
    bytes int8 not null,
    error text not null,
    primary key (topic, position, ordinal)
);
