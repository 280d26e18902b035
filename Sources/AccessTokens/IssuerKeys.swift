package import InventoryService
package import Logging
import Synchronization

/// An issuer's keys as they are known: read in the background, and again when a token is signed by none of them, so
/// that a rotation needs no restart. An issuer that cannot be reached keeps its last keys for `keptSeconds`.
package final class IssuerKeys: Sendable {
    private struct State {
        var keys: IssuerKeySet?
        /// Milliseconds of a clock that only goes forward.
        var readAt: Int64 = 0
        var triedAt: Int64?
        var generation = 1
    }

    let settings: TokenSettings
    private let source: IssuerKeySource
    private let logger: Logger
    private let state = Mutex(State())
    private let reading = OneAtATime()

    /// Between two readings for the sake of a token that no known key has signed: whoever makes tokens up causes no more.
    static let unknownEverySeconds: Int64 = 5
    /// For how long keys of an issuer that cannot be reached are good.
    static let keptSeconds: Int64 = 24 * 3_600

    package init(_ settings: TokenSettings, logger: Logger) {
        self.settings = settings
        source = IssuerKeySource(settings: settings)
        self.logger = logger
    }

    var generation: Int { state.withLock { $0.generation } }

    /// Reads the keys again because a token is signed by none of those known, unless they were read just now.
    func refreshIfDue() async {
        let now = Authenticator.uptime()
        let isDue = state.withLock { state in
            state.triedAt.map { now - $0 >= Self.unknownEverySeconds * 1_000 } ?? true
        }
        // Who comes while they are being read waits for them too.
        if isDue { try? await refresh() } else { await reading.join() }
    }

    /// Nil where none can be had now.
    var known: IssuerKeySet? {
        let now = Authenticator.uptime()
        return state.withLock { $0.keys == nil || now - $0.readAt > Self.keptSeconds * 1_000 ? nil : $0.keys }
    }

    /// Reads the keys, once for all who ask at the same time.
    package func refresh() async throws {
        try await reading.run { [self] in
            state.withLock { $0.triedAt = Authenticator.uptime() }
            let bytes = try await source.read()
            let known = state.withLock { $0.keys?.bytes }
            guard bytes != known else {
                state.withLock { $0.readAt = Authenticator.uptime() }
                return
            }
            let keys = try await IssuerKeySet(bytes, algorithms: settings.algorithms)
            state.withLock { state in
                state.keys = keys
                state.readAt = Authenticator.uptime()
                state.generation += 1
            }
            logger.info(
                "read the issuer's keys", metadata: ["issuer": "\(settings.issuer)", "keys": "\(keys.keys.count)"])
        }
    }
}

/// Runs one piece of work for all who want it at the same time.
private actor OneAtATime {
    private var running: Task<Void, any Error>?

    /// Waits for the end of what is running, if anything is.
    func join() async { _ = try? await running?.value }

    func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        if let running { return try await running.value }
        let task = Task { try await work() }
        running = task
        defer { running = nil }
        try await task.value
    }
}

/// Reads the keys again, so that those that were taken away are good no longer.
package struct IssuerKeysRefresh: PeriodicWork {
    package static let name = "issuerKeys"
    package static let schedule = PeriodicSchedule(every: .seconds(60))

    private let keys: IssuerKeys

    package init(_ keys: IssuerKeys) { self.keys = keys }

    package func pass() async throws -> PeriodicPass {
        try await keys.refresh()
        return PeriodicPass()
    }
}
