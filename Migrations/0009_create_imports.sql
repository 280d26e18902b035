-- Why:   files of master data and facts come in by HTTP and from the command line. An import must go on where it was
--        when its process is killed, by whichever process is there, and say afterwards what became of every line.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- import          One row a file. What was received is spooled in import_chunk; whoever has an unexpired lease applies
--                 it. actor is who ordered it. records_done, the counts and the report rows of a batch are written in one
--                 transaction, after the batch's facts are committed: a batch that is repeated is answered 'duplicate' and counts once here.
-- import_chunk    The body as it was sent, in pieces, kept out of line and uncompressed: it often is gzip already.
--                 Deleted when the import ends.
-- import_report   One row for each line that was not plainly applied.
-- import_mapping  How columns become fields. An import keeps the text that it was started with.

create table import_mapping (
    id text collate "C" primary key,
    kind text not null,
    body text not null,
    version int8 not null default 1,
    updated_at timestamptz not null default clock_timestamp()
);

create table import (
    id text collate "C" primary key,
    kind text not null,
    name text,
    format text,
    source text collate "C",
    code_system text collate "C",
    mapping_id text collate "C",
    mapping text,
    -- Of the content; null while it is being received.
    digest bytea,
    -- False: the file is on the machine of whoever runs the import.
    is_spooled boolean not null,
    state text not null check (
        state in ('receiving', 'waiting', 'running', 'done', 'failed', 'cancelled')),
    bytes_received int8 not null default 0,
    records_total int8,
    records_done int8 not null default 0,
    -- In the order of ImportVerdict.
    counts int8[] not null default '{}',
    skip_reasons text[] not null default '{}',
    skip_counts int8[] not null default '{}',
    reported int4 not null default 0,
    is_report_truncated boolean not null default false,
    problem_code text,
    problem_detail text,
    problem_line int8,
    request_key text collate "C",
    actor text collate "C",
    request_fingerprint bytea,
    created_at timestamptz not null default clock_timestamp(),
    -- Of the last sign of life.
    touched_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    worker text,
    lease_until timestamptz
);
create index import_created on import (created_at, id);
create index import_open on import (created_at) where state in ('receiving', 'waiting', 'running');
create unique index import_request on import (request_key) where request_key is not null;

create table import_chunk (
    import_id text collate "C" not null,
    seq int4 not null,
    bytes bytea not null,
    primary key (import_id, seq)
);
alter table import_chunk alter column bytes set storage external;

create table import_report (
    import_id text collate "C" not null,
    line int8 not null,
    event_id text collate "C",
    verdict text not null,
    code text not null,
    detail text not null,
    raw text not null,
    primary key (import_id, line)
);
