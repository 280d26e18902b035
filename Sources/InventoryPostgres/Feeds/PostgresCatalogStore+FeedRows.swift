package import Inventory
package import InventoryService
import LibPQ

/// What is in a feed: the same figures as every other answer, by the same formula.
extension PostgresCatalogStore {
    package func feed(_ name: FeedName) async throws(StoreError) -> (feed: Feed, state: String)? {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.productFeedState) { $0.text(name.text) }.first.map { row in
                (Stored<Feed>(row).value, row.text(FeedColumn.count))
            }
        }
    }

    package func places(
        of feed: Feed, after: LocationID?, limit: Int
    ) async throws(StoreError) -> [FeedPlace] {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.query(.productFeedPlaces) {
                $0.network(feed.network)
                $0.text(after?.text ?? "")
                $0.int8(Int64(limit))
            }.map { row in
                let row = ColumnReader<FeedPlaceColumn>(row)
                let hours = row.textIfPresent(.openingHours).map(OpeningHoursText.read)
                return FeedPlace(
                    number: LocationNumber(row.int4(.number)), id: LocationID(stored: row.text(.id)),
                    pickup: row.bool(.canPickup)
                        ? PickupSLA(leadTimeMinutes: row.int8IfPresent(.leadTimeMinutes), hours: hours) : nil)
            }
        }
    }

    package func rows(
        of feed: Feed, at place: FeedPlace, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> [FeedRow] {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.query(.productFeedRows) {
                $0.network(feed.network)
                $0.int4(place.number.rawValue)
                $0.int8(after?.rawValue ?? 0)
                $0.int8(Int64(limit))
                $0.text(feed.itemCodeSystem?.text)
            }.map { row in
                let row = ColumnReader<FeedRowColumn>(row)
                let available = row.int8(.available)
                return FeedRow(
                    item: ItemNumber(row.int8(.item)), code: row.textIfPresent(.code), availableToSell: available,
                    band: Band(availableToSell: available, threshold: row.int8(.threshold)),
                    isPickupRestricted: row.bool(.isPickupRestricted))
            }
        }
    }
}

extension Feed {
    /// Whatever way goods are got: who stands in the shop can buy them too.
    fileprivate var network: NetworkFilter { NetworkFilter(group: group, channel: channel) }
}

/// Of location `l`.
private enum FeedPlaceColumn: Int32, SelectedColumn {
    case number, id, canPickup, leadTimeMinutes, openingHours

    var selected: String {
        switch self {
        case .number: "l.location_id"
        case .id: "l.id"
        case .canPickup: "l.can_pickup"
        case .leadTimeMinutes: "l.lead_time_minutes"
        case .openingHours: "l.opening_hours"
        }
    }
}

/// Of balance `b` of item `i`, for which `n` says what is available.
private enum FeedRowColumn: Int32, SelectedColumn {
    case item, code, available, threshold, isPickupRestricted

    var selected: String {
        switch self {
        case .item: "b.item_id"
        case .code:
            """
            case when $7::text is null then i.sku else (
                select a.code from alias a
                where a.item_id = i.item_id and a.code_system = $7 and a.units_per_code = 1
                order by a.code limit 1) end
            """
        case .available: "n.available"
        case .threshold: "n.threshold"
        case .isPickupRestricted: Statement.isPickupRestricted
        }
    }
}

extension Statement {
    private typealias SQL = AvailabilitySQL

    /// A feed, and behind it what its answers depend on.
    ///
    /// Everything that changes a figure is committed with a row of `commit_log`, but for the ends of holds and for the
    /// time of rules. Of those rows it
    /// takes the greatest transaction number, and which lower ones are still under way: a commit between two such readings
    /// either raises the first or leaves the second (ADR 13 has more on snapshots). Rows of a cluster that this one was
    /// restored from may have numbers that are still to come; they do not count until then. What is under way in another
    /// database of the cluster, as far as the lock table still tells, commits nothing here. The last number drawn for a commit
    /// stands beside, since old rows are removed and the last one may be among them.
    fileprivate static let productFeedState = Statement(
        "product_feed_state", [.text],
        sql: """
            select \(FeedColumn.selectList),
                   format('%s %s %s %s %s %s %s', f.version, (select epoch from config_epoch),
                   pg_sequence_last_value(pg_get_serial_sequence('commit_log', 'commit_id')::regclass), newest.xid, (
                       select string_agg(x::text, ',') from pg_snapshot_xip(pg_current_snapshot()) x
                       where x < newest.xid and not exists (
                           select from pg_locks k join pg_stat_activity a on a.pid = k.pid
                           where k.locktype = 'transactionid' and k.transactionid = x::xid
                             and a.datname <> current_database())), (
                       select extract(epoch from h.expires_at) from hold_expiry h
                       where h.expires_at <= statement_timestamp() order by h.expires_at desc limit 1), (
                       select extract(epoch from \(AvailabilitySQL.lastRuleTurn))))
            from \(FeedColumn.from)
            left join lateral (
                select c.xid from commit_log c where c.xid < pg_snapshot_xmax(pg_current_snapshot())
                order by c.xid desc limit 1
            ) newest on true
            where f.name = $1
            """)

    fileprivate static let productFeedPlaces = Statement(
        "product_feed_places", SQL.network + [.text, .int8],
        sql: """
            with \(SQL.scope)
            select \(FeedPlaceColumn.selectList)
            from location l
            where l.id > $4 and l.deleted_at is null and not \(SQL.isGroupUnknown) and \(SQL.isEligible)
            order by l.id limit $5
            """)

    /// Of item `i` at location `l`.
    fileprivate static let isPickupRestricted = AvailabilityFormula(
        channel: "$2::text", method: "'pickup'::text", isEligible: "true"
    ).isRestricted
    private static let ofPlace = AvailabilityFormula(channel: "$2::text", method: "null::text", isEligible: "true")
    private static let atPlace = AvailabilityFormula(
        location: "l.location_id", channel: "$2::text", method: "null::text", placeSafetyStock: "l.held",
        placeThreshold: "l.low",
        placeRules: "l.rules", lagSeconds: "l.lag_seconds", silentSince: "l.silent_since", isEligible: "true")

    /// What depends on the location alone is worked out once, before its balances are read.
    fileprivate static let productFeedRows = Statement(
        "product_feed_rows", SQL.network + [.int4, .int8, .int8, .text],
        sql: """
            with \(SQL.scope), place as materialized (
                select l.location_id, l.rules, l.lag_seconds, l.silent_since, \(ofPlace.placeSafetyStock) as held,
                       \(ofPlace.placeThreshold) as low
                from location l
                where l.location_id = $4 and l.deleted_at is null and not \(SQL.isGroupUnknown) and \(SQL.isEligible)
            )
            select \(FeedRowColumn.selectList)
            from place l
            cross join lateral (
                select * from balance b
                where b.location_id = l.location_id and b.item_id > $5 and b.version > 0
                order by b.item_id limit $6
            ) b
            cross join lateral (select * from item i where i.item_id = b.item_id offset 0) i
            cross join lateral (
                select \(atPlace.available) as available, \(atPlace.threshold) as threshold offset 0
            ) n
            order by b.item_id
            """)
}
