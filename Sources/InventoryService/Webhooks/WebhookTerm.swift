import Synchronization

/// For how long this process may deliver a webhook, by its own clock, which goes on while the process or the machine sleeps.
///
/// A lease is the database's word, and a process may sleep over it. So its end is kept here too, counted from before each
/// renewal was asked for: never later than the database's. Whoever wakes up behind it sends nothing more, and what it was
/// sending is broken off.
final class WebhookTerm: Sendable {
    private let length: Duration
    private let ends: Mutex<ContinuousClock.Instant>

    /// - Parameters:
    ///   - seconds: of the lease.
    ///   - askedAt: when it was asked for.
    init(seconds: Int64, askedAt: ContinuousClock.Instant) {
        length = .seconds(seconds)
        ends = Mutex(askedAt + .seconds(seconds))
    }

    /// It was renewed.
    func extend(askedAt: ContinuousClock.Instant) { ends.withLock { $0 = max($0, askedAt + length) } }

    var isOver: Bool { remaining <= .zero }

    private var remaining: Duration { ContinuousClock.now.duration(to: ends.withLock { $0 }) }

    /// Works while the lease holds, and renews it meanwhile, whatever the work waits for.
    /// - Returns: `.over` where the lease was lost; nothing of the work goes on then.
    func hold(
        _ lease: WebhookLease, in store: any WebhookDeliveryStore,
        _ work: @escaping @Sendable () async -> Result<WebhookTurn.Ending, StoreError>
    ) async throws(StoreError) -> WebhookTurn.Ending {
        let result = await withTaskGroup(of: Result<WebhookTurn.Ending, StoreError>?.self) { tasks in
            tasks.addTask { await work() }
            tasks.addTask {
                await self.renew(lease, in: store)
                return nil
            }
            tasks.addTask {
                await self.watch()
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first
        }
        return try result?.get() ?? .over
    }

    /// Renews the lease when a third of it is over, until it is lost or the task is cancelled. A database that is away for a
    /// moment says nothing.
    private func renew(_ lease: WebhookLease, in store: any WebhookDeliveryStore) async {
        while !Task.isCancelled, !isOver {
            let due = remaining - length * 2 / 3
            if due > .zero {
                try? await Task.sleep(for: due)
                continue
            }
            let askedAt = ContinuousClock.now
            switch try? await store.renew(lease) {
            case true?: extend(askedAt: askedAt)
            case false?: return
            case nil: try? await Task.sleep(for: length / 10)
            }
        }
    }

    /// Until the lease has ended by the clock, whatever the database does not answer.
    private func watch() async {
        while !Task.isCancelled, !isOver { try? await Task.sleep(for: remaining) }
    }
}
