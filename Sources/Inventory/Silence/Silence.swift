/// That a location has said nothing for longer than it may, and since when.
package struct Silence: Sendable, Hashable {
    /// When the location was heard last.
    package let since: Timestamp
    /// Whole seconds that it has been open since then.
    package let openSeconds: Int64
    /// For how long a sale units are held back where that is asked for: seconds of a usual day, in steps.
    package let lagSeconds: Int64

    /// What a location may set as its limit.
    package static let limitSecondsAllowed: ClosedRange<Int64> = 10...86_400
    package static let limitSecondsDefault: Int64 = 120
    /// With so many silent locations that call for somebody, they are one outage and no longer one alarm each.
    package static let outageLocationsMin: Int64 = 10
    /// So many of them are named.
    package static let outageNamesMax: Int64 = 100
    /// Older silence counts as silence of so many days.
    package static let daysBackMax: Int64 = 60
    /// A store that has just opened is not silent for what it had not said when it closed: at least its limit has to pass, but
    /// no more than this.
    package static let openedSecondsMax: Int64 = 600
    /// Units are held back for a month's sale at most.
    package static let lagSecondsMax: Int64 = 30 * 86_400

    /// - Parameters:
    ///   - heard: when it was heard last, by anybody.
    ///   - hours: when it is open; nil: always. Only then can it be silent.
    /// - Returns: nil while it is not silent.
    package init?(
        since heard: Timestamp, until now: Timestamp, limitSeconds: Int64, hours: OpeningHours?, zone: ZoneOffsets
    ) {
        let from = max(heard, now.advanced(byMicroseconds: -Self.daysBackMax * 86_400_000_000))
        guard from < now else { return nil }
        let opened = min(limitSeconds, Self.openedSecondsMax) * 1_000_000
        var (open, isSilent) = (Int64(0), false)
        for stretch in hours?.open(from: from, until: now, in: zone) ?? [from..<now] {
            let length = stretch.upperBound.microseconds - stretch.lowerBound.microseconds
            open += length
            if open > limitSeconds * 1_000_000, length > opened { isSilent = true }
        }
        guard isSilent else { return nil }
        since = heard
        openSeconds = open / 1_000_000
        lagSeconds = Self.step(below: Self.usualSeconds(openSeconds, hours))
    }

    /// A day's sale is sold while the store is open: an hour of twelve is a twelfth of it.
    private static func usualSeconds(_ openSeconds: Int64, _ hours: OpeningHours?) -> Int64 {
        let openMinutes = hours?.minutesPerWeek ?? minutesPerWeek
        return openMinutes > 0 ? openSeconds * minutesPerWeek / openMinutes : openSeconds
    }

    private static let minutesPerWeek: Int64 = 7 * 1_440

    /// The shortest step of `lagSeconds`.
    package static let stepSeconds: Int64 = 30
    /// Steps become longer when there were so many: what is held back changes by a twentieth at least, since every change is
    /// one for all processes.
    private static let stepsMax: Int64 = 20

    /// The last step that has been reached: every 30 s in the first 10 minutes, every minute in the next 10, and so on.
    static func step(below seconds: Int64) -> Int64 {
        let seconds = min(seconds, lagSecondsMax)
        var step = stepSeconds
        while seconds >= step * stepsMax { step *= 2 }
        return seconds / step * step
    }
}
