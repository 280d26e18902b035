/// How often something took how long, in buckets: counts, as Prometheus adds them up.
package struct Histogram: Sendable, Hashable {
    /// Upper ends of the buckets, in nanoseconds: what a till or a shopper notices lies between them.
    package static let endsNanoseconds: [Int64] = [
        1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 10_000_000_000,
    ]

    /// One a bucket, and a last one for what took longer.
    package private(set) var counts = [Int64](repeating: 0, count: Self.endsNanoseconds.count + 1)
    package private(set) var sumNanoseconds: Int64 = 0

    /// What took longer counts as so much: a day, which nothing here takes.
    private static let secondsMax: Int64 = 86_400

    package init() {}

    package mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = min(seconds, Self.secondsMax) * 1_000_000_000 + attoseconds / 1_000_000_000
        let bucket = Self.endsNanoseconds.firstIndex { nanoseconds <= $0 } ?? Self.endsNanoseconds.count
        counts[bucket] += 1
        sumNanoseconds &+= nanoseconds
    }

    package var count: Int64 { counts.reduce(0, +) }
}
