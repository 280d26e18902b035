/// Something that is to come to a location. It can be shown, and is never promised.
package struct ExpectedSupply: Sendable, Hashable {
    package var id: SupplyID
    package var sku: SKU
    package var location: LocationID
    /// Base units, 1 to `Quantity.maxUnits`.
    package var quantity: Int64
    package var expectedAt: Timestamp
    /// What was said first: a date that slipped shows.
    package var firstExpectedAt: Timestamp
    package var reference: Reference?
    /// Base units that came. It is settled once they are as many as were expected.
    package var received: Int64 = 0
    /// When the last of it came; nil while some is awaited.
    package var settledAt: Timestamp?
    /// The transfer that it is on its way with; nil for supply that somebody announced.
    package var transfer: TransferID?
    /// It should have come by now.
    package var isOverdue = false
    /// Rises by one with every change.
    package var version: Int64 = 1

    package init(
        id: SupplyID, sku: SKU, location: LocationID, quantity: Int64, expectedAt: Timestamp,
        firstExpectedAt: Timestamp, reference: Reference? = nil
    ) {
        self.id = id
        self.sku = sku
        self.location = location
        self.quantity = quantity
        self.expectedAt = expectedAt
        self.firstExpectedAt = firstExpectedAt
        self.reference = reference
    }

    /// Base units that are still to come, 0 or more.
    package var outstanding: Int64 { max(0, quantity - received) }
}

package enum SupplyKind: IdentifierKind {
    package static let name = "id"
}

package typealias SupplyID = Identifier<SupplyKind>

/// ATP: what can be promised now, and by day with what is to come. Days are the location's own, today is the first.
package struct SupplyPlan: Sendable, Hashable {
    package struct Day: Sendable, Hashable {
        package let date: CivilDate
        package let supplies: [ExpectedSupply]
        package let availableToPromise: Int64

        package var supplyUnits: Int64 { supplies.reduce(0) { $0 + $1.outstanding } }
    }

    package let days: [Day]
    /// What should have come: it is shown and counted nowhere.
    package let overdue: [ExpectedSupply]

    package static let daysMax: Int64 = 180

    private init(days: [Day], overdue: [ExpectedSupply]) {
        self.days = days
        self.overdue = overdue
    }

    /// Of a kit: each day what its parts make together.
    /// - Parameters:
    ///   - parts: with how many units of each are in one kit; all of as many days.
    ///   - count: of days.
    package init(
        ofKit parts: [(plan: SupplyPlan, quantity: Int64)], days count: Int64, from now: Timestamp, in zone: ZoneOffsets
    ) {
        let today = zone.day(at: now)
        overdue = parts.flatMap(\.plan.overdue)
        days = (0..<Int(count)).map { day in
            Day(
                date: CivilDate(daysSinceEpoch: today + Int64(day)),
                supplies: parts.flatMap { $0.plan.days[day].supplies },
                availableToPromise: parts.map { $0.plan.days[day].availableToPromise / $0.quantity }.min() ?? 0)
        }
    }

    /// The same supply where nothing may be promised.
    package var withoutPromises: SupplyPlan {
        SupplyPlan(
            days: days.map { Day(date: $0.date, supplies: $0.supplies, availableToPromise: 0) }, overdue: overdue)
    }

    /// - Parameters:
    ///   - available: units that can be promised now.
    ///   - supplies: of one item at one location.
    ///   - count: of days, 1 to `daysMax`.
    package init(
        available: Int64, _ supplies: [ExpectedSupply], days count: Int64, from now: Timestamp, in zone: ZoneOffsets
    ) {
        let inOrder = supplies.sorted { ($0.expectedAt, $0.id) < ($1.expectedAt, $1.id) }
        overdue = inOrder.filter { $0.expectedAt < now }
        let byDay = Dictionary(grouping: inOrder.filter { $0.expectedAt >= now }) { zone.day(at: $0.expectedAt) }
        let today = zone.day(at: now)
        var units = available
        days = (today..<today + count).map { day in
            let supplies = byDay[day] ?? []
            units += supplies.reduce(0) { $0 + $1.outstanding }
            return Day(date: CivilDate(daysSinceEpoch: day), supplies: supplies, availableToPromise: units)
        }
    }
}
