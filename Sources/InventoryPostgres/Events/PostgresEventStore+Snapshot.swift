package import Inventory
package import InventoryService
import LibPQ

extension PostgresEventStore: SnapshotStore {
    package func balances(
        after key: BalanceKey?, at locations: Set<LocationID>?, limit: Int
    ) async throws(StoreError) -> (views: [BalanceView], last: BalanceKey?) {
        try await feed.perform(timeout: Self.timeout) { session throws(PQError) in
            let rows = try session.query(.feedSnapshot) {
                $0.int8(key?.item.rawValue ?? 0)
                $0.int4(key?.location.rawValue ?? 0)
                $0.int8(Int64(limit))
                if let locations { $0.texts(Array(locations)) { $0.text } } else { $0.null(.textArray) }
            }
            let views = rows.compactMap { row -> BalanceView? in
                let named = ColumnReader<SnapshotColumn>(row, from: ToldColumn.count)
                guard let sku = named.textIfPresent(.sku), let location = named.textIfPresent(.location) else {
                    return nil
                }
                return BalanceView(
                    told: row, from: 0, sku: SKU(stored: sku), location: LocationID(stored: location))
            }
            let last = rows.last.map {
                ColumnReader<SnapshotColumn>($0, from: ToldColumn.count).balanceKey(.item, .place)
            }
            return (views, rows.count < limit ? nil : last)
        }
    }

    package func networkBands(
        after key: NetworkBandKey?, of group: GroupID?, limit: Int
    ) async throws(StoreError) -> (bands: [BandChange], last: NetworkBandKey?) {
        try await feed.perform(timeout: Self.timeout) { session throws(PQError) in
            let rows = try session.query(.feedSnapshotBands) {
                $0.int8(key?.item.rawValue ?? 0)
                $0.int4(key?.group ?? -1)
                $0.int8(Int64(limit))
                $0.text(group?.text)
            }
            var last: NetworkBandKey?
            let bands = rows.map { row in
                let row = ColumnReader<SnapshotBandColumn>(row)
                last = NetworkBandKey(item: ItemNumber(row.int8(.item)), group: row.int4(.groupNumber))
                let group = row.textIfPresent(.group).map(GroupID.init(stored:))
                let band = StoredBand.band(row.int2(.band))
                return BandChange(
                    sku: SKU(stored: row.text(.sku)), place: group.map { .group($0) } ?? .network,
                    channel: row.textIfPresent(.channel).map(Channel.init(stored:)), band: band, previousBand: band,
                    version: nil)
            }
            return (bands, rows.count < limit ? nil : last)
        }
    }
}

/// What a told balance `t` is called, behind `ToldColumn`. The names are NULL where the page does not show it.
private enum SnapshotColumn: Int32, SelectedColumn {
    case item, place, sku, location

    var selected: String {
        switch self {
        case .item: "t.item_id"
        case .place: "t.location_id"
        case .sku: "i.sku"
        case .location: "l.id"
        }
    }
}

/// The told band `t` of item `i` and group `g`, which is missing for all locations.
private enum SnapshotBandColumn: Int32, SelectedColumn {
    case item, groupNumber, sku, group, channel, band

    var selected: String {
        switch self {
        case .item: "t.item_id"
        case .groupNumber: "t.group_id"
        case .sku: "i.sku"
        case .group: "g.id"
        case .channel: "g.channel"
        case .band: "t.band"
        }
    }
}

extension Statement {
    private static let plainly = "(l.status = 'active' and l.mode = 'live')"

    /// `$3` told balances behind item `$1` at location `$2`, as they are now; at locations `$4`, or all.
    fileprivate static let feedSnapshot: Statement = {
        let formula = AvailabilityFormula(
            channel: "null::text", method: "null::text", isEligible: plainly)
        let kits = """
            case when i.rules & \(ItemRules.kit) = 0 then null::int8
                 when i.status = 'stopSale' or not \(plainly) or \(formula.isRestricted) then 0::int8
                 else coalesce(\(AvailabilitySQL.kit("kit.item_id", formula)), 0::int8) end
            """
        return Statement(
            "feed_snapshot", [.int8, .int4, .int8, .textArray],
            sql: """
                select \(ToldColumn.selectList(plainly, formula, kits: kits)), \(SnapshotColumn.selectList)
                from (
                    select t.item_id, t.location_id from availability_told t
                    where (t.item_id, t.location_id) > ($1, $2)
                    order by t.item_id, t.location_id limit $3
                ) t
                left join lateral (
                    select * from location l
                    where l.location_id = t.location_id and l.deleted_at is null
                      and ($4::text[] is null or l.id = any ($4)) offset 0) l on true
                left join lateral (
                    select * from item i where i.item_id = t.item_id and l.location_id is not null offset 0) i on true
                cross join lateral (select i.item_id) kit
                left join lateral (
                    select * from balance b
                    where b.item_id = t.item_id and b.location_id = t.location_id offset 0) b on true
                order by t.item_id, t.location_id
                """)
    }()

    /// `$3` bands behind item `$1` and group `$2`: of group `$4`, or all.
    fileprivate static let feedSnapshotBands = Statement(
        "feed_snapshot_bands", [.int8, .int4, .int8, .text],
        sql: """
            select \(SnapshotBandColumn.selectList)
            from band_told t
            cross join lateral (select i.sku from item i where i.item_id = t.item_id offset 0) i
            left join lateral (
                select g.id, g.channel from location_group g
                where g.group_id = t.group_id and g.deleted_at is null offset 0) g on true
            where (t.item_id, t.group_id) > ($1, $2) and t.band > 0 and (t.group_id = 0 or g.id is not null)
              and ($4::text is null or g.id = $4)
            order by t.item_id, t.group_id
            limit $3
            """)
}
