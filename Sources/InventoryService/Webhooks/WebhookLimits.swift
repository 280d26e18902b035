/// Every bound of deliveries.
package struct WebhookLimits: Sendable {
    /// How long an endpoint may fail before its webhook is paused, and a refused event be tried.
    package var giveUpSeconds: Int64 = 3 * 24 * 3_600
    /// Attempts at one refused event.
    package var attemptsMax: Int64 = 20
    /// Events set aside of one webhook, those that wait behind others included. Where there are more, it waits.
    package var setAsideMax = 1_000
    /// The wait after a first failure of an endpoint; it doubles with each further one, up to `longestWait`.
    package var firstWait: Duration = .seconds(1)
    /// The wait after a first refusal of an event, likewise.
    package var firstRefusalWait: Duration = .seconds(5)
    package var longestWait: Duration = .seconds(3_600)
    /// What a `Retry-After` is cut to.
    package var retryAfterSecondsMax: Int64 = 3_600
    /// A process that does not renew its lease for so long has lost it.
    package var leaseSeconds: Int64 = 5
    /// How long one webhook is worked on at a stretch.
    package var turn: Duration = .seconds(5)
    /// Between two looks for webhooks that nobody delivers.
    package var claimEvery: Duration = .seconds(1)

    package init() {}

    /// How long one request may take, from the look-up of its name to the end of its answer. The lease is renewed meanwhile.
    package static let sendSecondsMax: Int64 = 15
    /// Bytes of the events of one request, where it has several.
    static let bodyBytesMax = 1 << 20
    /// Events read at a time.
    static let pageEvents = 500
    /// Progress over events that are not sent is written no more often.
    static let quietWriteEvery: Duration = .seconds(5)
    /// Attempts kept of one webhook, and for how many days.
    package static let logMax: Int64 = 10_000
    package static let logDaysMax: Int64 = 7
    /// Dead letters kept of one webhook, and for how many days.
    package static let deadLettersMax: Int64 = 10_000
    package static let deadLetterDaysMax: Int64 = 30

    /// Exponential with full jitter: anything from nothing to the whole.
    /// - Parameters:
    ///   - failures: in a row, from 1.
    ///   - fraction: a random number in 0..<1.
    func wait(_ first: Duration, after failures: Int64, retryAfterSeconds: Int64? = nil, fraction: Double) -> Duration {
        var whole = first
        for _ in 1..<max(failures, 1) where whole < longestWait { whole *= 2 }
        let jittered = min(whole, longestWait) * fraction
        guard let asked = retryAfterSeconds else { return jittered }
        return max(jittered, .seconds(min(max(asked, 0), retryAfterSecondsMax)))
    }
}
