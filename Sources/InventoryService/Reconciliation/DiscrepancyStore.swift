package import Inventory

/// How many figures of a location were compared on one of its days, and how many of them were off.
package struct Discrepancies: Sendable, Hashable {
    package var matched: Int64 = 0
    /// Off by what was on its way.
    package var explained: Int64 = 0
    package var discrepant: Int64 = 0
    /// Of the discrepant ones, without their signs.
    package var unitsOff: Int64 = 0

    package init() {}

    package var compared: Int64 { matched + explained + discrepant }

    /// The share that was off, 0 to 1; nil when nothing was compared.
    package var rate: Double? { compared == 0 ? nil : Double(discrepant) / Double(compared) }

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.matched += right.matched
        sum.explained += right.explained
        sum.discrepant += right.discrepant
        sum.unitsOff = sum.unitsOff.addingUnits(right.unitsOff)
        return sum
    }
}

package struct DiscrepancyReport: Sendable {
    package let mode: LocationMode
    package let timeZone: String
    /// Every day asked for, in order, as days since 1970-01-01 of the location's own time zone.
    package let days: [(day: Int64, discrepancies: Discrepancies)]
    package let asOf: Timestamp

    /// The longest stretch of one question.
    package static let daysMax: Int64 = 400
    package static let daysDefault: Int64 = 30

    package init(
        mode: LocationMode, timeZone: String, days: [(day: Int64, discrepancies: Discrepancies)], asOf: Timestamp
    ) {
        self.mode = mode
        self.timeZone = timeZone
        self.days = days
        self.asOf = asOf
    }
}

package enum DiscrepancyRejection: Error, Sendable, Hashable {
    case unknownLocation
    /// `to` is not after `from`, or the stretch is longer than `DiscrepancyReport.daysMax`.
    case wrongDays
}

/// What reconciliations and counts found at a location, day by day.
package protocol DiscrepancyStore: Sendable {
    /// - Parameters:
    ///   - from: the first day; nil: `daysDefault` days before `to`.
    ///   - to: the day after the last; nil: the location's tomorrow.
    func discrepancies(
        at location: LocationID, from: Int64?, to: Int64?
    ) async throws(StoreError) -> Result<DiscrepancyReport, DiscrepancyRejection>
}

/// Rules of what differences are let pass. At most one of each scope.
package protocol ReconciliationRuleStore: Sendable {
    func putReconciliationRule(
        _ rule: ReconciliationRule, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ReconciliationRule>>
    func reconciliationRule(_ id: ReconciliationRuleID) async throws(StoreError) -> Stored<ReconciliationRule>?
    func reconciliationRules(_ page: PageRequest) async throws(StoreError) -> Page<Stored<ReconciliationRule>>
    func deleteReconciliationRule(
        _ id: ReconciliationRuleID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>
}
