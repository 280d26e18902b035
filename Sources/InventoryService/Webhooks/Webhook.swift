package import Inventory

package enum WebhookKind: IdentifierKind { package static var name: String { "id" } }
package typealias WebhookID = Identifier<WebhookKind>

/// Where events are sent to, and which.
package struct Webhook: Sendable, Hashable {
    package let id: WebhookID
    package var url: WebhookURL
    /// What people call it; up to 200 characters, empty for none.
    package var description: String
    /// Empty: all.
    package var types: Set<EventType>
    package var sku: SKU?
    package var location: LocationID?
    package var group: GroupID?
    package var channel: Channel?
    /// Events of one request, 1 to `batchSizeMax`. With 1 the body is one event, with more it is an array.
    package var batchSize: Int
    package var isEnabled: Bool
    package var reader: WebhookReader

    package static let batchSizeMax = 100
    /// Each is read for by itself.
    package static let countMax = 100

    package init(
        id: WebhookID, url: WebhookURL, description: String = "", types: Set<EventType> = [], sku: SKU? = nil,
        location: LocationID? = nil, group: GroupID? = nil, channel: Channel? = nil, batchSize: Int = 1,
        isEnabled: Bool = true, reader: WebhookReader = .anybody
    ) {
        self.id = id
        self.url = url
        self.description = description
        self.types = types
        self.sku = sku
        self.location = location
        self.group = group
        self.channel = channel
        self.batchSize = batchSize
        self.isEnabled = isEnabled
        self.reader = reader
    }

    package var isBatched: Bool { batchSize > 1 }

    package var filter: EventFilter {
        var filter = EventFilter()
        filter.types = types
        filter.sku = sku
        filter.location = location
        filter.group = group
        filter.channel = channel
        filter.client = reader.client
        filter.readsReservations = reader.readsReservations
        return filter
    }
}

/// Whose webhook it is: the client that put it last. It gets the events that this client may read, so that nobody can turn
/// another's webhook to an address of their own and read more than they may.
package struct WebhookReader: Sendable, Hashable {
    /// Nil in mode `open`.
    package var client: ClientID?
    /// Whether it may read the reservations of all clients, and not only its own.
    package var readsReservations: Bool

    package static let anybody = WebhookReader(client: nil, readsReservations: true)

    package init(client: ClientID?, readsReservations: Bool) {
        self.client = client
        self.readsReservations = readsReservations
    }

    package init(_ caller: Caller) {
        client = caller.client
        readsReservations = caller.client == nil || caller.scopes.contains(.reservationsRead)
    }
}

/// A webhook as it is kept, with what has become of its deliveries.
package struct WebhookView: Sendable, Hashable {
    package var webhook: Webhook
    package var createdAt: Timestamp
    /// Newest first; one or two.
    package var secrets: [SecretLife]
    package var progress: WebhookProgress

    /// What is shown of a secret.
    package struct SecretLife: Sendable, Hashable {
        package let createdAt: Timestamp
        /// Nil: until it is replaced.
        package let validUntil: Timestamp?

        package init(createdAt: Timestamp, validUntil: Timestamp?) {
            self.createdAt = createdAt
            self.validUntil = validUntil
        }
    }

    package init(webhook: Webhook, createdAt: Timestamp, secrets: [SecretLife], progress: WebhookProgress) {
        self.webhook = webhook
        self.createdAt = createdAt
        self.secrets = secrets
        self.progress = progress
    }
}

/// How far a webhook's deliveries are.
package struct WebhookProgress: Sendable, Hashable {
    /// Events up to here were delivered, set aside or given up.
    package var cursor: EventCursor
    package var pause: Pause?
    /// Since when, and how often in a row, its endpoint has failed.
    package var failingSince: Timestamp?
    package var failures: Int64
    package var nextAttemptAt: Timestamp?
    package var lastError: String?
    /// Events that its endpoint refused and that are tried again, and those that wait behind them.
    package var setAside: Int64
    /// Events that were given up.
    package var deadLetters: Int64
    package var replay: WebhookReplay?

    package struct Pause: Sendable, Hashable {
        package let reason: WebhookPauseReason
        package let at: Timestamp

        package init(reason: WebhookPauseReason, at: Timestamp) {
            self.reason = reason
            self.at = at
        }
    }

    package init(
        cursor: EventCursor, pause: Pause? = nil, failingSince: Timestamp? = nil, failures: Int64 = 0,
        nextAttemptAt: Timestamp? = nil, lastError: String? = nil, setAside: Int64 = 0, deadLetters: Int64 = 0,
        replay: WebhookReplay? = nil
    ) {
        self.cursor = cursor
        self.pause = pause
        self.failingSince = failingSince
        self.failures = failures
        self.nextAttemptAt = nextAttemptAt
        self.lastError = lastError
        self.setAside = setAside
        self.deadLetters = deadLetters
        self.replay = replay
    }
}

/// Why nothing is sent until somebody resumes it. Raw values are stored and shown.
package enum WebhookPauseReason: String, Sendable, Hashable, CaseIterable {
    /// Its endpoint failed for three days.
    case failing
    /// Its endpoint answered 410.
    case gone
    /// The feed no longer keeps what comes next.
    case cursorExpired
    /// Its location group was deleted.
    case unknownGroup
}

/// Events that are sent again: those behind `next`, up to `through`. New ones wait until they are.
package struct WebhookReplay: Sendable, Hashable {
    package var next: EventCursor
    package var through: EventCursor

    package init(next: EventCursor, through: EventCursor) {
        self.next = next
        self.through = through
    }
}

/// One attempt, as the log has it.
package struct WebhookDelivery: Sendable, Hashable {
    /// Counts attempts; it has gaps.
    package let number: Int64
    package let at: Timestamp
    package let attempt: WebhookAttempt

    package init(number: Int64, at: Timestamp, attempt: WebhookAttempt) {
        self.number = number
        self.at = at
        self.attempt = attempt
    }
}

package struct WebhookAttempt: Sendable, Hashable {
    /// The `webhook-id`.
    package var message: String
    package var first: EventCursor
    package var last: EventCursor
    package var events: Int64
    /// Of this message, from 1.
    package var attempt: Int64
    /// Nil where there was no answer.
    package var status: Int64?
    package var milliseconds: Int64
    /// Nil where it was delivered.
    package var error: String?

    package init(
        message: String, first: EventCursor, last: EventCursor, events: Int64, attempt: Int64, status: Int64?,
        milliseconds: Int64, error: String?
    ) {
        self.message = message
        self.first = first
        self.last = last
        self.events = events
        self.attempt = attempt
        self.status = status
        self.milliseconds = milliseconds
        self.error = error
    }
}

/// An event that was given up.
package struct WebhookDeadLetter: Sendable, Hashable {
    package let event: EventCursor
    package let at: Timestamp
    package let attempts: Int64
    package let error: String

    package init(event: EventCursor, at: Timestamp, attempts: Int64, error: String) {
        self.event = event
        self.at = at
        self.attempts = attempts
        self.error = error
    }
}
