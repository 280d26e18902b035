package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putGroup(
        _ group: LocationGroup, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationGroup>> {
        try await change(
            by: actor, of: "group \(group.id)", obeyed: true,
            changes: { .put($0, Change(.locationGroup, group.id.text)) }
        ) { session throws(PQError) in
            let current = try session.query(.groupLock) { $0.text(group.id.text) }.first.map {
                VersionedRow($0).version
            }
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let known = try session.query(.groupRead) { $0.text(group.id.text) }.first.map(Stored<LocationGroup>.init)
            if let known, known.value == group { return .success(known.unchanged) }
            if let missing = try session.query(.locationFirstUnknown, { $0.texts(group.locations.map { $0.text }) })
                .first
            {
                return .failure(
                    .unknownReference(
                        pointer: "/locations/\(missing.only.int8 - 1)",
                        detail: "no location has this id; create it first"))
            }
            if let channel = group.channel {
                let other = try session.query(.groupOfChannel) {
                    $0.text(channel.text)
                    $0.text(group.id.text)
                }
                if let row = other.first { return .failure(.channelTaken(by: GroupID(stored: row.only.text))) }
            }
            let row = VersionedRow(
                try session.query(.groupUpsert) {
                    $0.text(group.id.text)
                    $0.text(group.name)
                    $0.text(group.channel?.text)
                }[0])
            let before = try session.query(.groupMembersRemove) { $0.int4(row.number) }.map { $0.only.int4 }
            let after = try session.query(.groupMembersAppend) {
                $0.int4(row.number)
                $0.texts(group.locations.map { $0.text })
            }.map { $0.only.int4 }
            _ = try session.query(.groupNote) { $0.int4(row.number) }
            try refreshPlaces(Array(Set(before).symmetricDifference(after)), on: session)
            try raiseEpoch(on: session)
            return .success(Stored(value: group, wasCreated: current == nil, version: row.version))
        }
    }

    package func group(_ id: GroupID) async throws(StoreError) -> Stored<LocationGroup>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.groupRead) { $0.text(id.text) }.first.map(Stored<LocationGroup>.init)
        }
    }

    package func groups(
        within: Set<LocationID>?, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationGroup>> {
        try await self.page(
            page, list: .groupList, count: .groupCount, filter: { $0.within(within) },
            after: { $0.text(page.after ?? "") },
            Stored<LocationGroup>.init)
    }

    package func deleteGroup(
        _ id: GroupID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "group \(id)", obeyed: true, changes: { _ in [.deleted(Change(.locationGroup, id.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.groupLock, { $0.text(id.text) }).first.map(VersionedRow.init) else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.version) else {
                return .failure(.preconditionFailed(current: row.version))
            }
            if try session.query(.groupIsRuled, { $0.int4(row.number) })[0].only.bool {
                return .failure(.resourceInUse("a rule names the group; change or delete that rule first"))
            }
            if let feed = try session.query(.groupFeed, { $0.int4(row.number) }).first?.only.text {
                return .failure(.resourceInUse("the feed '\(feed)' names the group; change or delete that feed first"))
            }
            _ = try session.query(.groupDelete) { $0.int4(row.number) }
            _ = try session.query(.groupNote) { $0.int4(row.number) }
            try raiseEpoch(on: session)
            return .success(())
        }
    }
}

private enum GroupColumn: Int32, SelectedColumn {
    case id, name, channel, locations, version

    var selected: String {
        switch self {
        case .id: "g.id"
        case .name: "g.name"
        case .channel: "g.channel"
        case .locations:
            """
            array(
                select l.id from location_group_member m join location l using (location_id)
                where m.group_id = g.group_id order by m.position)
            """
        case .version: "g.version"
        }
    }
}

extension Stored<LocationGroup> {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<GroupColumn>(row)
        self.init(
            value: LocationGroup(
                id: GroupID(stored: row.text(.id)), name: row.text(.name),
                channel: row.textIfPresent(.channel).map(Channel.init(stored:)),
                locations: row.texts(.locations).map(LocationID.init(stored:))),
            wasCreated: false, version: row.int8(.version))
    }
}

extension Statement {
    fileprivate static let groupLock = Statement(
        "group_lock", [.text],
        sql: "select version, group_id from location_group where id = $1 and deleted_at is null for update")

    /// The position, from 1, of the first id that names no location.
    static let locationFirstUnknown = Statement(
        "location_first_unknown", [.textArray],
        sql: """
            select asked.ord from unnest($1) with ordinality as asked(id, ord)
            where not exists (select from location l where l.id = asked.id and l.deleted_at is null)
            order by asked.ord limit 1
            """)

    fileprivate static let groupOfChannel = Statement(
        "group_of_channel", [.text, .text],
        sql: "select id from location_group where channel = $1 and id <> $2 and deleted_at is null")

    fileprivate static let groupUpsert = Statement(
        "group_upsert", [.text, .text, .text],
        sql: """
            with changed as (
                update location_group
                set name = $2, channel = $3, version = version + 1, updated_at = clock_timestamp(), deleted_at = null
                where id = $1
                returning version, group_id
            ), made as (
                insert into location_group (id, name, channel)
                select $1, $2, $3 where not exists (select from changed)
                returning version, group_id
            )
            select * from changed union all select * from made
            """)

    /// Keeps what the group is from now on, for questions about the past.
    fileprivate static let groupNote = Statement(
        "group_note", [.int4],
        sql: """
            insert into location_group_history (group_id, version, recorded_at, channel, is_deleted, members)
            select g.group_id, g.version, clock_timestamp(), g.channel, g.deleted_at is not null,
                   array(select m.location_id from location_group_member m where m.group_id = g.group_id order by m.position)
            from location_group g where g.group_id = $1
            """)

    fileprivate static let groupIsRuled = Statement(
        "group_is_ruled", [.int4],
        sql: "select exists (select from stock_rule where group_id = $1 and valid_until is null)")

    fileprivate static let groupFeed = Statement(
        "group_feed", [.int4], sql: "select name from product_feed where group_id = $1 order by name limit 1")

    fileprivate static let groupMembersRemove = Statement(
        "group_members_remove", [.int4],
        sql: "delete from location_group_member where group_id = $1 returning location_id")

    fileprivate static let groupMembersAppend = Statement(
        "group_members_append", [.int4, .textArray],
        sql: """
            insert into location_group_member (group_id, location_id, position)
            select $1, l.location_id, member.position
            from unnest($2) with ordinality as member(id, position)
            join location l on l.id = member.id
            returning location_id
            """)

    fileprivate static let groupRead = Statement(
        "group_read", [.text],
        sql: "select \(GroupColumn.selectList) from location_group g where g.id = $1 and g.deleted_at is null")

    fileprivate static let groupList = Statement(
        "group_list", [.textArray, .text, .int8],
        sql: """
            select \(GroupColumn.selectList) from location_group g
            where g.id > $2 and \(isListed) order by g.id limit $3
            """)

    fileprivate static let groupCount = Statement(
        "group_count", [.textArray], sql: "select count(*) from location_group g where \(isListed)")

    /// `$1` is where the client may look.
    private static let isListed = """
        g.deleted_at is null and ($1::text[] is null or exists (
            select from location_group_member m join location l using (location_id)
            where m.group_id = g.group_id and l.id = any($1)))
        """

    fileprivate static let groupDelete = Statement(
        "group_delete", [.int4],
        sql: """
            update location_group
            set deleted_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
            where group_id = $1
            """)
}
