/// So many requests in the long run, and so many at once after a quiet time.
package struct RequestRate: Sendable, Hashable {
    package let perSecond: Int
    /// `perSecond` or more.
    package let burst: Int

    /// The burst is what two seconds allow.
    package init?(perSecond: Int) {
        guard perSecond > 0 else { return nil }
        self.init(perSecond: perSecond, burst: 2 * perSecond)
    }

    /// - Parameters:
    ///   - perSecond: 1...1,000,000.
    ///   - burst: `perSecond` or more, as a bucket that is never full enough for a second would refuse what is allowed.
    package init(perSecond: Int, burst: Int) {
        self.perSecond = min(max(perSecond, 1), 1_000_000)
        self.burst = max(burst, self.perSecond)
    }

    /// Nanoseconds in which one request more is allowed.
    fileprivate var interval: Int64 { 1_000_000_000 / Int64(perSecond) }

    /// Whole seconds in which an empty bucket is full again.
    var windowSeconds: Int { (burst + perSecond - 1) / perSecond }
}

/// What one request came to at a bucket.
package struct BucketStanding: Sendable, Hashable {
    package let isAllowed: Bool
    /// Requests that would be allowed now.
    package let remaining: Int
    /// Nanoseconds until one request is allowed; 0 where one is.
    package let untilNext: Int64
    /// Nanoseconds until the bucket is full.
    package let untilFull: Int64
}

/// A token bucket that remembers one number: when it is full again.
package struct TokenBucket: Sendable, Hashable {
    /// Nanoseconds of the clock that `take` is asked with.
    private(set) var fullAt: Int64 = .min

    package init() {}

    func isFull(at now: Int64) -> Bool { fullAt <= now }

    /// Takes one token if there is one. A request that is refused costs nothing: who keeps trying is not kept out for ever.
    package mutating func take(_ rate: RequestRate, at now: Int64) -> BucketStanding {
        let interval = rate.interval
        let room = interval * Int64(rate.burst)
        let after = max(fullAt, now) + interval
        let isAllowed = after - now <= room
        if isAllowed { fullAt = after }
        let untilFull = max(fullAt, now) - now
        let remaining = max((room - untilFull) / interval, 0)
        return BucketStanding(
            isAllowed: isAllowed, remaining: Int(remaining),
            untilNext: max(untilFull + interval - room, 0), untilFull: untilFull)
    }
}
