import Inventory

/// How opening hours are kept in one column: `monday=480-1200,1260-1320;2026-12-25=`, days in order, minutes after
/// midnight, a date's empty list for a closed day.
enum OpeningHoursText {
    static func write(_ hours: OpeningHours) -> String {
        let week = OpeningHours.Weekday.allCases.compactMap { day in
            hours.week[day].map { "\(day.rawValue)=\(write($0))" }
        }
        let exceptions = hours.exceptions.sorted { $0.key.daysSinceEpoch < $1.key.daysSinceEpoch }
            .map { "\($0.key)=\(write($0.value))" }
        return (week + exceptions).joined(separator: ";")
    }

    static func read(_ text: String) -> OpeningHours {
        var hours = OpeningHours(week: [:])
        for entry in text.split(separator: ";") {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let periods = periods(parts[1]) else { damaged() }
            if let day = OpeningHours.Weekday(rawValue: String(parts[0])) {
                hours.week[day] = periods.isEmpty ? nil : periods
            } else if let date = date(parts[0]) {
                hours.exceptions[date] = periods
            } else {
                damaged()
            }
        }
        return hours
    }

    private static func write(_ periods: [OpeningHours.Period]) -> String {
        periods.map { "\($0.opensMinute)-\($0.closesMinute)" }.joined(separator: ",")
    }

    private static func periods(_ text: Substring) -> [OpeningHours.Period]? {
        var periods: [OpeningHours.Period] = []
        for entry in text.split(separator: ",") {
            let minutes = entry.split(separator: "-").compactMap { Int($0) }
            guard minutes.count == 2,
                let period = OpeningHours.Period(opensMinute: minutes[0], closesMinute: minutes[1])
            else { return nil }
            periods.append(period)
        }
        return periods
    }

    private static func date(_ text: Substring) -> CivilDate? {
        let parts = text.split(separator: "-").compactMap { Int64($0) }
        return parts.count == 3 ? CivilDate(year: parts[0], month: parts[1], day: parts[2]) : nil
    }

    private static func damaged() -> Never { preconditionFailure("stored opening hours do not read back") }
}
