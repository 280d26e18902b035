-- Why:   an associate who is asked for another size, and one who walks the shelves with a pick list, need to know which items
--        are sizes of one product, what tells them apart, and where each lies. Nothing is decided by it. And a source that has
--        nothing to report says so by a heartbeat; only who has sent one is missed when it sends none.
-- Lock:  item for an instant, since columns without a default, or with a constant one, rewrite nothing; the index is partial,
--        and empty when it is made. location_heard likewise; its index is built in an instant, of one row for each source of a
--        location. A new table.
-- Old code: neither reads nor writes what is new, and loses nothing of it when it writes an item.
--
-- item.attributes  Name and value in turn, in the order of the names.
-- location_heard.heartbeat_at  When the source sent its last heartbeat for the location; NULL: none ever.
-- item_bin         One row for each item and location of which somebody said where it lies. Deleted when nobody says so any
--                  more, and with its location.

alter table item add column family text collate "C";
alter table item add column attributes text[] not null default '{}';
create index item_family on item (family, sku) where family is not null;

alter table location_heard add column heartbeat_at timestamptz;
create index location_heard_source on location_heard (source_id);

create table item_bin (
    item_id int8 not null,
    location_id int4 not null,
    bin text not null,
    version int8 not null default 1,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (location_id, item_id)
);
