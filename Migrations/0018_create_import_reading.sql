-- Why:   a file may hold figures of one instant that a file before it had too, and the later one shall win, while the same
--        file again changes nothing. So the event ids that an import makes begin with when its content was received first,
--        which must be known for ever.
-- Lock:  a new table only.
-- Old code: neither reads nor writes it.
--
-- import_reading  One row for each content of a file and each way in which it was read: its kind, mapping, source and code
--                 system. content and reading are digests. Written once, by the first import of it.

create table import_reading (
    content bytea not null,
    reading bytea not null,
    received_at timestamptz not null,
    primary key (content, reading)
);
