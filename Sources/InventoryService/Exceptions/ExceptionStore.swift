package import Inventory

package enum ExceptionStatus: String, Sendable, Hashable, CaseIterable {
    case open, assigned, resolved
}

/// Something that a person must decide, or has.
package struct ExceptionRecord: Sendable, Hashable {
    package var id: Int64
    package var type: ExceptionType
    package var status: ExceptionStatus
    package var priority: ExceptionPriority
    package var owner: String?
    package var openedAt: Timestamp
    package var assignedAt: Timestamp?
    package var resolvedAt: Timestamp?
    /// How it was resolved, in words, by which action and by whom; all nil for one that is open, and the last two for one
    /// that closed by itself.
    package var resolution: String?
    package var action: ExceptionAction?
    package var resolvedBy: String?
    /// `ExceptionDecision.fingerprint` of how it was resolved; nil where nobody decided, or before it was kept.
    package var decision: Digest?
    package var source: SourceID?
    /// As its source sent it.
    package var eventID: String?
    package var sku: SKU?
    package var codeSystem: CodeSystem?
    package var code: Code?
    package var location: LocationID?
    package var problem: String?
    package var pointer: String?
    package var detail: String
    /// The line as it came in, where one was kept.
    package var raw: String?
    /// How far off a balance is.
    package var units: Int64?
    /// The ledger line that brought it.
    package var sequence: Int64?
    package var count: CountID?
    /// Parked lines that wait for this to be settled.
    package var linesWaiting: Int64

    package init(
        id: Int64, type: ExceptionType, status: ExceptionStatus, priority: ExceptionPriority, openedAt: Timestamp,
        detail: String, linesWaiting: Int64
    ) {
        self.id = id
        self.type = type
        self.status = status
        self.priority = priority
        self.openedAt = openedAt
        self.detail = detail
        self.linesWaiting = linesWaiting
    }
}

/// Which exceptions are wanted; every given part must match.
package struct ExceptionFilter: Sendable, Hashable {
    /// Nil: all that are not resolved.
    package var status: ExceptionStatus?
    package var type: ExceptionType?
    package var priority: ExceptionPriority?
    package var owner: String?
    package var location: LocationID?
    package var sku: SKU?
    package var source: SourceID?
    /// Included.
    package var openedAfter: Timestamp?
    /// Excluded.
    package var openedBefore: Timestamp?

    package init() {}
}

/// What is not resolved of one type, by age.
package struct ExceptionSummary: Sendable, Hashable {
    package var type: ExceptionType
    /// Those that nobody looks after, and those that somebody does.
    package var open: Int64
    package var assigned: Int64
    /// Opened within the last hour; before that within the last day; before that within the last week; before that.
    package var withinHour: Int64
    package var withinDay: Int64
    package var withinWeek: Int64
    package var older: Int64
    package var oldestOpenedAt: Timestamp

    package init(
        type: ExceptionType, open: Int64, assigned: Int64, withinHour: Int64, withinDay: Int64, withinWeek: Int64,
        older: Int64, oldestOpenedAt: Timestamp
    ) {
        self.type = type
        self.open = open
        self.assigned = assigned
        self.withinHour = withinHour
        self.withinDay = withinDay
        self.withinWeek = withinWeek
        self.older = older
        self.oldestOpenedAt = oldestOpenedAt
    }
}

/// A business "no" to a change of an exception.
package enum ExceptionRejection: Error, Sendable, Hashable {
    case notFound
    case alreadyResolved(String)
}

/// The turn to carry out a decision about an exception.
package enum ExceptionTurn {
    /// Longer than it takes to carry out a decision: two things that are put, with five batches of parked lines behind each, which
    /// have ten seconds each. So long another decision waits where the process of the first has died.
    package static let seconds: Int64 = 120
}

/// The queue of what people must decide.
package protocol ExceptionStore: Sendable {
    /// In order of priority, then age.
    func exceptions(
        _ filter: ExceptionFilter, _ page: PageRequest
    ) async throws(StoreError) -> Dated<Page<ExceptionRecord>>

    /// What is not resolved, by type, in the order of the types' names.
    /// - Parameter filter: its status counts for nothing.
    func summary(_ filter: ExceptionFilter) async throws(StoreError) -> Dated<[ExceptionSummary]>

    func exception(_ id: Int64) async throws(StoreError) -> Dated<ExceptionRecord>?

    /// - Parameters:
    ///   - owner: nil gives it back.
    ///   - actor: who assigns it; nil in mode `open`.
    func assign(_ id: Int64, to owner: String?, by actor: ActorName?) async throws(StoreError) -> ExceptionRejection?

    /// Takes the turn to carry out a decision, so that no other is carried out meanwhile. The same decision shares it: whatever it
    /// does, it does once. It ends by itself after `ExceptionTurn.seconds`.
    /// - Returns: false while another decision has it.
    func takeTurn(_ id: Int64, _ decision: ExceptionDecision) async throws(StoreError) -> Bool

    func giveTurnBack(_ id: Int64, _ decision: ExceptionDecision) async throws(StoreError)

    /// Also replaces how one says that it closed by itself while the action was under way.
    /// - Parameters:
    ///   - person: who decided, as the caller says.
    ///   - actor: who calls; nil in mode `open`.
    func resolve(
        _ id: Int64, _ decision: ExceptionDecision, resolution: String, decidedBy person: String?,
        by actor: ActorName?
    ) async throws(StoreError)

    /// Puts the item of an exception on its location's list of what to count.
    func requestCount(of sku: SKU, at location: LocationID, reason: String) async throws(StoreError)

    /// Closes exceptions of stopped locations where nothing is open any more.
    /// - Returns: how many were closed.
    func closeStoppedLocations(limit: Int) async throws(StoreError) -> Int

    /// Makes exceptions of pending alarms whose data has all come: every source of the location was heard past the alarm's
    /// instant, or the alarm is older than `wait`.
    /// - Parameter toleranceUnits: a count's variance up to it is nobody's business.
    /// - Returns: how many watches were looked at.
    func openPendingAlarms(
        wait: Duration, toleranceUnits: Int64, limit: Int
    ) async throws(StoreError) -> Int
}
