import Inventory
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-15T10:45:00Z", 1_768_473_900_000_000),
            ("2026-01-15T12:45:00+02:00", 1_768_473_900_000_000), ("2026-01-15t10:45:00.5z", 1_768_473_900_500_000),
            ("2024-02-29T23:59:60Z", 1_709_251_200_000_000), ("2000-01-01T00:00:00.0000009Z", 946_684_800_000_000),
        ] as [(String, Int64)])
    func `an RFC 3339 time is read to the microsecond`(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-01-15", "2026-01-15 10:45:00Z", "2026-01-15T10:45Z", "2026-01-15T10:45:00", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15T10:60:00Z",
        "2026-01-15T10:45:61Z", "2026-01-15T10:45:00.Z", "2026-01-15T10:45:00+25:00", "2026-01-15T10:45:00Zx",
        "1969-12-31T23:59:59Z", "26-01-15T10:45:00Z", "２026-01-15T10:45:00Z",
    ])
    func `anything else is no time`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: seeds)
    func `what is written is read back`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let timestamp = Timestamp(
                microseconds: Int64.random(in: 0...Timestamp.accepted.upperBound.microseconds, using: &generator))
            #expect(Timestamp(rfc3339: timestamp.description) == timestamp, "seed \(seed)")
        }
    }

    @Test func `days follow one another through leap years`() {
        var previous = CivilDate(daysSinceEpoch: -1)
        #expect(previous.description == "1969-12-31")
        for day in 0..<50_000 as Range<Int64> {
            let date = CivilDate(daysSinceEpoch: day)
            #expect(date.daysSinceEpoch == day)
            #expect(date.day == previous.day + 1 || date.day == 1)
            previous = date
        }
    }
}
