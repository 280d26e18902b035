import Inventory
package import InventoryService
import LibPQ

/// The progress of webhooks' deliveries on PostgreSQL.
package struct PostgresWebhookDeliveryStore: WebhookDeliveryStore {
    private let change: ConnectionPool

    private static let timeout: Duration = .seconds(5)

    package init(pools: PostgresPools) { change = pools.change }

    package func claim(by holder: String, leaseSeconds: Int64) async throws(StoreError) -> [WebhookClaim] {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.webhookClaim) {
                $0.text(holder)
                $0.int8(leaseSeconds)
            }
            let held = exchange.add(.webhooksHeld) { $0.text(holder) }
            return try session.run(exchange)[held].map(WebhookClaim.init)
        }
    }

    package func release(by holder: String) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.webhooksRelease) { $0.text(holder) }
        }
    }

    package func begin(
        _ id: WebhookID, by holder: String, leaseSeconds: Int64
    ) async throws(StoreError) -> WebhookTurnState? {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let begun = exchange.add(.webhookBegin) {
                $0.text(id.text)
                $0.text(holder)
                $0.int8(leaseSeconds)
            }
            let secrets = exchange.add(.webhookSecrets) { $0.text(id.text) }
            let setAside = exchange.add(.webhookSetAside) { $0.text(id.text) }
            let results = try session.run(exchange)
            guard let row = results[begun].first else { return nil }
            return WebhookTurnState(
                row, secrets: results[secrets].map { WebhookSecret(stored: $0.only.bytea) },
                setAside: results[setAside].map(WebhookSetAside.init))
        }
    }

    package func renew(_ lease: WebhookLease) async throws(StoreError) -> Bool {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try !session.query(.webhookRenew) {
                $0.text(lease.id.text)
                $0.text(lease.holder)
                $0.int8(lease.seconds)
            }.isEmpty
        }
    }

    package func record(_ step: WebhookStep, of lease: WebhookLease) async throws(StoreError) -> Int64? {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.webhookRecord) {
                $0.lease(lease)
                $0.step(step)
            }.first?.only.int8
        }
    }

    package func pause(
        _ lease: WebhookLease, _ reason: WebhookPauseReason, detail: String
    ) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.webhookPause) {
                $0.lease(lease)
                $0.text(reason.rawValue)
                $0.text(detail)
            }
        }
    }

    package func prune() async throws(StoreError) -> Int {
        try await change.performRepeating(timeout: .seconds(15)) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.webhookDeliveriesPrune) {
                $0.int8(WebhookLimits.logMax)
                $0.int8(WebhookLimits.logDaysMax)
            }
            exchange.add(.webhookDeadLettersPrune) {
                $0.int8(WebhookLimits.deadLettersMax)
                $0.int8(WebhookLimits.deadLetterDaysMax)
            }
            let results = try session.run(exchange)
            return Int(results[0][0].only.int8 + results[1][0].only.int8)
        }
    }
}

/// The columns of state `s` that a process has.
private enum WebhookClaimColumn: Int32, SelectedColumn {
    case id, generation, position, ordinal, isReplaying, waits, setAsideWaits

    var selected: String {
        switch self {
        case .id: "s.webhook_id"
        case .generation: "s.generation"
        case .position: "s.position"
        case .ordinal: "s.ordinal"
        case .isReplaying: "s.replay_position is not null"
        case .waits: Self.seconds("s.next_attempt_at", orElse: "0")
        case .setAsideWaits:
            """
            (
                select \(Self.seconds("min(a.next_attempt_at)", orElse: "null")) from webhook_set_aside a
                where a.webhook_id = s.webhook_id and a.died_at is null)
            """
        }
    }

    /// From now on, as float8.
    fileprivate static func seconds(_ instant: String, orElse: String) -> String {
        "coalesce(extract(epoch from \(instant) - clock_timestamp())::float8, \(orElse))"
    }
}

extension WebhookClaim {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<WebhookClaimColumn>(row)
        self.init(
            id: WebhookID(stored: row.text(.id)), generation: row.int8(.generation),
            cursor: EventCursor(position: row.int8(.position), ordinal: row.int8(.ordinal)),
            isReplaying: row.bool(.isReplaying), waits: .seconds(row.float8(.waits)),
            setAsideWaits: row.float8IfPresent(.setAsideWaits).map { .seconds($0) })
    }
}

/// What a turn needs of state `s`, behind the columns of webhook `w`.
private enum WebhookTurnColumn: Int32, SelectedColumn {
    case generation, position, ordinal, plannedPosition, plannedOrdinal, replayPosition, replayOrdinal
    case replayThroughPosition, replayThroughOrdinal, failures, waits

    var selected: String {
        switch self {
        case .generation: "s.generation"
        case .position: "s.position"
        case .ordinal: "s.ordinal"
        case .plannedPosition: "s.planned_position"
        case .plannedOrdinal: "s.planned_ordinal"
        case .replayPosition: "s.replay_position"
        case .replayOrdinal: "s.replay_ordinal"
        case .replayThroughPosition: "s.replay_through_position"
        case .replayThroughOrdinal: "s.replay_through_ordinal"
        case .failures: "s.failures"
        case .waits: WebhookClaimColumn.seconds("s.next_attempt_at", orElse: "0")
        }
    }
}

extension WebhookTurnState {
    fileprivate init(_ row: Row, secrets: [WebhookSecret], setAside: [WebhookSetAside]) {
        let more = ColumnReader<WebhookTurnColumn>(row, from: WebhookColumn.count)
        var replay: WebhookReplay?
        if let next = EventCursor(more.int8IfPresent(.replayPosition), more.int8IfPresent(.replayOrdinal)),
            let through = EventCursor(
                more.int8IfPresent(.replayThroughPosition), more.int8IfPresent(.replayThroughOrdinal))
        {
            replay = WebhookReplay(next: next, through: through)
        }
        self.init(
            webhook: Webhook(row), secrets: secrets, generation: more.int8(.generation),
            cursor: EventCursor(position: more.int8(.position), ordinal: more.int8(.ordinal)), replay: replay,
            planned: EventCursor(more.int8IfPresent(.plannedPosition), more.int8IfPresent(.plannedOrdinal)),
            failures: more.int8(.failures), waits: .seconds(more.float8(.waits)), setAside: setAside)
    }
}

/// The columns of event `a` that is set aside.
private enum WebhookSetAsideColumn: Int32, SelectedColumn {
    case position, ordinal, keys, attempts, failedFor, waits, error

    var selected: String {
        switch self {
        case .position: "a.position"
        case .ordinal: "a.ordinal"
        case .keys: "a.keys"
        case .attempts: "a.attempts"
        case .failedFor: "coalesce(extract(epoch from clock_timestamp() - a.refused_at)::int8, 0)"
        case .waits: WebhookClaimColumn.seconds("a.next_attempt_at", orElse: "0")
        case .error: "a.error"
        }
    }
}

extension WebhookSetAside {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<WebhookSetAsideColumn>(row)
        self.init(
            event: EventCursor(position: row.int8(.position), ordinal: row.int8(.ordinal)),
            keys: Set(row.text(.keys).split(separator: "\n").map(String.init)), attempts: row.int8(.attempts),
            failedForSeconds: row.int8(.failedFor), waits: .seconds(row.float8(.waits)),
            error: row.textIfPresent(.error))
    }
}

extension Statement {
    /// Those that nobody has, and one's own when a third of the lease is over.
    fileprivate static let webhookClaim = Statement(
        "webhook_claim", [.text, .int8],
        sql: """
            update webhook_state s
            set lease_holder = $1, lease_until = clock_timestamp() + make_interval(secs => $2)
            from webhook w
            where w.id = s.webhook_id and w.enabled and s.paused_reason is null
              and (s.lease_until is null or s.lease_until < clock_timestamp()
                   or s.lease_holder = $1 and s.lease_until < clock_timestamp() + make_interval(secs => $2) * 2 / 3)
            """)

    fileprivate static let webhooksHeld = Statement(
        "webhooks_held", [.text],
        sql: """
            select \(WebhookClaimColumn.selectList)
            from webhook_state s join webhook w on w.id = s.webhook_id
            where s.lease_holder = $1 and s.lease_until > clock_timestamp() and w.enabled and s.paused_reason is null
            """)

    fileprivate static let webhooksRelease = Statement(
        "webhooks_release", [.text],
        sql: "update webhook_state set lease_holder = null, lease_until = null where lease_holder = $1")

    fileprivate static let webhookBegin = Statement(
        "webhook_begin", [.text, .text, .int8],
        sql: """
            update webhook_state s set lease_until = clock_timestamp() + make_interval(secs => $3)
            from webhook w
            where s.webhook_id = $1 and w.id = $1 and w.enabled and s.paused_reason is null and s.lease_holder = $2
              and s.lease_until > clock_timestamp()
            returning \(WebhookColumn.selectList), \(WebhookTurnColumn.selectList)
            """)

    /// Whatever has become of the webhook: the next step sees that.
    fileprivate static let webhookRenew = Statement(
        "webhook_renew", [.text, .text, .int8],
        sql: """
            update webhook_state set lease_until = clock_timestamp() + make_interval(secs => $3)
            where webhook_id = $1 and lease_holder = $2 and lease_until > clock_timestamp()
            returning 1
            """)

    fileprivate static let webhookSetAside = Statement(
        "webhook_set_aside", [.text],
        sql: """
            select \(WebhookSetAsideColumn.selectList) from webhook_set_aside a
            where a.webhook_id = $1 and a.died_at is null order by a.position, a.ordinal
            """)

    fileprivate static let webhookDeliveriesPrune = Statement(
        "webhook_deliveries_prune", [.int8, .int8],
        sql: """
            with gone as (
                delete from webhook_delivery d
                using webhook w
                where d.webhook_id = w.id and (d.at < clock_timestamp() - make_interval(days => $2::int4)
                    or d.number <= (
                        select o.number from webhook_delivery o where o.webhook_id = w.id
                        order by o.number desc offset $1 limit 1))
                returning 1
            )
            select count(*) from gone
            """)

    fileprivate static let webhookDeadLettersPrune = Statement(
        "webhook_dead_letters_prune", [.int8, .int8],
        sql: """
            with gone as (
                delete from webhook_set_aside d
                using webhook w
                where d.webhook_id = w.id and d.died_at is not null
                  and (d.died_at < clock_timestamp() - make_interval(days => $2::int4)
                    or d.died_at <= (
                        select o.died_at from webhook_set_aside o where o.webhook_id = w.id and o.died_at is not null
                        order by o.died_at desc offset $1 limit 1))
                returning 1
            )
            select count(*) from gone
            """)
}
