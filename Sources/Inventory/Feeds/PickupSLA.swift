/// Google's `pickup_sla`: on which day after the order a pickup is ready.
package enum PickupSLA: Sendable, Hashable {
    /// 0 to 6 days later.
    case days(Int)
    /// A week or more later.
    case multiWeek

    /// As the specification writes it.
    package var text: String {
        switch self {
        case .days(0): "same_day"
        case .days(1): "next_day"
        case .days(let days): "\(days)-day"
        case .multiWeek: "multi-week"
        }
    }

    /// Of an order that comes when the store opens, on the weekday after which it takes longest: so it depends on the usual
    /// week alone and not on the hour of the question. What is ordered too late for its day is the marketplace's cut-off.
    ///
    /// - Parameters:
    ///   - leadTimeMinutes: of work, which goes on only while the store is open; nil for none.
    ///   - hours: nil for always open.
    /// - Returns: nil when it is never open, or not for long enough in any 60 days.
    package init?(leadTimeMinutes: Int64?, hours: OpeningHours?) {
        let minutes = max(0, leadTimeMinutes ?? 0)
        guard let hours else {
            // Open around the clock: a day has 1,440 minutes, and work that fills them ends that same day.
            self.init(daysLater: minutes == 0 ? 0 : (minutes - 1) / 1_440)
            return
        }
        let open = OpeningHours.Weekday.allCases.map { OpeningHours.minutes(of: hours.week[$0] ?? []) }
        var longest: Int64 = 0
        for start in open.indices where open[start] > 0 {
            var (left, days) = (minutes - open[start], Int64(0))
            while left > 0 {
                days += 1
                guard days <= OpeningHours.daysAheadMax else { return nil }
                left -= open[(start + Int(days)) % open.count]
            }
            longest = max(longest, days)
        }
        guard open.contains(where: { $0 > 0 }) else { return nil }
        self.init(daysLater: longest)
    }

    private init(daysLater days: Int64) { self = days < 7 ? .days(Int(days)) : .multiWeek }
}
