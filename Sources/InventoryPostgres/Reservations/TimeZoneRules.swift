import Foundation
import Inventory
import Synchronization

/// What time zones come to in the next weeks, so that the pure core can reckon with local days.
enum TimeZoneRules {
    /// Zones remembered; there are about 600 names.
    private static let zonesMax = 1_000
    /// Ahead of now, beyond what opening hours and plans of supply look at.
    private static let secondsAhead = Double(max(OpeningHours.daysAheadMax, SupplyPlan.daysMax) + 10) * 86_400
    /// Back from now, as far as silence is counted.
    private static let secondsBack = Double(Silence.daysBackMax + 2) * 86_400
    /// How long what was worked out is used.
    private static let secondsKept: Double = 86_400

    private static let known = Mutex<[String: (offsets: ZoneOffsets, until: Date)]>([:])

    /// - Parameter name: of the IANA database; UTC where this machine does not know it.
    static func offsets(_ name: String, now: Date = Date()) -> ZoneOffsets {
        if let known = known.withLock({ $0[name] }), known.until > now { return known.offsets }
        let offsets = TimeZone(identifier: name).map { compute($0, from: now) } ?? .utc
        known.withLock { known in
            if known.count < zonesMax { known[name] = (offsets, now.addingTimeInterval(secondsKept)) }
        }
        return offsets
    }

    /// Also of the past, for what was heard then, and for reservations that the database's clock dates a little before ours.
    static func compute(_ zone: TimeZone, from now: Date) -> ZoneOffsets {
        var instant = now.addingTimeInterval(-secondsBack)
        let end = now.addingTimeInterval(secondsAhead + secondsKept)
        let first = Int64(zone.secondsFromGMT(for: instant))
        var changes: [ZoneOffsets.Change] = []
        while let next = zone.nextDaylightSavingTimeTransition(after: instant), next < end, next > instant {
            changes.append(
                ZoneOffsets.Change(
                    at: Timestamp(microseconds: Int64(next.timeIntervalSince1970) * 1_000_000),
                    seconds: Int64(zone.secondsFromGMT(for: next))))
            instant = next
        }
        return ZoneOffsets(first: first, changes: changes)
    }
}
