-- Why:   a file may hold figures of one instant that a file before it had too, and the later one shall win, while the same
--        file again changes nothing. So the event ids that an import makes begin with when its content was received first,
--        which must be known for ever. And scales print weights and prices into barcodes, each source's in its own way.
-- Lock:  a new table; source for an instant, since a column with a constant default rewrites nothing.
-- Old code: neither reads nor writes what is new, and loses no rule when it writes a source.
--
-- import_reading  One row for each content of a file and each way in which it was read: its kind, mapping, source and code
--                 system. content and reading are digests. Written once, by the first import of it.

create table import_reading (
    content bytea not null,
    reading bytea not null,
    received_at timestamptz not null,
    primary key (content, reading)
);

-- Each as the program writes it: prefixes, the article's digits, the value's, what the value is, and its decimals.
alter table source add column labels text[] not null default '{}';
