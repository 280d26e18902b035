/// Where an allocation stands in its life: the contract's section 4.
///
/// The one table of what may follow what is `transitions`; the documentation is generated from it and a test compares.
package enum AllocationState: Int16, Sendable, Hashable, CaseIterable {
    /// Taken for a while: open until `expiresAt`.
    case held = 1
    /// Promised without an end.
    case confirmed = 2
    /// Picked and packed, waiting to be handed over.
    case ready = 3
    /// Somebody looked for the units and did not find them. Still promised, and last in line for cover.
    case notFound = 4
    /// Handed over.
    case fulfilled = 5
    /// Given back before it was handed over.
    case released = 6
    /// A hold whose time ran out.
    case expired = 7

    package var name: String {
        switch self {
        case .held: "held"
        case .confirmed: "confirmed"
        case .ready: "ready"
        case .notFound: "notFound"
        case .fulfilled: "fulfilled"
        case .released: "released"
        case .expired: "expired"
        }
    }

    package init?(name: String) {
        guard let state = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }

    /// Its units are promised.
    package var isOpen: Bool {
        switch self {
        case .held, .confirmed, .ready, .notFound: true
        case .fulfilled, .released, .expired: false
        }
    }

    /// How far an open allocation has come; the reservation stands where its least advanced one does.
    var advance: Int {
        switch self {
        case .held: 0
        case .notFound: 1
        case .confirmed: 2
        case .ready: 3
        case .fulfilled, .released, .expired: 4
        }
    }

    /// Who is covered first when there are fewer units than promises: 0 before 1.
    package var coverRank: Int16 {
        switch self {
        case .ready: 0
        case .confirmed: 1
        case .held: 2
        case .notFound: 3
        case .fulfilled, .released, .expired: 4
        }
    }
}

/// What can be done with an allocation.
package enum AllocationEvent: String, Sendable, Hashable, CaseIterable {
    case confirm, extend, ready, fulfil, release, move, replaceLines, notFound
    /// A till sold units of it.
    case sale
    /// Its time ran out.
    case expire
}

extension AllocationState {
    /// One row of the table.
    package struct Transition: Sendable, Hashable {
        package let from: AllocationState
        package let event: AllocationEvent
        package let to: AllocationState
        /// What has to hold, or what happens beside it; empty for nothing.
        package let note: String
    }

    private static func row(
        _ from: AllocationState, _ event: AllocationEvent, _ to: AllocationState, _ note: String = ""
    ) -> Transition {
        Transition(from: from, event: event, to: to, note: note)
    }

    /// Every step there is. What is not here is `illegalTransition` and changes nothing.
    package static let transitions: [Transition] = [
        row(.held, .confirm, .confirmed, "if its units are no longer covered: only with `acceptAtRisk`"),
        row(.held, .extend, .held),
        row(.held, .release, .released),
        row(.held, .move, .held, "keeps its expiry"),
        row(.held, .replaceLines, .held, "keeps its expiry"),
        row(.held, .sale, .fulfilled, "the customer has the goods, so the hold ends"),
        row(.held, .expire, .expired),
        row(.confirmed, .confirm, .confirmed, "changes nothing"),
        row(.confirmed, .ready, .ready),
        row(.confirmed, .fulfil, .fulfilled),
        row(.confirmed, .release, .released),
        row(.confirmed, .move, .confirmed),
        row(.confirmed, .replaceLines, .confirmed),
        row(.confirmed, .notFound, .notFound),
        row(.confirmed, .sale, .fulfilled),
        row(.ready, .confirm, .ready, "changes nothing"),
        row(.ready, .ready, .ready, "changes nothing"),
        row(.ready, .fulfil, .fulfilled),
        row(.ready, .release, .released, "with `restock: pending` the units wait in inspection"),
        row(.ready, .move, .confirmed, "has to be picked again at its new location"),
        row(.ready, .notFound, .notFound),
        row(.ready, .sale, .fulfilled),
        row(.notFound, .confirm, .notFound, "changes nothing"),
        row(.notFound, .ready, .ready, "it was found after all"),
        row(.notFound, .fulfil, .fulfilled, "it was found after all"),
        row(.notFound, .release, .released),
        row(.notFound, .move, .confirmed),
        row(.notFound, .sale, .fulfilled),
        row(.expired, .confirm, .confirmed, "takes the units again if they are still there"),
        row(.expired, .extend, .held, "takes the units again if they are still there"),
        row(.fulfilled, .confirm, .fulfilled, "changes nothing"),
        row(.fulfilled, .ready, .fulfilled, "changes nothing"),
        row(.fulfilled, .fulfil, .fulfilled, "repeated, or for units that a till has sold: changes nothing"),
        row(.fulfilled, .sale, .fulfilled, "units that were fulfilled already are `duplicate`"),
        row(.released, .release, .released, "repeated: changes nothing"),
    ]

    private static let table: [AllocationEvent: [AllocationState: AllocationState]] = {
        var table: [AllocationEvent: [AllocationState: AllocationState]] = [:]
        for row in transitions { table[row.event, default: [:]][row.from] = row.to }
        return table
    }()

    /// Whether the step is behind it: said again, it changes nothing.
    package func isPast(_ event: AllocationEvent) -> Bool {
        switch event {
        case .confirm, .ready: after(event) == self
        case .extend, .fulfil, .release, .move, .replaceLines, .notFound, .sale, .expire: false
        }
    }

    /// - Returns: the state that follows, nil when that step is not allowed.
    package func after(_ event: AllocationEvent) -> AllocationState? { Self.table[event]?[self] }

    /// The table for people, in Markdown.
    package static var transitionsDocument: String {
        var text = "| from | what happens | to | |\n|---|---|---|---|\n"
        for row in transitions {
            text += "| `\(row.from.name)` | `\(row.event.rawValue)` | `\(row.to.name)` | \(row.note) |\n"
        }
        return text
    }
}

/// Where a reservation stands, from where its allocations do.
package enum ReservationState: String, Sendable, Hashable, CaseIterable {
    case held, notFound, confirmed, ready, fulfilled, released, expired
    /// Its allocations ended in different ways.
    case closed

    init(_ state: AllocationState) {
        switch state {
        case .held: self = .held
        case .confirmed: self = .confirmed
        case .ready: self = .ready
        case .notFound: self = .notFound
        case .fulfilled: self = .fulfilled
        case .released: self = .released
        case .expired: self = .expired
        }
    }

    package var isOpen: Bool {
        switch self {
        case .held, .notFound, .confirmed, .ready: true
        case .fulfilled, .released, .expired, .closed: false
        }
    }
}
