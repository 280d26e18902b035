-- Why:   a change of one group had every band of every network looked at again, for all items: seconds with twenty groups, and
--        all other events waited. Now a scan says which group it is about, and looks at its places and its network.
-- Lock:  feed_scan for an instant; it has a row for each scan that waits.
-- Old code: its passes over the feed fail, since they name the index that is gone, and are taken up by processes that are up to
--        date; nothing is lost. Bring all processes up to date.
--
-- feed_scan.group_id  The network to look at beside those of the place: its members may be others than before. Without an
--               item and a location, the scan goes through the balances of all places that are or were in the group.

alter table feed_scan add column group_id int4;
drop index feed_scan_waiting;
create unique index feed_scan_waiting
    on feed_scan (coalesce(item_id, 0), coalesce(location_id, 0), coalesce(group_id, 0))
    where next_item = 0 and next_location = 0 and not is_silent;

-- The places that are or were in a group.
create function group_places_ever(one int4) returns int4[]
    language sql stable
    return array(
        select m.location_id from location_group_member m where m.group_id = one
        union
        select place from location_group_history h cross join unnest(h.members) place where h.group_id = one);
