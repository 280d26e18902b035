package import InventoryService
package import Logging
import Synchronization

/// An issuer's keys as they are known: read in the background, and again when a token names one that is not among them, so
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

    /// Between two readings for the sake of a key that is not known: whoever makes keys up causes no more than that.
    static let unknownEverySeconds: Int64 = 5
    /// For how long keys of an issuer that cannot be reached are good.
    static let keptSeconds: Int64 = 24 * 3_600

    package init(_ settings: TokenSettings, logger: Logger) {
        self.settings = settings
        source = IssuerKeySource(settings: settings)
        self.logger = logger
    }

    var generation: Int { state.withLock { $0.generation } }

    /// The keys to verify a token with that names key `id`; nil where none can be had now.
    func keys(for id: String?) async -> IssuerKeySet? {
        if let known = current, known.has(id) { return known }
        let now = Authenticator.uptime()
        let isDue = state.withLock { state in
            state.triedAt.map { now - $0 >= Self.unknownEverySeconds * 1_000 } ?? true
        }
        if isDue { try? await refresh() }
        return current
    }

    private var current: IssuerKeySet? {
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
