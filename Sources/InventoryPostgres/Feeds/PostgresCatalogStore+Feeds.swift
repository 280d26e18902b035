package import Inventory
package import InventoryService
import LibPQ

/// Feeds as people name them; what is in them is read by `PostgresCatalogStore+FeedRows`.
extension PostgresCatalogStore: FeedStore {
    package func putFeed(
        _ feed: Feed, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Feed>> {
        try await change(
            by: actor, of: "feed \(feed.name)", changes: { .put($0, Change(.feed, feed.name.text)) }
        ) { session throws(PQError) in
            // A group that is deleted meanwhile waits for this, or this for that.
            _ = try session.query(.placesShare)
            let current = try session.query(.productFeedLock) { $0.text(feed.name.text) }.first?.only.int8
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            var group: Int32?
            if let id = feed.group {
                group = try session.query(.productFeedGroup) { $0.text(id.text) }.first?.only.int4
                guard group != nil else {
                    return .failure(
                        .unknownReference(pointer: "/group", detail: "no location group has this id; create it first"))
                }
            }
            let known = try session.query(.productFeedRead) { $0.text(feed.name.text) }.first.map(Stored<Feed>.init)
            if let known, known.value == feed { return .success(known.unchanged) }
            let version = try session.query(.productFeedUpsert) {
                $0.text(feed.name.text)
                $0.text(feed.format.rawValue)
                $0.text(feed.separator.rawValue)
                $0.text(feed.pickupMethod.rawValue)
                $0.int4(group)
                $0.text(feed.channel?.text)
                $0.text(feed.itemCodeSystem?.text)
            }[0].only.int8
            return .success(Stored(value: feed, wasCreated: current == nil, version: version))
        }
    }

    package func feeds(_ page: PageRequest) async throws(StoreError) -> Page<Stored<Feed>> {
        try await self.page(
            page, list: .productFeedList, count: .productFeedCount, after: { $0.text(page.after ?? "") },
            Stored<Feed>.init)
    }

    package func deleteFeed(
        _ name: FeedName, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "feed \(name)", changes: { _ in [.deleted(Change(.feed, name.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.productFeedLock, { $0.text(name.text) }).first else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.only.int8) else {
                return .failure(.preconditionFailed(current: row.only.int8))
            }
            _ = try session.query(.productFeedDelete) { $0.text(name.text) }
            return .success(())
        }
    }
}

/// The columns of feed `f` and its group `g`.
enum FeedColumn: Int32, SelectedColumn {
    case name, format, separator, pickupMethod, group, channel, itemCodeSystem, version

    var selected: String {
        switch self {
        case .name: "f.name"
        case .format: "f.format"
        case .separator: "f.separator"
        case .pickupMethod: "f.pickup_method"
        case .group: "g.id"
        case .channel: "f.channel"
        case .itemCodeSystem: "f.item_code_system"
        case .version: "f.version"
        }
    }

    static let from = "product_feed f left join location_group g using (group_id)"
}

extension Stored<Feed> {
    init(_ row: Row) {
        let row = ColumnReader<FeedColumn>(row)
        self.init(
            value: Feed(
                name: FeedName(stored: row.text(.name)), format: .init(stored: row.text(.format)),
                separator: .init(stored: row.text(.separator)), pickupMethod: .init(stored: row.text(.pickupMethod)),
                group: row.textIfPresent(.group).map(GroupID.init(stored:)),
                channel: row.textIfPresent(.channel).map(Channel.init(stored:)),
                itemCodeSystem: row.textIfPresent(.itemCodeSystem).map(CodeSystem.init(stored:))),
            wasCreated: false, version: row.int8(.version))
    }
}

extension Statement {
    fileprivate static let productFeedLock = Statement(
        "product_feed_lock", [.text], sql: "select version from product_feed where name = $1 for update")

    fileprivate static let productFeedGroup = Statement(
        "product_feed_group", [.text], sql: "select group_id from location_group where id = $1 and deleted_at is null")

    fileprivate static let productFeedUpsert = Statement(
        "product_feed_upsert", [.text, .text, .text, .text, .int4, .text, .text],
        sql: """
            insert into product_feed as f (name, format, separator, pickup_method, group_id, channel, item_code_system)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (name) do update
            set format = excluded.format, separator = excluded.separator, pickup_method = excluded.pickup_method,
                group_id = excluded.group_id, channel = excluded.channel, item_code_system = excluded.item_code_system,
                version = f.version + 1
            returning version
            """)

    fileprivate static let productFeedDelete = Statement(
        "product_feed_delete", [.text], sql: "delete from product_feed where name = $1")

    fileprivate static let productFeedRead = Statement(
        "product_feed_read", [.text], sql: "select \(FeedColumn.selectList) from \(FeedColumn.from) where f.name = $1")

    fileprivate static let productFeedList = Statement(
        "product_feed_list", [.text, .int8],
        sql: "select \(FeedColumn.selectList) from \(FeedColumn.from) where f.name > $1 order by f.name limit $2")

    fileprivate static let productFeedCount = Statement("product_feed_count", sql: "select count(*) from product_feed")
}
