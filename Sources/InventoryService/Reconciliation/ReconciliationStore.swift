package import Inventory

/// How many lines came to what. `lines` is the sum of the next six.
package struct ReconciliationSummary: Sendable, Hashable {
    package var lines: Int64 = 0
    package var matched: Int64 = 0
    package var withinTolerance: Int64 = 0
    package var explained: Int64 = 0
    package var variance: Int64 = 0
    package var corrected: Int64 = 0
    package var unknown: Int64 = 0
    /// Of the lines that could be compared.
    package var unitsTheirs: Int64 = 0
    package var unitsOurs: Int64 = 0
    /// Of the variances, corrected ones too, without their signs.
    package var absoluteVariance: Int64 = 0

    package init() {}
}

/// A reconciliation that is stored and has to be finished, or has been.
package struct StoredReconciliation: Sendable, Hashable {
    package var id: ReconciliationID
    package var source: SourceID
    package var event: EventID
    package var asOf: Timestamp
    package var createdAt: Timestamp
    package var isDone: Bool
    package var isComplete: Bool
    package var inFlightSeconds: Int64
    package var corrects: Bool
    /// The source's authority when it was stored.
    package var isAuthoritative: Bool
    /// Nil until it is done.
    package var summary: ReconciliationSummary?

    package init(
        id: ReconciliationID, source: SourceID, event: EventID, asOf: Timestamp, createdAt: Timestamp, isDone: Bool,
        isComplete: Bool, inFlightSeconds: Int64, corrects: Bool, isAuthoritative: Bool
    ) {
        self.id = id
        self.source = source
        self.event = event
        self.asOf = asOf
        self.createdAt = createdAt
        self.isDone = isDone
        self.isComplete = isComplete
        self.inFlightSeconds = inFlightSeconds
        self.corrects = corrects
        self.isAuthoritative = isAuthoritative
    }
}

/// What became of a line. Raw values are stored and shown.
package enum ReconciledStatus: String, Sendable, Hashable, CaseIterable {
    case waiting, matched, withinTolerance, explained, variance, corrected, unknown
}

/// What is shown of one item at one location.
package struct ReconciledLine: Sendable, Hashable {
    /// Its place, by the first of the sent lines that it sums up; what was not listed comes behind all sent ones.
    package var number: Int
    /// As it is known; as it was sent where nothing is known by it.
    package var sku: SKU?
    package var codeSystem: CodeSystem?
    package var code: Code?
    package var location: LocationID
    package var theirs: Int64
    package var ours: Int64?
    package var status: ReconciledStatus
    package var because: InFlightCause?
    package var changesInFlight: Int?
    package var figureAt: Timestamp?
    package var rule: ReconciliationRuleID?
    /// Of the ledger line that corrects it.
    package var sequence: Int64?
    package var problem: String?

    package init(number: Int, location: LocationID, theirs: Int64, status: ReconciledStatus) {
        self.number = number
        self.location = location
        self.theirs = theirs
        self.status = status
    }

    package var difference: Int64? { ours.map { theirs - $0 } }
}

/// A line that waits to be compared, with all that it takes to do so.
package struct WaitingPair: Sendable, Hashable {
    package var line: Int
    package var comparison: PairComparison
    /// Of the balance, when it was compared.
    package var version: Int64
    package var rule: ReconciliationRuleID?
    package var limits: ReconciliationLimits
    /// Somebody counted at the very instant, which is worth more than another system's books.
    package var isCounted: Bool
    /// Names of sources whose data of until the instant may still be on its way; nil where nothing is waited for.
    package var awaited: String?
    /// Later figures of the same source are done for this pair. Told only of what may be corrected.
    package var isOlder: Bool

    package init(
        line: Int, comparison: PairComparison, version: Int64, rule: ReconciliationRuleID?,
        limits: ReconciliationLimits, isCounted: Bool, awaited: String?, isOlder: Bool
    ) {
        self.line = line
        self.comparison = comparison
        self.version = version
        self.rule = rule
        self.limits = limits
        self.isCounted = isCounted
        self.awaited = awaited
        self.isOlder = isOlder
    }
}

package struct ComparedPair: Sendable, Hashable {
    package var line: Int
    package var ours: Int64
    /// Of the balance, when it was compared.
    package var version: Int64
    package var rule: ReconciliationRuleID?
    package var result: ComparisonResult
    /// A variance that the ledger is to take over.
    package var isToCorrect: Bool
    /// A variance that people are not told of yet, since data may be on its way.
    package var isAwaiting: Bool
    /// Why a variance was not corrected, where that is not for its size.
    package var problem: String?

    package init(
        line: Int, ours: Int64, version: Int64, rule: ReconciliationRuleID?, result: ComparisonResult,
        isToCorrect: Bool, isAwaiting: Bool, problem: String?
    ) {
        self.line = line
        self.ours = ours
        self.version = version
        self.rule = rule
        self.result = result
        self.isToCorrect = isToCorrect
        self.isAwaiting = isAwaiting
        self.problem = problem
    }
}

/// A line of figures of which nothing is kept.
package enum LookedAtLine: Sendable {
    case comparable(WaitingPair, sku: SKU, location: LocationID)
    /// What it names is not known, and why.
    case unknown(ReconciledLine)
}

/// A variance that is to be corrected and has not been.
package struct DueCorrection: Sendable, Hashable {
    package let line: Int
    package let sku: SKU
    package let location: LocationID
    package let difference: Int64
    /// Of the balance, when it was compared: the difference is true of no other.
    package let version: Int64

    package init(line: Int, sku: SKU, location: LocationID, difference: Int64, version: Int64) {
        self.line = line
        self.sku = sku
        self.location = location
        self.difference = difference
        self.version = version
    }
}

/// What became of a correction: the sequence of its ledger line, or why there is none.
package struct DoneCorrection: Sendable, Hashable {
    package let line: Int
    /// As of the `DueCorrection`.
    package let version: Int64
    package let sequence: Int64?
    package let problem: String?

    package init(line: Int, version: Int64, sequence: Int64?, problem: String?) {
        self.line = line
        self.version = version
        self.sequence = sequence
        self.problem = problem
    }
}

/// Which lines are wanted.
package enum ReconciledLineFilter: Sendable, Hashable {
    case all, notMatched
    case only(ReconciledStatus)
}

/// Which reconciliations are wanted; every given part must match.
package struct ReconciliationFilter: Sendable, Hashable {
    package var source: SourceID?
    package var location: LocationID?

    package init() {}
}

/// Why figures were not taken; nothing was stored.
package enum ReconciliationRejection: Error, Sendable, Hashable {
    /// The event id is this source's for other figures.
    case reused
    case inFuture(now: Timestamp)
    case unknownLocation
}

/// Other systems' figures and how they compare with the ledger.
package protocol ReconciliationStore: Sendable {
    /// Stores the figures whole, with their names resolved and one line for each item at a location, so that they are
    /// compared whatever happens next.
    /// - Returns: also what the same figures were stored as before, and then false.
    func open(
        _ posted: PostedReconciliation, from source: SourceNumber
    ) async throws(StoreError) -> Result<(stored: StoredReconciliation, isNew: Bool), ReconciliationRejection>

    /// What `open` and `waiting` would give for these figures, of which nothing is kept. In the order of their numbers.
    /// - Parameter wait: as of `waiting`.
    func look(
        at posted: PostedReconciliation, wait: Duration
    ) async throws(StoreError) -> Result<(stored: StoredReconciliation, lines: [LookedAtLine]), ReconciliationRejection>

    /// Lines that were not compared yet, in order, with what the ledger knows of each now.
    /// - Parameters:
    ///   - after: the last line of the step before; -1 from the start.
    ///   - wait: after the instant so long, no source's data is waited for.
    func waiting(
        _ reconciliation: StoredReconciliation, after line: Int, limit: Int, wait: Duration
    ) async throws(StoreError) -> [WaitingPair]

    /// Writes down what was found of lines that nobody has compared meanwhile; the first who did counts.
    func keep(_ id: ReconciliationID, _ pairs: [ComparedPair]) async throws(StoreError)

    /// Variances that are to be corrected and that nobody has noted as corrected, in order.
    func dueCorrections(
        _ id: ReconciliationID, after line: Int, limit: Int
    ) async throws(StoreError) -> [DueCorrection]

    /// Notes what became of corrections. One without a sequence stays a variance that nobody corrects: at its version it would be
    /// refused again. Not of lines that somebody has compared again.
    func keep(_ id: ReconciliationID, _ corrections: [DoneCorrection]) async throws(StoreError)

    /// Lets lines wait to be compared once more, since their balances have changed; not those that somebody has compared again.
    /// - Parameters:
    ///   - times: after so many comparisons a line stays a variance that nobody corrects.
    ///   - problem: what is said of such a line.
    func compareAgain(
        _ id: ReconciliationID, _ corrections: [DueCorrection], times: Int, problem: String
    ) async throws(StoreError)

    /// Everything is compared and corrected: adds it up, opens exceptions for what is left and closes those whose cause is
    /// gone. In one step, and once.
    /// - Returns: whether it is done now. False while lines wait to be compared or corrected, because another process has sent them back.
    func finish(_ id: ReconciliationID) async throws(StoreError) -> Bool

    /// Opens exceptions for variances that waited for data on its way and are off still, once all other sources of the
    /// location were heard through the instant or `wait` has passed since.
    /// - Returns: how many lines wait no longer; `limit` when there may be more.
    func tellOfAwaited(wait: Duration, limit: Int) async throws(StoreError) -> Int

    /// Those stored before `before` that are not done, oldest first.
    func unfinished(before: Timestamp, limit: Int) async throws(StoreError) -> [StoredReconciliation]

    func reconciliation(_ id: ReconciliationID) async throws(StoreError) -> StoredReconciliation?

    /// In the order of their numbers. A page goes on behind the last number.
    func lines(
        _ id: ReconciliationID, _ filter: ReconciledLineFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<ReconciledLine>

    /// Newest first. A page goes on behind the time in microseconds and the id of the last, with a blank between.
    func reconciliations(
        _ filter: ReconciliationFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<StoredReconciliation>

    func now() async throws(StoreError) -> Timestamp
}
