/// How deliveries get on, for the process that makes them. Whoever has a webhook's lease may write its progress, and
/// nobody else.
package protocol WebhookDeliveryStore: Sendable {
    /// Takes webhooks that nobody has, and keeps one's own.
    /// - Parameter holder: a name of this process that no other has.
    /// - Returns: all that the holder has now.
    func claim(by holder: String, leaseSeconds: Int64) async throws(StoreError) -> [WebhookClaim]

    /// Lets others have them at once.
    func release(by holder: String) async throws(StoreError)

    /// Renews the lease, and reads all that deliveries need.
    /// - Returns: nil where the lease is lost, or the webhook is paused or gone.
    func begin(_ id: WebhookID, by holder: String, leaseSeconds: Int64) async throws(StoreError) -> WebhookTurnState?

    /// Renews the lease, and nothing else.
    /// - Returns: false where it is lost.
    func renew(_ lease: WebhookLease) async throws(StoreError) -> Bool

    /// Writes what came of a step, and renews the lease.
    /// - Returns: seconds for which its endpoint fails, 0 where it works; nil where nothing was written: the lease is lost, or
    ///   somebody changed, paused or rewound the webhook.
    func record(_ step: WebhookStep, of lease: WebhookLease) async throws(StoreError) -> Int64?

    /// Stops deliveries until somebody resumes them, and tells people.
    /// - Parameter detail: what happened and what to do.
    func pause(_ lease: WebhookLease, _ reason: WebhookPauseReason, detail: String) async throws(StoreError)

    /// Deletes attempts and dead letters beyond what is kept.
    /// - Returns: how many.
    func prune() async throws(StoreError) -> Int
}

/// A webhook that a process delivers.
package struct WebhookClaim: Sendable, Hashable {
    package let id: WebhookID
    package let generation: Int64
    package let cursor: EventCursor
    package let isReplaying: Bool
    /// Until its endpoint may be tried again; zero or less: now.
    package let waits: Duration
    /// Until what is set aside is tried again; nil where nothing is.
    package let setAsideWaits: Duration?

    package init(
        id: WebhookID, generation: Int64, cursor: EventCursor, isReplaying: Bool, waits: Duration,
        setAsideWaits: Duration?
    ) {
        self.id = id
        self.generation = generation
        self.cursor = cursor
        self.isReplaying = isReplaying
        self.waits = waits
        self.setAsideWaits = setAsideWaits
    }
}

/// What allows to write a webhook's progress.
package struct WebhookLease: Sendable, Hashable {
    package let id: WebhookID
    package let holder: String
    /// Rises when somebody changes, pauses, resumes or rewinds the webhook: what was begun before does not count then.
    package let generation: Int64
    package let seconds: Int64

    package init(id: WebhookID, holder: String, generation: Int64, seconds: Int64) {
        self.id = id
        self.holder = holder
        self.generation = generation
        self.seconds = seconds
    }
}

/// A webhook as its deliveries go on.
package struct WebhookTurnState: Sendable {
    package var webhook: Webhook
    /// Newest first.
    package var secrets: [WebhookSecret]
    package var generation: Int64
    package var cursor: EventCursor
    package var replay: WebhookReplay?
    /// Where the message ends that may have been sent already; nil for none.
    package var planned: EventCursor?
    /// In a row, of its endpoint.
    package var failures: Int64
    package var waits: Duration
    /// In the feed's order.
    package var setAside: [WebhookSetAside]

    package init(
        webhook: Webhook, secrets: [WebhookSecret], generation: Int64, cursor: EventCursor, replay: WebhookReplay?,
        planned: EventCursor?, failures: Int64, waits: Duration, setAside: [WebhookSetAside]
    ) {
        self.webhook = webhook
        self.secrets = secrets
        self.generation = generation
        self.cursor = cursor
        self.replay = replay
        self.planned = planned
        self.failures = failures
        self.waits = waits
        self.setAside = setAside
    }
}

/// An event that was refused, or that waits behind one.
package struct WebhookSetAside: Sendable, Hashable {
    package let event: EventCursor
    /// `RenderedEvent.orderKeys`.
    package let keys: Set<String>
    /// 0: it was not sent yet.
    package var attempts: Int64
    /// Since its first refusal.
    package var failedForSeconds: Int64
    package var waits: Duration
    package var error: String?

    package init(
        event: EventCursor, keys: Set<String>, attempts: Int64, failedForSeconds: Int64, waits: Duration,
        error: String? = nil
    ) {
        self.event = event
        self.keys = keys
        self.attempts = attempts
        self.failedForSeconds = failedForSeconds
        self.waits = waits
        self.error = error
    }
}

/// What came of one message, written in one statement.
package struct WebhookStep: Sendable {
    /// How the endpoint is.
    package enum Health: Sendable, Hashable {
        /// Not asked.
        case unchanged
        case works
        case failed(String, wait: Duration)
    }

    /// Where events were read from: `cursor` is that of the replay, where there is one.
    package var cursor: EventCursor
    package var isReplay: Bool
    package var endsReplay = false
    package var planned: EventCursor?
    package var health = Health.unchanged
    package var setAside: [WebhookSetAside] = []
    /// Set aside before, and delivered now.
    package var settled: [EventCursor] = []
    /// Set aside before, and refused again.
    package var refused: WebhookSetAside?
    /// Whether `refused` is given up.
    package var isDead = false
    package var attempt: WebhookAttempt?

    package init(cursor: EventCursor, isReplay: Bool) {
        self.cursor = cursor
        self.isReplay = isReplay
    }
}
