/// How far local time is from UTC, for as long as anybody plans ahead: what a time zone's rules come to.
package struct ZoneOffsets: Sendable, Hashable {
    package struct Change: Sendable, Hashable {
        package let at: Timestamp
        /// East of UTC is positive.
        package let seconds: Int64

        package init(at: Timestamp, seconds: Int64) {
            self.at = at
            self.seconds = seconds
        }
    }

    private let first: Int64
    private let changes: [Change]

    package static let utc = ZoneOffsets(first: 0)

    /// - Parameters:
    ///   - first: seconds before the first change.
    ///   - changes: in order of time.
    package init(first: Int64, changes: [Change] = []) {
        self.first = first
        self.changes = changes
    }

    package func seconds(at instant: Timestamp) -> Int64 {
        changes.last { $0.at <= instant }?.seconds ?? first
    }

    /// The day there at that instant, as days since 1970-01-01.
    package func day(at instant: Timestamp) -> Int64 {
        instant.advanced(byMicroseconds: seconds(at: instant) * 1_000_000).microseconds
            .flooredDivision(by: 86_400_000_000).quotient
    }

    /// The instant at which clocks there show that minute of that day. Of two, the earlier; where clocks skip it, as much
    /// later as they skip.
    func instant(day: Int64, minute: Int) -> Timestamp {
        let local = Timestamp(microseconds: (day * 86_400 + Int64(minute) * 60) * 1_000_000)
        func at(_ seconds: Int64) -> Timestamp { local.advanced(byMicroseconds: -seconds * 1_000_000) }
        let offsets = Set([first] + changes.map(\.seconds))
        let candidates = offsets.filter { seconds(at: at($0)) == $0 }.map(at)
        // Skipped: as the offset before the change has it.
        return candidates.min() ?? at(seconds(at: at(offsets.max() ?? first)))
    }
}

extension OpeningHours {
    /// Days looked ahead for enough opening hours.
    package static let daysAheadMax: Int64 = 60

    /// When work of so many minutes is done that starts at `from` and goes on only while the store is open.
    /// - Returns: nil when the store is not open for that long in the next 60 days.
    package func finish(of minutes: Int64, from start: Timestamp, in zone: ZoneOffsets) -> Timestamp? {
        var left = minutes * 60_000_000
        let today = zone.day(at: start)
        for day in today...today + Self.daysAheadMax {
            for period in periods(day: day).sorted(by: { $0.opensMinute < $1.opensMinute }) {
                let opens = max(zone.instant(day: day, minute: period.opensMinute), start)
                let closes = zone.instant(day: day, minute: period.closesMinute)
                guard opens < closes else { continue }
                let open = closes.microseconds - opens.microseconds
                if left <= open { return opens.advanced(byMicroseconds: left) }
                left -= open
            }
        }
        return nil
    }

    /// When it was open between two instants, in order; hours that go on over midnight, or from one period to the next, are one.
    package func open(from start: Timestamp, until end: Timestamp, in zone: ZoneOffsets) -> [Range<Timestamp>] {
        guard start < end else { return [] }
        var found: [Range<Timestamp>] = []
        // A day before, since where clocks skip midnight its hours end later than it does.
        for day in zone.day(at: start) - 1...zone.day(at: end) {
            for period in periods(day: day).sorted(by: { $0.opensMinute < $1.opensMinute }) {
                let opens = max(zone.instant(day: day, minute: period.opensMinute), start)
                let closes = min(zone.instant(day: day, minute: period.closesMinute), end)
                guard opens < closes else { continue }
                if let last = found.last, opens <= last.upperBound {
                    found[found.count - 1] = last.lowerBound..<max(last.upperBound, closes)
                } else {
                    found.append(opens..<closes)
                }
            }
        }
        return found
    }

    /// Minutes of a week without exceptional days; 0 when it is never open.
    package var minutesPerWeek: Int64 { week.values.reduce(0) { $0 + Self.minutes(of: $1) } }

    /// Minutes of one day; what overlaps counts once.
    static func minutes(of periods: [Period]) -> Int64 {
        var (minutes, until) = (0, 0)
        for period in periods.sorted(by: { $0.opensMinute < $1.opensMinute }) {
            minutes += max(0, period.closesMinute - max(until, period.opensMinute))
            until = max(until, period.closesMinute)
        }
        return Int64(minutes)
    }

    private func periods(day: Int64) -> [Period] {
        if let exception = exceptions[CivilDate(daysSinceEpoch: day)] { return exception }
        // 1970-01-01 was a Thursday.
        let weekday = Weekday.allCases[Int((day + 3).flooredDivision(by: 7).remainder)]
        return week[weekday] ?? []
    }
}
