import Inventory
import InventoryService
import LibPQ

extension ParameterWriter {
    /// $1 to $4: whoever writes has the lease, of the webhook as it is.
    mutating func lease(_ lease: WebhookLease) {
        text(lease.id.text)
        text(lease.holder)
        int8(lease.generation)
        int8(lease.seconds)
    }

    /// $5 to $37.
    mutating func step(_ step: WebhookStep) {
        bool(step.isReplay)
        cursor(step.cursor)
        bool(step.endsReplay)
        cursor(step.planned)
        switch step.health {
        case .unchanged:
            int2(0)
            text(nil)
            int8(nil)
        case .works:
            int2(1)
            text(nil)
            int8(nil)
        case .failed(let error, let wait):
            int2(2)
            text(error)
            int8(wait.wholeMilliseconds)
        }
        let setAside = step.setAside
        int8s(setAside) { $0.event.position }
        int8s(setAside) { $0.event.ordinal }
        texts(setAside) { $0.keys.sorted().joined(separator: "\n") }
        int8s(setAside) { $0.attempts }
        int8s(setAside) { $0.attempts == 0 ? nil : $0.waits.wholeMilliseconds }
        texts(setAside) { $0.error }
        int8s(step.settled) { $0.position }
        int8s(step.settled) { $0.ordinal }
        cursor(step.refused?.event)
        int8(step.refused?.attempts)
        int8(step.refused?.waits.wholeMilliseconds)
        text(step.refused?.error)
        bool(step.isDead)
        text(step.attempt?.message)
        cursor(step.attempt?.first)
        cursor(step.attempt?.last)
        int8(step.attempt?.events)
        int8(step.attempt?.attempt)
        int8(step.attempt?.status)
        int8(step.attempt?.milliseconds)
        text(step.attempt?.error)
    }

    private mutating func cursor(_ cursor: EventCursor?) {
        int8(cursor?.position)
        int8(cursor?.ordinal)
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}

extension Statement {
    /// Every part but the first writes only where the first did: where the lease is good.
    private static let hasLease = """
        s.webhook_id = $1 and s.lease_holder = $2 and s.generation = $3 and s.lease_until > clock_timestamp()
        """

    private static func inMilliseconds(_ parameter: String) -> String {
        "clock_timestamp() + make_interval(secs => \(parameter) / 1000.0)"
    }

    private static func replay(_ column: String, else value: String) -> String {
        "\(column) = case when not $5 then \(column) when $8 then null else \(value) end"
    }

    static let webhookRecord = Statement(
        "webhook_record",
        [
            .text, .text, .int8, .int8, .bool, .int8, .int8, .bool, .int8, .int8, .int2, .text, .int8, .int8Array,
            .int8Array, .textArray, .int8Array, .int8Array, .textArray, .int8Array, .int8Array, .int8, .int8, .int8,
            .int8, .text, .bool, .text, .int8, .int8, .int8, .int8, .int8, .int8, .int8, .int8, .text,
        ],
        sql: """
            with held as (
                update webhook_state s
                set lease_until = clock_timestamp() + make_interval(secs => $4),
                    position = case when $5 then position else $6 end,
                    ordinal = case when $5 then ordinal else $7 end,
                    \(replay("replay_position", else: "$6")),
                    \(replay("replay_ordinal", else: "$7")),
                    \(replay("replay_through_position", else: "replay_through_position")),
                    \(replay("replay_through_ordinal", else: "replay_through_ordinal")),
                    planned_position = $9, planned_ordinal = $10,
                    failures = case $11 when 0 then failures when 1 then 0 else failures + 1 end,
                    failing_since = case $11 when 0 then failing_since
                                             when 2 then coalesce(failing_since, clock_timestamp()) end,
                    next_attempt_at = case $11 when 0 then next_attempt_at when 2 then \(inMilliseconds("$13")) end,
                    last_error = case $11 when 0 then last_error when 2 then $12 end
                where \(hasLease)
                returning s.webhook_id,
                    coalesce(extract(epoch from clock_timestamp() - s.failing_since)::int8, 0) as failing
            ),
            added as (
                insert into webhook_set_aside as a (
                    webhook_id, position, ordinal, keys, attempts, refused_at, next_attempt_at, error)
                select held.webhook_id, e.position, e.ordinal, e.keys, e.attempts,
                    case when e.attempts > 0 then clock_timestamp() end, \(inMilliseconds("e.waits")), e.error
                from held, unnest($14, $15, $16, $17, $18, $19) as e(position, ordinal, keys, attempts, waits, error)
                on conflict (webhook_id, position, ordinal) do update
                set attempts = excluded.attempts, refused_at = excluded.refused_at,
                    next_attempt_at = excluded.next_attempt_at, error = excluded.error, died_at = null
                where a.died_at is not null
            ),
            settled as (
                delete from webhook_set_aside a
                using held, unnest($20, $21) as e(position, ordinal)
                where a.webhook_id = held.webhook_id and a.position = e.position and a.ordinal = e.ordinal
            ),
            refused as (
                update webhook_set_aside a
                set attempts = $24, refused_at = coalesce(a.refused_at, clock_timestamp()),
                    next_attempt_at = \(inMilliseconds("$25")), error = $26,
                    died_at = case when $27 then clock_timestamp() end
                from held
                where a.webhook_id = held.webhook_id and a.position = $22 and a.ordinal = $23
            ),
            logged as (
                insert into webhook_delivery (
                    webhook_id, message, first_position, first_ordinal, last_position, last_ordinal, events, attempt,
                    status, milliseconds, error)
                select held.webhook_id, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37
                from held where $28::text is not null
            )
            select failing from held
            """)

    static let webhookPause = Statement(
        "webhook_pause", [.text, .text, .int8, .int8, .text, .text],
        sql: """
            with held as (
                update webhook_state s
                set generation = generation + 1, paused_reason = $5, paused_at = clock_timestamp(),
                    lease_holder = null, lease_until = null
                where \(hasLease) and $4 > 0
                returning s.webhook_id
            ),
            opened as (
                \(ExceptionSQL.open(
                    ["type", "dedupe_key", "priority", "detail"],
                    """
                    select '\(ExceptionType.webhookPaused.rawValue)',
                        \(ExceptionSQL.dedupeKey(.webhookPaused, "held.webhook_id")),
                        \(ExceptionType.webhookPaused.priority.rawValue), $6
                    from held
                    """, ifOpen: .update(["detail"])))
            ),
            \(ChangeLog.logged(.init(.exception, of: "opened")))
            select count(*) from held
            """)
}
