package import Inventory

/// Which days of which locations are asked for.
package struct KPIFilter: Sendable, Hashable {
    /// Days since 1970-01-01, both included. Each is the location's own.
    package var days: ClosedRange<Int64>
    package var location: LocationID?
    package var group: GroupID?

    /// Days that one question spans.
    package static let daysMax: Int64 = 31
    /// Days of a location on a page: each reads that day's ledger lines of the location.
    package static let pageMax = 200

    package init(days: ClosedRange<Int64>, location: LocationID? = nil, group: GroupID? = nil) {
        self.days = days
        self.location = location
        self.group = group
    }
}

/// A day of a location.
package struct LocationDay: Sendable, Hashable {
    package let day: Int64
    package let location: LocationID
    package let timeZone: String
    /// When it begins there, and when the next one does.
    package let from: Timestamp
    package let to: Timestamp

    package init(day: Int64, location: LocationID, timeZone: String, from: Timestamp, to: Timestamp) {
        self.day = day
        self.location = location
        self.timeZone = timeZone
        self.from = from
        self.to = to
    }
}

package struct LocationFigures: Sendable, Hashable {
    package let day: LocationDay
    package let figures: DailyFigures

    package init(day: LocationDay, figures: DailyFigures) {
        self.day = day
        self.figures = figures
    }
}

/// One thing that a figure counts.
package struct KPIEvidence: Sendable, Hashable {
    /// What it adds: units, seconds, or 1.
    package var value: Int64
    /// When it was so, which puts it on its day.
    package var at: Timestamp
    package var recordedAt: Timestamp?
    /// Of its ledger line; nil where it is no line.
    package var sequence: Int64?
    package var sku: SKU?
    package var promise: AllocationID?
    package var source: SourceID?
    package var event: EventID?
    package var actor: ActorName?
    package var reason: String?
    /// Of evidence of one instant, which comes first.
    package var tie: String

    package init(value: Int64, at: Timestamp, tie: String) {
        self.value = value
        self.at = at
        self.tie = tie
    }

    package var position: KPIPosition { KPIPosition(at: at, tie: tie) }
}

/// Behind which line of evidence a page starts.
package struct KPIPosition: Sendable, Hashable {
    package var at: Timestamp
    package var tie: String

    package init(at: Timestamp, tie: String) {
        self.at = at
        self.tie = tie
    }
}

package enum UnknownInKPIs: Error, Sendable, Hashable {
    case location, group
}

/// Figures of days, worked out from facts whenever they are asked for.
package protocol KPIStore: Sendable {
    /// In the order of days and, of each, of locations; behind that day of that location.
    func figures(
        _ filter: KPIFilter, after: (day: Int64, location: LocationID)?, limit: Int
    ) async throws(StoreError) -> Result<Dated<Page<LocationFigures>>, UnknownInKPIs>

    /// What a figure is made of, in the order in which it happened.
    func evidence(
        _ kpi: KPI, on day: Int64, at location: LocationID, after: KPIPosition?, limit: Int
    ) async throws(StoreError) -> Result<(evidence: [KPIEvidence], hasMore: Bool), UnknownInKPIs>
}
