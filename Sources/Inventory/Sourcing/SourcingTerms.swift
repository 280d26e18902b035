/// How the locations of an order are chosen.
package struct SourcingTerms: Sendable, Hashable {
    package var objective: SourcingObjective
    /// The most locations that may ship; nil: any number.
    package var locationsMax: Int?
    /// Who may ship; nil: the channel's network, or all.
    package var group: GroupID?
    /// Units of each item that a location keeps at least, 0 or more.
    package var minimumLeft: Int64

    package init(
        objective: SourcingObjective, locationsMax: Int? = nil, group: GroupID? = nil, minimumLeft: Int64 = 0
    ) {
        self.objective = objective
        self.locationsMax = locationsMax
        self.group = group
        self.minimumLeft = minimumLeft
    }

    /// Of an order that names none.
    package static let objectiveDefault = SourcingObjective.fewestSplits

    /// What `maxSplits` may say.
    package static let locationsMax = 200
    /// What `minimumLeft` may say.
    package static let minimumLeftMax: Int64 = 1_000_000_000
}

/// What is known of a location before it ships: what does not depend on what it has.
package struct SourcingSite: Sendable, Hashable {
    package let location: LocationID
    /// Along the great circle to where the order goes.
    package var distanceMetres: Int64?
    /// Of one shipment from there.
    package var cost: Money?
    /// In the asked order, lower first.
    package var priority: Int64?
    /// Units sold a day there; only where the objective asks.
    package var dailySales: [ItemNumber: Double]

    package init(
        location: LocationID, distanceMetres: Int64?, cost: Money?, priority: Int64?,
        dailySales: [ItemNumber: Double] = [:]
    ) {
        self.location = location
        self.distanceMetres = distanceMetres
        self.cost = cost
        self.priority = priority
        self.dailySales = dailySales
    }

    func candidate(_ items: [ItemNumber], supplies: [Int64]) -> SourcingCandidate {
        SourcingCandidate(
            location: location, distanceMetres: distanceMetres, cost: cost, priority: priority, supplies: supplies,
            dailySales: items.map { dailySales[$0] ?? 0 })
    }
}

/// Why an order ships from where it does.
package struct SourcingReport: Sendable, Hashable {
    /// No plan is better. False where the search ended before that was sure, or units were taken as they were left.
    package var isOptimal: Bool
    /// How often it was planned until the units could be taken.
    package var attempts: Int
    /// The nearest first.
    package var passedOver: [PassedOver]

    package init(isOptimal: Bool, attempts: Int, passedOver: [PassedOver]) {
        self.isOptimal = isOptimal
        self.attempts = attempts
        self.passedOver = passedOver
    }
}

/// A location that has something of what is wanted and does not ship it.
package struct PassedOver: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Has too little of what is wanted.
        case stock
        /// Has taken all shipments of its day.
        case capacity
        /// The plan is better by the objective.
        case objective
        /// Would be one location more than may ship.
        case splits
    }

    package let location: LocationID
    package let distanceMetres: Int64?
    package let cost: Money?
    package let reason: Reason

    package init(location: LocationID, distanceMetres: Int64?, cost: Money?, reason: Reason) {
        self.location = location
        self.distanceMetres = distanceMetres
        self.cost = cost
        self.reason = reason
    }

    /// How many an answer names.
    package static let countMax = 10
}

extension SourcingProblem {
    /// Calls `take` with everybody who has something of what is wanted and is not in the plan.
    package func passedOver(by plan: SourcingPlan, _ take: (PassedOver) -> Void) {
        let used = plan.used
        for (index, candidate) in candidates.enumerated()
        where !used.contains(index) && candidate.supplies.contains(where: { $0 > 0 }) {
            let hasAll = zip(candidate.supplies, demands).allSatisfy { $0 >= $1 }
            let reason: PassedOver.Reason =
                hasAll ? .objective : used.count == 1 ? .stock : used.count < locationsMax ? .objective : .splits
            take(
                PassedOver(
                    location: candidate.location, distanceMetres: candidate.distanceMetres, cost: candidate.cost,
                    reason: reason))
        }
    }
}
