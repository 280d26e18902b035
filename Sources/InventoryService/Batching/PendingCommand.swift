import Inventory

/// A command that waits for its answer. One object, so that moving it about in the queue costs nothing.
final class PendingCommand: Sendable {
    let command: Command
    /// Hashes of what it touches.
    let keys: Set<Int>
    let deadline: ContinuousClock.Instant
    let waiter = Completion<Result<CommittedEntry, StoreError>>()

    init(command: Command, keys: Set<Int>, deadline: ContinuousClock.Instant) {
        self.command = command
        self.keys = keys
        self.deadline = deadline
    }
}

/// One command's place in a committed batch.
struct CommittedEntry: Sendable {
    let batch: CommittedBatch
    let index: Int
    /// What an earlier attempt, whose commit was in doubt, had decided.
    let inDoubt: Outcome?
}
