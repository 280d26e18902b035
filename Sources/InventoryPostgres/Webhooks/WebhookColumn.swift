import Inventory
import InventoryService
import LibPQ

/// The columns of webhook `w`.
enum WebhookColumn: Int32, SelectedColumn {
    case id, url, description, types, sku, location, group, channel, batchSize, isEnabled, client, readsReservations

    var selected: String {
        switch self {
        case .id: "w.id"
        case .url: "w.url"
        case .description: "w.description"
        case .types: "w.types"
        case .sku: "w.sku"
        case .location: "w.location"
        case .group: "w.group_name"
        case .channel: "w.channel"
        case .batchSize: "w.batch_size"
        case .isEnabled: "w.enabled"
        case .client: "w.client"
        case .readsReservations: "w.reads_reservations"
        }
    }
}

extension Webhook {
    init(_ row: Row) {
        let row = ColumnReader<WebhookColumn>(row)
        self.init(
            id: WebhookID(stored: row.text(.id)), url: WebhookURL(stored: row.text(.url)),
            description: row.text(.description),
            types: Set(row.texts(.types).map(EventType.init(stored:))),
            sku: row.textIfPresent(.sku).map(SKU.init(stored:)),
            location: row.textIfPresent(.location).map(LocationID.init(stored:)),
            group: row.textIfPresent(.group).map(GroupID.init(stored:)),
            channel: row.textIfPresent(.channel).map(Channel.init(stored:)), batchSize: Int(row.int4(.batchSize)),
            isEnabled: row.bool(.isEnabled),
            reader: WebhookReader(
                client: row.textIfPresent(.client).map(ClientID.init(stored:)),
                readsReservations: row.bool(.readsReservations)))
    }
}

/// What a webhook's view has beside it, of webhook `w` and its state `s`. Stands behind the columns of the webhook.
enum WebhookProgressColumn: Int32, SelectedColumn {
    case version, createdAt, position, ordinal, pausedReason, pausedAt, failures, failingSince, nextAttemptAt
    case lastError, replayPosition, replayOrdinal, replayThroughPosition, replayThroughOrdinal, setAside, deadLetters
    /// Newest first.
    case secretsCreatedAt
    /// Of all but the newest.
    case secretsValidUntil

    var selected: String {
        switch self {
        case .version: "w.version"
        case .createdAt: "w.created_at"
        case .position: "s.position"
        case .ordinal: "s.ordinal"
        case .pausedReason: "s.paused_reason"
        case .pausedAt: "s.paused_at"
        case .failures: "s.failures"
        case .failingSince: "s.failing_since"
        case .nextAttemptAt: "s.next_attempt_at"
        case .lastError: "s.last_error"
        case .replayPosition: "s.replay_position"
        case .replayOrdinal: "s.replay_ordinal"
        case .replayThroughPosition: "s.replay_through_position"
        case .replayThroughOrdinal: "s.replay_through_ordinal"
        case .setAside: Self.count("died_at is null")
        case .deadLetters: Self.count("died_at is not null")
        case .secretsCreatedAt: Self.secrets("created_at", "true")
        case .secretsValidUntil: Self.secrets("valid_until", "valid_until is not null")
        }
    }

    private static func count(_ condition: String) -> String {
        "(select count(*) from webhook_set_aside a where a.webhook_id = w.id and a.\(condition))"
    }

    private static func secrets(_ column: String, _ condition: String) -> String {
        """
        array(
            select k.\(column) from webhook_secret k
            where k.webhook_id = w.id and (k.valid_until is null or k.valid_until > clock_timestamp()) and \(condition)
            order by k.number desc)
        """
    }
}

extension Stored<WebhookView> {
    init(_ row: Row) {
        let more = ColumnReader<WebhookProgressColumn>(row, from: WebhookColumn.count)
        var progress = WebhookProgress(
            cursor: EventCursor(position: more.int8(.position), ordinal: more.int8(.ordinal)))
        if let reason = more.textIfPresent(.pausedReason), let at = more.timestamp(.pausedAt) {
            progress.pause = .init(reason: WebhookPauseReason(stored: reason), at: at)
        }
        progress.failures = more.int8(.failures)
        progress.failingSince = more.timestamp(.failingSince)
        progress.nextAttemptAt = more.timestamp(.nextAttemptAt)
        progress.lastError = more.textIfPresent(.lastError)
        progress.setAside = more.int8(.setAside)
        progress.deadLetters = more.int8(.deadLetters)
        if let next = EventCursor(more.int8IfPresent(.replayPosition), more.int8IfPresent(.replayOrdinal)),
            let through = EventCursor(
                more.int8IfPresent(.replayThroughPosition), more.int8IfPresent(.replayThroughOrdinal))
        {
            progress.replay = WebhookReplay(next: next, through: through)
        }
        let ends = more.timestamps(.secretsValidUntil)
        let secrets = more.timestamps(.secretsCreatedAt).enumerated().map { index, createdAt in
            WebhookView.SecretLife(
                createdAt: createdAt, validUntil: ends.indices.contains(index - 1) ? ends[index - 1] : nil)
        }
        self.init(
            value: WebhookView(
                webhook: Webhook(row), createdAt: more.requiredTimestamp(.createdAt), secrets: secrets,
                progress: progress),
            wasCreated: false, version: more.int8(.version))
    }
}

extension EventCursor {
    /// Nil where either is NULL.
    init?(_ position: Int64?, _ ordinal: Int64?) {
        guard let position, let ordinal else { return nil }
        self.init(position: position, ordinal: ordinal)
    }
}

extension Statement {
    private static let webhooks = """
        select \(WebhookColumn.selectList), \(WebhookProgressColumn.selectList)
        from webhook w join webhook_state s on s.webhook_id = w.id
        """

    static let webhookRead = Statement("webhook_read", [.text], sql: "\(webhooks) where w.id = $1")

    static let webhookList = Statement(
        "webhook_list", [.text, .int8], sql: "\(webhooks) where w.id > $1 order by w.id limit $2")

    static let webhookCount = Statement("webhook_count", sql: "select count(*) from webhook")
}
