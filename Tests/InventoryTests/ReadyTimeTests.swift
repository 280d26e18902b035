import Foundation
import Inventory
import Testing

/// Opening hours over clock changes, with the real rules of the zone.
@Suite struct ReadyTimeTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func offsets(_ zone: String, around text: String) throws -> ZoneOffsets {
        let zone = try #require(TimeZone(identifier: zone))
        let middle = Date(timeIntervalSince1970: Double(try at(text).microseconds) / 1_000_000)
        var instant = middle.addingTimeInterval(-40 * 86_400)
        let first = Int64(zone.secondsFromGMT(for: instant))
        var changes: [ZoneOffsets.Change] = []
        while let next = zone.nextDaylightSavingTimeTransition(after: instant), next < middle.addingTimeInterval(9e6) {
            changes.append(
                .init(
                    at: Timestamp(microseconds: Int64(next.timeIntervalSince1970) * 1_000_000),
                    seconds: Int64(zone.secondsFromGMT(for: next))))
            instant = next
        }
        return ZoneOffsets(first: first, changes: changes)
    }

    private func hours(_ opens: Int, _ closes: Int, except: [CivilDate: [OpeningHours.Period]] = [:]) throws
        -> OpeningHours
    {
        let period = try #require(OpeningHours.Period(opensMinute: opens, closesMinute: closes))
        var week: [OpeningHours.Weekday: [OpeningHours.Period]] = [:]
        for day in OpeningHours.Weekday.allCases where day != .sunday { week[day] = [period] }
        return OpeningHours(week: week, exceptions: except)
    }

    private func ready(
        _ start: String, minutes: Int64, _ hours: OpeningHours, _ zone: String = "Europe/Berlin"
    ) throws -> String? {
        let place = LocationTerms(leadTimeMinutes: minutes, hours: hours, zone: try offsets(zone, around: start))
        return place.readyBy(from: try at(start))?.description
    }

    @Test func `lead time runs while the store is open`() throws {
        // A Wednesday in winter, 10:00 in Berlin.
        #expect(try ready("2026-01-14T09:00:00Z", minutes: 120, hours(480, 1_200)) == "2026-01-14T11:00:00Z")
    }

    @Test func `what is not done by closing goes on when the store opens again`() throws {
        // 19:30 in Berlin, closing at 20:00: 90 minutes are left for 08:00.
        #expect(try ready("2026-01-14T18:30:00Z", minutes: 120, hours(480, 1_200)) == "2026-01-15T08:30:00Z")
    }

    @Test func `closed days are passed over`() throws {
        // A Saturday evening; Sunday is closed, and so is this Monday.
        let monday = try #require(CivilDate(year: 2026, month: 1, day: 19))
        #expect(
            try ready("2026-01-17T19:30:00Z", minutes: 60, hours(480, 1_200, except: [monday: []]))
                == "2026-01-20T08:00:00Z")
    }

    @Test func `an order before opening starts at opening`() throws {
        #expect(try ready("2026-01-14T03:00:00Z", minutes: 30, hours(480, 1_200)) == "2026-01-14T07:30:00Z")
    }

    @Test func `summer time begins: the store opens an hour earlier by UTC`() throws {
        // Berlin, Saturday 2026-03-28 evening; clocks go forward on Sunday; Monday 08:00 is 06:00 UTC.
        #expect(try ready("2026-03-28T20:00:00Z", minutes: 60, hours(480, 1_200)) == "2026-03-30T07:00:00Z")
    }

    @Test func `summer time ends: the store opens an hour later by UTC`() throws {
        // New York, Saturday 2026-10-31 evening; clocks go back on Sunday; Monday 08:00 is 13:00 UTC.
        #expect(
            try ready("2026-11-01T01:00:00Z", minutes: 60, hours(480, 1_200), "America/New_York")
                == "2026-11-02T14:00:00Z")
    }

    @Test func `an hour that clocks skip is no working time, and one that comes twice is two`() throws {
        var week: [OpeningHours.Weekday: [OpeningHours.Period]] = [:]
        week[.sunday] = [try #require(OpeningHours.Period(opensMinute: 60, closesMinute: 240))]
        let sunday = OpeningHours(week: week)
        // Berlin, 2026-03-29: 01:00 to 04:00 by the clock is two hours, from 00:00 UTC to 02:00 UTC.
        #expect(try ready("2026-03-28T12:00:00Z", minutes: 120, sunday) == "2026-03-29T02:00:00Z")
        // Berlin, 2026-10-25: 01:00 to 04:00 is four hours, from 23:00 UTC to 03:00 UTC.
        #expect(try ready("2026-10-24T12:00:00Z", minutes: 240, sunday) == "2026-10-25T03:00:00Z")
    }

    @Test func `a store without opening hours is always open, and one that never opens is never ready`() throws {
        let start = try at("2026-01-14T18:30:00Z")
        #expect(LocationTerms(leadTimeMinutes: 45).readyBy(from: start)?.description == "2026-01-14T19:15:00Z")
        #expect(LocationTerms(leadTimeMinutes: 45, hours: OpeningHours(week: [:])).readyBy(from: start) == nil)
        #expect(LocationTerms(leadTimeMinutes: 0).readyBy(from: start) == start)
        // Nobody has said how long it takes.
        #expect(LocationTerms().readyBy(from: start) == nil)
    }
}
