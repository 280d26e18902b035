import NIOCore

/// A body that is being received, and the time that it has.
struct BodyArrival {
    let isImport: Bool
    /// Nil until it turned out that the body does not come together with its head.
    private(set) var deadline: NIODeadline?
    /// Since the deadline was set.
    var bytes = 0

    init(isPost: Bool, path: some StringProtocol) {
        isImport = isPost && Self.isImport(path)
    }

    private static func isImport(_ path: some StringProtocol) -> Bool {
        guard path.hasPrefix("/v1/imports") else { return false }
        let rest = path.dropFirst("/v1/imports".count).first
        return rest == nil || rest == "?"
    }

    mutating func startWaiting(_ time: TimeAmount) {
        deadline = .now() + time
        bytes = 0
    }

    /// Asked when the deadline has come. A body that may go on gets a new one.
    /// - Parameter waitsForClient: where it is the service that does not read on, no time runs.
    mutating func isLate(waitsForClient: Bool, _ rules: ArrivalRules) -> Bool {
        guard let deadline, .now() >= deadline else { return false }
        guard !waitsForClient || isImport && bytes >= rules.importBytesMin else { return true }
        startWaiting(rules.bodyWithin)
        return false
    }
}

/// What holds for all bodies.
struct ArrivalRules {
    let bodyWithin: TimeAmount
    let importBytesMin: Int

    init(_ limits: HTTPLimits) {
        bodyWithin = TimeAmount(limits.bodyWithin)
        importBytesMin = limits.importBytesMin
    }
}

/// Ends a connection, or a stream, whose client does not take the answer that is waiting for it.
struct UntakenAnswer {
    private let within: TimeAmount
    private var alarm: Scheduled<Void>?

    init(_ limits: HTTPLimits) { within = .seconds(limits.idleSeconds) }

    /// To be called when the channel becomes writable or stops being it.
    mutating func writabilityChanged(_ context: ChannelHandlerContext) {
        if context.channel.isWritable {
            cancel()
        } else if alarm == nil {
            alarm = context.eventLoop.assumeIsolated().scheduleTask(in: within) { context.close(promise: nil) }
        }
    }

    mutating func cancel() {
        alarm?.cancel()
        alarm = nil
    }
}
