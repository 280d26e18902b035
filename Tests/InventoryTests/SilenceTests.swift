import Inventory
import TestSupport
import Testing

/// When a location has said nothing for too long, as its own clock and opening hours see it.
@Suite struct SilenceTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    /// Berlin in 2026.
    private func berlin() throws -> ZoneOffsets {
        ZoneOffsets(
            first: 3_600,
            changes: [
                .init(at: try at("2026-03-29T01:00:00Z"), seconds: 7_200),
                .init(at: try at("2026-10-25T01:00:00Z"), seconds: 3_600),
            ])
    }

    private func hours(_ opens: Int, _ closes: Int) throws -> OpeningHours {
        let period = try #require(OpeningHours.Period(opensMinute: opens, closesMinute: closes))
        return OpeningHours(
            week: Dictionary(uniqueKeysWithValues: OpeningHours.Weekday.allCases.map { ($0, [period]) }))
    }

    private func silence(
        _ heard: String, _ now: String, limit: Int64 = 120, _ hours: OpeningHours? = nil
    ) throws -> Silence? {
        Silence(since: try at(heard), until: try at(now), limitSeconds: limit, hours: hours, zone: try berlin())
    }

    @Test func `a store that is always open is silent once its limit has passed`() throws {
        #expect(try silence("2026-01-14T10:00:00Z", "2026-01-14T10:02:00Z") == nil)
        let silence = try #require(try silence("2026-01-14T10:00:00Z", "2026-01-14T10:02:00.5Z"))
        #expect(silence.since == (try at("2026-01-14T10:00:00Z")))
        #expect(silence.openSeconds == 120 && silence.lagSeconds == 120)
        // Another machine's clock may be ahead of ours.
        #expect(try self.silence("2026-01-14T10:02:00Z", "2026-01-14T10:00:00Z") == nil)
    }

    @Test func `a store that was closed all night is not silent when it opens`() throws {
        // Open from 09:00 to 20:00; heard at 19:59 and at 19:58:01.
        let store = try hours(540, 1_200)
        #expect(try silence("2026-01-13T18:59:00Z", "2026-01-14T07:59:59Z", store) == nil)
        #expect(try silence("2026-01-13T18:59:00Z", "2026-01-14T08:00:30Z", store) == nil)
        #expect(try silence("2026-01-13T18:58:01Z", "2026-01-14T08:00:30Z", store) == nil)
        #expect(try silence("2026-01-13T18:58:01Z", "2026-01-14T08:02:00Z", store) == nil)
        #expect(try silence("2026-01-13T18:58:01Z", "2026-01-14T08:02:01Z", store)?.openSeconds == 240)
        // Who had fallen silent before it closed stays so.
        #expect(try silence("2026-01-13T18:57:00Z", "2026-01-14T03:00:00Z", store)?.openSeconds == 180)
    }

    @Test func `hours that go on over midnight are one stretch`() throws {
        let always = try hours(0, 1_440)
        #expect(try silence("2026-01-13T22:59:00Z", "2026-01-13T23:01:30Z", always)?.openSeconds == 150)
    }

    @Test func `a limit longer than a day in the store is reached over several days`() throws {
        let store = try hours(540, 1_200)
        #expect(try silence("2026-01-13T08:00:00Z", "2026-01-14T08:00:00Z", limit: 46_800, store) == nil)
        #expect(
            try silence("2026-01-13T08:00:00Z", "2026-01-14T10:00:01Z", limit: 46_800, store)?.openSeconds == 46_801)
    }

    @Test func `a closed day is no silence, and a store that never opens is never silent`() throws {
        var store = try hours(540, 1_200)
        store.exceptions = [try #require(CivilDate(year: 2026, month: 1, day: 14)): []]
        #expect(try silence("2026-01-13T18:59:30Z", "2026-01-14T15:00:00Z", store) == nil)
        #expect(try silence("2026-01-01T00:00:00Z", "2026-01-14T15:00:00Z", OpeningHours(week: [:])) == nil)
    }

    @Test func `a day's sale is sold in the hours that a store is open`() throws {
        // Twelve hours a day: one hour is a twelfth of a day's sale, two hours by the clock.
        let silence = try silence("2026-01-14T10:00:00Z", "2026-01-14T11:00:00Z", hours(480, 1_200))
        #expect(silence?.openSeconds == 3_600 && silence?.lagSeconds == 7_200)
    }

    @Test func `what is held back for grows in ever longer steps up to a month, and never shrinks`() throws {
        var (last, steps) = (Int64(-1), 0)
        for minute in stride(from: 3, through: 90_000, by: 1) {
            let now = try at("2026-01-01T00:00:00Z").advanced(byMicroseconds: Int64(minute) * 60_000_000)
            let silence = try #require(
                Silence(
                    since: try at("2026-01-01T00:00:00Z"), until: now, limitSeconds: 120, hours: nil, zone: .utc))
            #expect(silence.lagSeconds >= last && silence.lagSeconds <= silence.openSeconds)
            if silence.openSeconds < Silence.lagSecondsMax {
                #expect(silence.lagSeconds * 10 >= silence.openSeconds * 9)
            }
            if silence.lagSeconds != last { steps += 1 }
            last = silence.lagSeconds
        }
        #expect(last > Silence.lagSecondsMax * 9 / 10 && steps < 200, "\(last), \(steps)")
    }

    @Test(arguments: seeds)
    func `silence is every second in which the store was open`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let zone = try berlin()
        let changes = [try at("2026-03-28T12:00:00Z"), try at("2026-10-24T12:00:00Z"), try at("2026-06-10T12:00:00Z")]
        for _ in 0..<10 {
            let hours = randomHours(&random)
            // On the second, within three days of a change of the clocks, or far from one.
            let heard = random.pick(changes).advanced(
                byMicroseconds: Int64.random(in: -60_000...60_000, using: &random) * 1_000_000)
            let now = heard.advanced(byMicroseconds: Int64.random(in: 1...260_000, using: &random) * 1_000_000)
            let limit = random.pick([10, 120, 3_600, 86_400] as [Int64])
            let naive = naive(heard, now, limit, hours, zone)
            let silence = Silence(since: heard, until: now, limitSeconds: limit, hours: hours, zone: zone)
            #expect(silence?.openSeconds == naive, "seed \(seed): \(heard) to \(now), \(limit) s, \(hours)")
        }
    }

    /// Periods that neither open nor close in the hour that clocks change: it is a matter of taste what that would mean.
    private func randomHours(_ random: inout SeededGenerator) -> OpeningHours {
        var hours = OpeningHours(week: [:])
        for day in OpeningHours.Weekday.allCases where !random.isOne(in: 5) {
            var minutes = (0..<2 * Int.random(in: 1...3, using: &random)).map { _ in
                random.isOne(in: 6) ? random.pick([0, 1_440]) : Int.random(in: 180...1_440, using: &random)
            }
            minutes.sort()
            hours.week[day] = stride(from: 0, to: minutes.count, by: 2).compactMap {
                OpeningHours.Period(opensMinute: minutes[$0], closesMinute: minutes[$0 + 1])
            }
        }
        return hours
    }

    /// - Returns: open seconds where it is silent.
    private func naive(
        _ heard: Timestamp, _ now: Timestamp, _ limit: Int64, _ hours: OpeningHours, _ zone: ZoneOffsets
    ) -> Int64? {
        var (open, stretch, isSilent) = (Int64(0), Int64(0), false)
        for second in heard.microseconds / 1_000_000..<now.microseconds / 1_000_000 {
            let local = second + zone.seconds(at: Timestamp(microseconds: second * 1_000_000))
            let day = OpeningHours.Weekday.allCases[Int((local / 86_400 + 3) % 7)]
            let minute = Int(local % 86_400 / 60)
            guard hours.week[day]?.contains(where: { $0.opensMinute <= minute && minute < $0.closesMinute }) ?? false
            else {
                stretch = 0
                continue
            }
            open += 1
            stretch += 1
            if open > limit, stretch > min(limit, 600) { isSilent = true }
        }
        return isSilent ? open : nil
    }
}
