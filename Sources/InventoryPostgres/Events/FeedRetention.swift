package import InventoryService
import LibPQ

/// Lets go of the oldest positions of the feed. Whoever stands before them is told so.
package struct FeedRetention: PeriodicWork {
    package static let name = "feed retention"
    package static let schedule = PeriodicSchedule(every: .seconds(60))

    private let feed: ConnectionPool
    private let bounds: Bounds

    /// What is kept: whichever is less.
    package struct Bounds: Sendable, Hashable {
        package var age: Duration = .seconds(7 * 86_400)
        package var positions: Int64 = 10_000_000

        package static let positionsRange: ClosedRange<Int64> = 1_000...1_000_000_000

        package init() {}
    }

    /// Positions of one pass; a full one goes on at once.
    private static let countMax: Int64 = 5_000

    package init(pools: PostgresPools, bounds: Bounds = Bounds()) {
        feed = pools.feed
        self.bounds = bounds
    }

    package func pass() async throws -> PeriodicPass {
        let bounds = bounds
        return try await feed.performRepeating(timeout: PostgresEventStore.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.feedLock)
            // What nobody follows gets its positions here, so that it grows old as well.
            let sequencedAt = exchange.add(.feedSequence) { $0.int8(Self.countMax) }
            let trimmedAt = exchange.add(.feedTrim) {
                $0.int8(bounds.age.components.seconds)
                $0.int8(bounds.positions)
                $0.int8(Self.countMax)
            }
            exchange.add(.commit)
            let results = try session.run(exchange)
            let removed = results[trimmedAt][0].only.int8
            return PeriodicPass(
                items: Int(removed), hasMore: removed == Self.countMax || results[sequencedAt][0].only.bool)
        }
    }
}

extension Statement {
    /// Removes at most `$3` positions that are older than `$1` seconds, or beyond the newest `$2`, with their commits.
    static let feedTrim = Statement(
        "feed_trim", [.int8, .int8, .int8],
        sql: """
            with gone as materialized (
                select f.position, f.commit_id
                from feed_progress p
                cross join lateral (
                    select f.* from feed_position f
                    where f.position >= p.oldest and f.position < p.oldest + $3
                    order by f.position offset 0
                ) f
                where f.recorded_at < clock_timestamp() - make_interval(secs => $1) or f.position <= p.newest - $2
            ),
            -- Clocks may have gone back: whatever is before the last one that goes, goes with it.
            until as materialized (select max(position) as position from gone),
            positions as (
                delete from feed_position f using feed_progress p, until u
                where f.position >= p.oldest and f.position <= u.position
                returning f.commit_id
            ),
            changes as (
                delete from feed_change c using feed_progress p, until u
                where c.position >= p.oldest and c.position <= u.position
            ),
            commits as (
                delete from commit_log c using positions f where c.commit_id = f.commit_id returning c.xid
            ),
            moved as (
                update feed_progress f
                set oldest = greatest(f.oldest, u.position + 1),
                    trimmed_xid = greatest(f.trimmed_xid, (select max(c.xid) from commits c))
                from until u where u.position is not null
            )
            select count(*) from positions
            """)
}
