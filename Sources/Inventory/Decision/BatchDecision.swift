/// A batch while it is being decided: who owns which state, and the sequence of commands.
///
/// `FactJudge*`, `ReservationJudge*` and `TransferJudge*` extend it with what commands mean. It is a value, so an atomic
/// command that fails is undone by going back to the copy made before it.
struct BatchDecision {
    let snapshot: Snapshot
    let hash: Hash
    /// Balances and their lines.
    var ledger: LedgerWriter
    /// What becomes of the batch beside balances and their lines.
    var changes = Changes()
    /// Of how many units the open promises of a balance have to be known, where they are not.
    var promisesNeeded: [BalanceKey: Int64] = [:]
    /// Pickup codes that this batch has given out.
    var pickupCodesGiven: Set<String> = []
    /// What owners hold, with what this batch has changed.
    var holdings: [Owner: Holdings]
    /// By how much this batch has changed what is promised to channels.
    var promisedToChannels: [BalanceKey: [Channel: Int64]] = [:]
    /// By how many shipments this batch has changed what counts at a location today.
    var shipmentsMade: [LocationID: Int64] = [:]
    /// What the request at hand knows of locations that ship.
    var sites: [LocationID: SourcingSite] = [:]
    /// Event ids that this batch has claimed.
    var claimedEventIDs: [EventKey: KnownEvent] = [:]
    /// Positions of the batch used so far.
    var batchPosition = 0

    init(snapshot: Snapshot, clock: BatchClock, hash: @escaping Hash) {
        self.snapshot = snapshot
        self.hash = hash
        ledger = LedgerWriter(snapshot, clock: clock, hash: hash)
        holdings = snapshot.holdings
    }

    /// Goes back to how the batch was before a command, but for what its attempt found missing.
    mutating func undo(to before: BatchDecision) {
        let attempt = self
        self = before
        ledger.needs(whatLacked: attempt.ledger)
        promisesNeeded = attempt.promisesNeeded
    }

    /// What the batch comes to, once all of its commands are judged.
    consuming func concluded(_ outcomes: [Outcome]) -> Decision {
        ledger.noteSignAlarms()
        var changes = changes
        changes.lines = ledger.lines
        changes.balances = ledger.balances
        changes.counts = ledger.counts
        changes.countLines = ledger.countLines
        changes.pendingAlarms = ledger.pendingAlarms
        changes.holds = ledger.holds
        changes.folded = ledger.folded
        return Decision(
            outcomes: outcomes, changes: changes, isComplete: ledger.isComplete && promisesNeeded.isEmpty,
            promisesNeeded: promisesNeeded)
    }

    /// What a name means.
    func resolve(_ name: Name) -> NameResolution {
        guard let resolution = snapshot.names[name] else {
            preconditionFailure("the snapshot does not resolve every name of its commands")
        }
        return resolution
    }
}
