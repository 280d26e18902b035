/// What a pass of the feed adds to `feedTell` where there are scans: balances that a rule, a status, a group or a time is about,
/// page by page. Parts of that statement, and nothing without it.
enum FeedScanSQL {
    /// `page`, a page of `$1` balances; `turned`, whether it is full and which scan it ends in; `passed`, the scans that this
    /// pass ends.
    static let pages = """
        page as materialized (
            select s.scan_id, s.is_silent, s.group_id, s.is_whole, b.item_id, b.location_id
            from (
                select s.*, s.item_id is null and s.location_id is null and s.group_id is null as is_whole
                from feed_scan s order by s.scan_id limit \(scansMax)
            ) s
            cross join lateral (
                (select b.item_id, b.location_id from balance b
                 where s.item_id is not null and b.item_id = s.item_id and b.location_id > s.next_location
                 order by b.location_id limit $1)
                union all
                (select b.item_id, b.location_id from balance b
                 where s.location_id is not null and b.location_id = s.location_id and b.item_id > s.next_item
                 order by b.item_id limit $1)
                union all
                (select b.item_id, b.location_id from balance b
                 where s.is_whole and (b.item_id, b.location_id) > (s.next_item, s.next_location)
                 order by b.item_id, b.location_id limit $1)
                union all
                (select b.item_id, b.location_id from balance b
                 where s.item_id is null and s.location_id is null and s.group_id is not null
                   and b.location_id = any (group_places_ever(s.group_id))
                   and (b.item_id, b.location_id) > (s.next_item, s.next_location)
                 order by b.item_id, b.location_id limit $1)
            ) b
            -- One scan after the other, each in the order of its keys; to sort them would read them all first.
            limit $1
        ),
        turned as materialized (
            select count(*) = $1 as is_full, max(scan_id) as scan_id from page
        ),
        passed as materialized (
            select s.scan_id, s.item_id, s.is_silent
            from (select * from feed_scan order by scan_id limit \(scansMax)) s cross join turned t
            where not t.is_full or s.scan_id < t.scan_id
        ),

        """

    /// Rows of `pair`. A kit itself has no balance: wherever its components have one.
    static let kits = """
        union all
        select s.item_id, b.location_id, s.is_silent
        from passed s
        cross join lateral (
            select c.component_id from kit_component c where c.kit_id = s.item_id and c.valid_until is null offset 0) c
        cross join lateral (
            select b.location_id from balance b where b.item_id = c.component_id and b.version > 0 offset 0) b
        """

    /// `scanned`, of what the page has: the networks that its place is in, and may have left.
    static let networks = """
        scanned as materialized (
            select item_id, null::int4 as group_id, is_silent from page
            union
            select p.item_id, m.group_id, p.is_silent
            from page p
            cross join lateral (
                select m.group_id from location_group_member m where m.location_id = p.location_id offset 0) m
            union
            select item_id, group_id, is_silent from page where group_id is not null
            union
            select p.item_id, t.group_id, p.is_silent
            from page p
            cross join lateral (
                select t.group_id from band_told t where p.is_whole and t.item_id = p.item_id and t.group_id > 0 offset 0) t
            union
            select s.item_id, n.group_id, s.is_silent from passed s cross join network n where s.item_id is not null
        ),

        """

    /// Rows of `judge`.
    /// - Parameter kits: a select of the kits that `s.item_id` is part of.
    static func judged(kits: String) -> String {
        """
        union all
        select s.item_id, s.group_id, s.is_silent from scanned s
        union all
        select k.kit_id, s.group_id, s.is_silent from scanned s cross join lateral (\(kits)) k
        """
    }

    /// Ends the scans that are through, and notes how far the last has come.
    static let turn = """
        ,
        scan_ended as (
            delete from feed_scan s using passed p where s.scan_id = p.scan_id
        ),
        scan_moved as (
            update feed_scan s
            set next_item = last.item_id, next_location = last.location_id
            from turned t
            cross join lateral (
                select p.item_id, p.location_id from page p
                where p.scan_id = t.scan_id order by p.item_id desc, p.location_id desc limit 1
            ) last
            where t.is_full and s.scan_id = t.scan_id
        )
        """

    /// Scans that one pass takes up: a page of rules may be about few balances each.
    private static let scansMax = 500
}
