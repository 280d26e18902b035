-- Why:   a file of book figures can be compared with the ledger only once all of it has been read, since its rows of one item at
--        one location, such as bins, add up, wherever they stand. And a file may be looked at without anything being written.
-- Lock:  a new table; import for an instant, since a column with a constant default rewrites nothing.
-- Old code: neither reads nor writes what is new; it would apply a dry run that it takes up, so no file may be sent as one
--        before all processes are new.
--
-- import_figure   One row for each figure of an import under way whose names are known, its codes in units of the item. Gone
--                 once it was compared, and when the import has ended.

create table import_figure (
    import_id text collate "C" not null,
    line int8 not null,
    source text collate "C" not null,
    as_of timestamptz not null,
    location_id int4 not null,
    item_id int8 not null,
    units int8 not null,
    raw text not null,
    primary key (import_id, line)
);
create index import_figure_place on import_figure (import_id, source, as_of, location_id, item_id);

alter table import add column is_dry_run boolean not null default false;
