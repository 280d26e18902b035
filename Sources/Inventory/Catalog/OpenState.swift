/// Whether a store is open, and until when that is so.
package enum OpenState: Sendable, Hashable {
    /// Nobody said when it is open.
    case unknown
    /// Nil: it does not close in the next 60 days.
    case open(until: Timestamp?)
    /// Nil: it does not open in the next 60 days.
    case closed(until: Timestamp?)
}

extension OpeningHours {
    /// Some day has a period.
    package var namesOpenDay: Bool { !week.isEmpty || exceptions.values.contains { !$0.isEmpty } }

    /// At the minute it opens it is open, at the minute it closes it is closed.
    package func state(at instant: Timestamp, in zone: ZoneOffsets) -> OpenState {
        // Nearly every store opens or closes within two days; the long look is only for those that do not.
        for days in [2, Self.daysAheadMax] {
            let end = instant.advanced(byMicroseconds: days * 86_400_000_000)
            guard let next = open(from: instant, until: end, in: zone).first else { continue }
            guard next.lowerBound == instant else { return .closed(until: next.lowerBound) }
            if next.upperBound < end { return .open(until: next.upperBound) }
            if days == Self.daysAheadMax { return .open(until: nil) }
        }
        return .closed(until: nil)
    }
}

extension LocationTerms {
    package func openState(at instant: Timestamp) -> OpenState { hours?.state(at: instant, in: zone) ?? .unknown }

    /// A shopper can pick up there: it is active, live, does pickup and, if it says when it is open, opens at all.
    package var offersPickup: Bool {
        isActive && isLive && capabilities.contains(.pickup) && hours.map(\.namesOpenDay) ?? true
    }

    /// When a pickup that is promised at `instant` is ready; nil also where nobody can pick up.
    package func pickupReadyBy(from instant: Timestamp) -> Timestamp? {
        offersPickup ? readyBy(from: instant) : nil
    }
}
