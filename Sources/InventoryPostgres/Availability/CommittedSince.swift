import Inventory
import LibPQ

/// What an answer had seen of commits, when, and of master data: by it a later question finds what has changed since (ADR 13).
struct SeenCommits: Sendable, Equatable {
    /// `pg_current_snapshot`.
    let commits: String
    /// By the database's clock.
    let at: Timestamp
    let epoch: Int64
}

/// What has been committed since an older answer, in SQL: two parts of a statement, for what comes after them.
///
/// What an older snapshot does not see was written by its oldest running transaction or later, so that an index finds it.
/// Besides commits, holds change what can be sold by their end.
struct CommittedSince {
    /// The parameters that hold a `SeenCommits`, such as `$10`.
    let commits: String
    let at: String
    let epoch: String

    static let parameters: [PQType] = [.text, .timestamptz, .int8]

    /// `committed`: rows of the log, with the balances that each touched.
    var committed: String {
        """
        committed as materialized (
            select c.items, c.locations from commit_log c
            where c.xid >= pg_snapshot_xmin(\(commits)::pg_snapshot) and not pg_visible_in_snapshot(c.xid, \(commits)::pg_snapshot)
        )
        """
    }

    /// `base`: one row with the epoch of now, and whether the older answer can be brought up to date at all.
    var base: String {
        """
        base as materialized (
            select c.epoch, c.epoch = \(epoch) and \(at) <= transaction_timestamp()
                and not \(AvailabilitySQL.isRuleTurned(since: at))
                and not exists (select from committed where items is null)
                -- It has seen nothing that this does not see: a transaction may have been faster that began later.
                and pg_snapshot_xmax(\(commits)::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
                and not exists (
                    select from pg_snapshot_xip(pg_current_snapshot()) running(xid)
                    where pg_visible_in_snapshot(running.xid, \(commits)::pg_snapshot))
                -- What the log has let go of must have been seen, since it cannot be asked for any more.
                and not exists (
                    select from feed_progress f
                    where f.is_only and f.trimmed_xid >= pg_snapshot_xmin(\(commits)::pg_snapshot)) as is_usable
            from config_epoch c
        )
        """
    }

    /// Holds that have ended since, as a `from` item.
    var holdsEnded: String {
        "hold_expiry h where h.expires_at > \(at) and h.expires_at <= transaction_timestamp() and (select is_usable from base)"
    }
}

extension ParameterWriter {
    /// Those of `CommittedSince.parameters`.
    mutating func seen(_ seen: SeenCommits) {
        text(seen.commits)
        timestamptz(seen.at.microseconds)
        int8(seen.epoch)
    }
}

/// What a statement has seen, where `epoch` is a column.
enum SeenCommitsColumn: Int32, SelectedColumn {
    case commits, at, epoch

    var selected: String {
        switch self {
        case .commits: "pg_current_snapshot()::text"
        case .at: "transaction_timestamp()"
        case .epoch: "epoch"
        }
    }
}

extension SeenCommits {
    init(_ row: ColumnReader<SeenCommitsColumn>) {
        self.init(commits: row.text(.commits), at: row.requiredTimestamp(.at), epoch: row.int8(.epoch))
    }
}
