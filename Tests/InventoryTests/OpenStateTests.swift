import Inventory
import TestSupport
import Testing

/// Whether a store is open, in its own time.
@Suite struct OpenStateTests {
    private static let berlin = ZoneOffsets(first: 3_600)
    /// Monday to Saturday 9 to 20, with a lunch break on Saturday; 2026-01-15 is a Thursday, and closed on the 16th.
    private static let hours: OpeningHours = {
        let day = [OpeningHours.Period(opensMinute: 540, closesMinute: 1_200)].compactMap { $0 }
        let saturday = [(540, 720), (780, 1_200)].compactMap {
            OpeningHours.Period(opensMinute: $0.0, closesMinute: $0.1)
        }
        var week: [OpeningHours.Weekday: [OpeningHours.Period]] = [.saturday: saturday]
        for weekday in [OpeningHours.Weekday.monday, .tuesday, .wednesday, .thursday, .friday] { week[weekday] = day }
        return OpeningHours(week: week, exceptions: CivilDate(year: 2026, month: 1, day: 16).map { [$0: []] } ?? [:])
    }()

    private static func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test(arguments: [
        // Before it opens, at the minute, within, at the minute it closes.
        ("2026-01-15T07:59:59Z", "closed 2026-01-15T08:00:00Z"),
        ("2026-01-15T08:00:00Z", "open 2026-01-15T19:00:00Z"),
        ("2026-01-15T18:59:59.999999Z", "open 2026-01-15T19:00:00Z"),
        // Friday is closed, so Saturday is next; over lunch it opens again.
        ("2026-01-15T19:00:00Z", "closed 2026-01-17T08:00:00Z"),
        ("2026-01-17T11:30:00Z", "closed 2026-01-17T12:00:00Z"),
        ("2026-01-17T19:00:00Z", "closed 2026-01-19T08:00:00Z"),
    ]) func `a store says whether it is open and until when`(instant: String, expected: String) throws {
        let state = Self.hours.state(at: try Self.at(instant), in: Self.berlin)
        let text =
            switch state {
            case .unknown: "unknown"
            case .open(let until): "open \(until.map { "\($0)" } ?? "-")"
            case .closed(let until): "closed \(until.map { "\($0)" } ?? "-")"
            }
        #expect(text == expected)
    }

    @Test func `one that never closes, never opens or says nothing has no end`() throws {
        let instant = try Self.at("2026-01-15T12:00:00Z")
        let day = [OpeningHours.Period(opensMinute: 0, closesMinute: 1_440)].compactMap { $0 }
        let always = OpeningHours(
            week: Dictionary(uniqueKeysWithValues: OpeningHours.Weekday.allCases.map { ($0, day) }))
        #expect(always.state(at: instant, in: .utc) == .open(until: nil))
        #expect(OpeningHours(week: [:]).state(at: instant, in: .utc) == .closed(until: nil))
        #expect(LocationTerms().openState(at: instant) == .unknown)
    }

    @Test func `a pickup is ready only where there is pickup`() throws {
        let instant = try Self.at("2026-01-15T12:00:00Z")
        var terms = LocationTerms(leadTimeMinutes: 30)
        #expect(terms.pickupReadyBy(from: instant) == instant.advanced(byMicroseconds: 1_800_000_000))
        terms.capabilities = [.shipFrom]
        #expect(terms.pickupReadyBy(from: instant) == nil && !terms.offersPickup)
        terms = LocationTerms(isActive: false, leadTimeMinutes: 30)
        #expect(terms.pickupReadyBy(from: instant) == nil)
        terms = LocationTerms(isLive: false, leadTimeMinutes: 30)
        #expect(terms.pickupReadyBy(from: instant) == nil)
    }

    @Test func `times are rounded up to full minutes`() throws {
        #expect(try Self.at("2026-01-15T12:00:00Z").roundedUp(toMinutes: 5) == Self.at("2026-01-15T12:00:00Z"))
        #expect(try Self.at("2026-01-15T12:00:00.000001Z").roundedUp(toMinutes: 5) == Self.at("2026-01-15T12:05:00Z"))
        #expect(Timestamp(microseconds: -180_000_000).roundedUp(toMinutes: 5) == Timestamp(microseconds: 0))
    }
}
