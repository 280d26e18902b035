/// A batch while it is being decided: who owns which state, and the sequence of commands.
///
/// `FactJudge*`, `ReservationJudge*` and `TransferJudge*` extend it with what commands mean. It is a value, so an atomic
/// command that fails is undone by going back to the copy made before it.
struct BatchDecision {
    let snapshot: Snapshot
    let hash: Hash
    /// Balances and their lines.
    var ledger: LedgerWriter
    /// Reservations, and what belongs to them.
    var promises: PromiseBook
    /// What becomes of the batch beside balances and their lines.
    var changes = Changes()
    /// Event ids that this batch has claimed.
    var claims: EventClaims
    /// Keys of exceptions that lines of this batch were rejected under, but for records of files.
    var rejectedHere: [RejectedLineKey: Set<String>] = [:]
    /// Keys of exceptions that records of files were rejected under in this batch.
    var recordsRejected: Set<String> = []
    /// Positions of the batch used so far.
    var batchPosition = 0

    init(snapshot: Snapshot, _ commands: [Command], now: Timestamp, hash: Hash) {
        self.snapshot = snapshot
        self.hash = hash
        let clock = BatchClock(now, snapshot.balances.values, commands)
        let lines = commands.reduce(0) { $0 + $1.reportedLines }
        ledger = LedgerWriter(snapshot, clock: clock, linesExpected: lines, hash: hash)
        promises = PromiseBook(snapshot, now: clock.now)
        claims = EventClaims(expected: lines)
        changes.events.reserveCapacity(lines)
    }

    /// All that is written from here on is done by them.
    mutating func begin(as actor: ActorNumber?) {
        ledger.origin.actor = actor
        if actor != nil { changes.hasActors = true }
    }

    /// Goes back to how the batch was before a command, but for what its attempt found missing.
    mutating func undo(to before: BatchDecision) {
        let attempt = self
        self = before
        ledger.needs(whatLacked: attempt.ledger)
        promises.needs(whatLacked: attempt.promises)
    }

    /// What the batch comes to, once all of its commands are judged.
    consuming func concluded(_ outcomes: [Outcome]) -> Decision {
        ledger.noteSignAlarms()
        var changes = changes
        changes.lines = ledger.lines
        changes.balances = ledger.balances.changed
        changes.counts = ledger.counts
        if changes.counts.count > 1 {
            // Several records of a file are one count.
            var seen: Set<CountID> = []
            changes.counts.removeAll { !seen.insert($0.id).inserted }
        }
        changes.countLines = ledger.countLines
        changes.pendingAlarms = ledger.pendingAlarms
        changes.holds = ledger.holds
        changes.folded = ledger.folded
        changes.packed = ledger.packed
        changes.reservations = promises.changed
        for id in promises.settledLatePickups {
            changes.settledExceptions["\(ExceptionType.latePickup.rawValue):\(id)"] =
                "closed by itself: it was fetched, given up, or has more time"
        }
        return Decision(
            outcomes: outcomes, changes: changes, isComplete: ledger.isComplete && promises.needed.isEmpty,
            promisesNeeded: promises.needed)
    }

    /// What a name means.
    func resolve(_ name: Name) -> NameResolution {
        guard let resolution = snapshot.names[name] else {
            preconditionFailure("the snapshot does not resolve every name of its commands")
        }
        return resolution
    }
}
