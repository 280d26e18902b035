import Inventory
import InventoryService
import LibPQ

/// The columns of attempt `d`.
private enum WebhookDeliveryColumn: Int32, SelectedColumn {
    case number, at, message, firstPosition, firstOrdinal, lastPosition, lastOrdinal, events, attempt, status
    case milliseconds, error

    var selected: String {
        switch self {
        case .number: "d.number"
        case .at: "d.at"
        case .message: "d.message"
        case .firstPosition: "d.first_position"
        case .firstOrdinal: "d.first_ordinal"
        case .lastPosition: "d.last_position"
        case .lastOrdinal: "d.last_ordinal"
        case .events: "d.events"
        case .attempt: "d.attempt"
        case .status: "d.status"
        case .milliseconds: "d.milliseconds"
        case .error: "d.error"
        }
    }
}

extension WebhookDelivery {
    init(_ row: Row) {
        let row = ColumnReader<WebhookDeliveryColumn>(row)
        self.init(
            number: row.int8(.number), at: row.requiredTimestamp(.at),
            attempt: WebhookAttempt(
                message: row.text(.message),
                first: EventCursor(position: row.int8(.firstPosition), ordinal: row.int8(.firstOrdinal)),
                last: EventCursor(position: row.int8(.lastPosition), ordinal: row.int8(.lastOrdinal)),
                events: row.int8(.events), attempt: row.int8(.attempt), status: row.int8IfPresent(.status),
                milliseconds: row.int8(.milliseconds), error: row.textIfPresent(.error)))
    }
}

/// The columns of dead letter `a`.
private enum WebhookDeadLetterColumn: Int32, SelectedColumn {
    case position, ordinal, at, attempts, error

    var selected: String {
        switch self {
        case .position: "a.position"
        case .ordinal: "a.ordinal"
        case .at: "a.died_at"
        case .attempts: "a.attempts"
        case .error: "coalesce(a.error, '')"
        }
    }
}

extension WebhookDeadLetter {
    init(_ row: Row) {
        let row = ColumnReader<WebhookDeadLetterColumn>(row)
        self.init(
            event: EventCursor(position: row.int8(.position), ordinal: row.int8(.ordinal)),
            at: row.requiredTimestamp(.at), attempts: row.int8(.attempts), error: row.text(.error))
    }
}

/// What people do to webhooks.
extension Statement {
    static let webhookLock = Statement(
        "webhook_lock", [.text], sql: "select webhook_id from webhook_state where webhook_id = $1 for update")

    static let webhookStateInsert = Statement(
        "webhook_state_insert", [.text, .int8, .int8],
        sql: "insert into webhook_state (webhook_id, position, ordinal) values ($1, $2, $3)")

    /// Who delivers it looks again before anything else.
    static let webhookInterrupt = Statement(
        "webhook_interrupt", [.text],
        sql: """
            update webhook_state
            set generation = generation + 1, planned_position = null, planned_ordinal = null, next_attempt_at = null
            where webhook_id = $1
            """)

    static let webhookResume = Statement(
        "webhook_resume", [.text, .int8, .int8],
        sql: """
            update webhook_state
            set generation = generation + 1, paused_reason = null, paused_at = null, failures = 0,
                failing_since = null, next_attempt_at = null, last_error = null, planned_position = null,
                planned_ordinal = null, position = coalesce($2, position), ordinal = coalesce($3, ordinal),
                replay_position = case when $2::int8 is null then replay_position end,
                replay_ordinal = case when $2::int8 is null then replay_ordinal end,
                replay_through_position = case when $2::int8 is null then replay_through_position end,
                replay_through_ordinal = case when $2::int8 is null then replay_through_ordinal end
            where webhook_id = $1
            """)

    static let webhookReplay = Statement(
        "webhook_replay", [.text, .int8, .int8, .int8, .int8],
        sql: """
            update webhook_state
            set generation = generation + 1, planned_position = null, planned_ordinal = null, replay_position = $2,
                replay_ordinal = $3, replay_through_position = $4, replay_through_ordinal = $5
            where webhook_id = $1
            """)

    static let webhookRevive = Statement(
        "webhook_revive", [.text, .int8],
        sql: """
            update webhook_set_aside a
            set died_at = null, attempts = 0, refused_at = clock_timestamp(), next_attempt_at = clock_timestamp()
            from (
                select position, ordinal from webhook_set_aside
                where webhook_id = $1 and died_at is not null order by position, ordinal limit $2
            ) dead
            where a.webhook_id = $1 and a.position = dead.position and a.ordinal = dead.ordinal
            """)

    static let webhookSecretInsert = Statement(
        "webhook_secret_insert", [.text, .bytea, .text, .bytea],
        sql: """
            insert into webhook_secret (webhook_id, secret, request, request_fingerprint) values ($1, $2, $3, $4)
            """)

    /// The fingerprint of a request, and the secret that it made.
    static let webhookSecretOfRequest = Statement(
        "webhook_secret_of_request", [.text],
        sql: "select request_fingerprint, secret from webhook_secret where request = $1")

    static let webhookSecretsEnd = Statement(
        "webhook_secrets_end", [.text, .int8],
        sql: """
            update webhook_secret
            set valid_until = least(valid_until, clock_timestamp() + make_interval(secs => $2)) where webhook_id = $1
            """)

    static let webhookSecretsEndedDelete = Statement(
        "webhook_secrets_ended_delete", [.text],
        sql: "delete from webhook_secret where webhook_id = $1 and valid_until <= clock_timestamp()")

    static let webhookSecrets = Statement(
        "webhook_secrets", [.text],
        sql: """
            select secret from webhook_secret
            where webhook_id = $1 and (valid_until is null or valid_until > clock_timestamp()) order by number desc
            """)

    static let webhookStateDelete = delete("webhook_state")
    static let webhookSecretsDelete = delete("webhook_secret")
    static let webhookSetAsideDelete = delete("webhook_set_aside")
    static let webhookDeliveriesDelete = delete("webhook_delivery")

    private static func delete(_ table: String) -> Statement {
        Statement("\(table)_delete", [.text], sql: "delete from \(table) where webhook_id = $1")
    }

    /// What told people of its pause.
    static let webhookExceptionClose = Statement(
        "webhook_exception_close", [.text],
        sql: """
            with closed as (
                \(ExceptionSQL.close(
                    from: "(select $1 as id) named",
                    where: "e.dedupe_key = \(ExceptionSQL.dedupeKey(.webhookPaused, "named.id"))",
                    resolution: "'the webhook was resumed or deleted'"))
            ),
            \(ChangeLog.logged(.init(.exception, of: "closed")))
            select count(*) from closed
            """)

    static let webhookDeliveries = Statement(
        "webhook_deliveries", [.text, .int8, .int8],
        sql: """
            select \(WebhookDeliveryColumn.selectList) from webhook_delivery d
            where d.webhook_id = $1 and d.number < $2 order by d.number desc limit $3
            """)

    static let webhookDeadLetters = Statement(
        "webhook_dead_letters", [.text, .int8, .int8, .int8],
        sql: """
            select \(WebhookDeadLetterColumn.selectList) from webhook_set_aside a
            where a.webhook_id = $1 and a.died_at is not null and (a.position, a.ordinal) > ($2, $3)
            order by a.position, a.ordinal limit $4
            """)
}
