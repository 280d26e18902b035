import Inventory
import Logging

/// Writes one batch and answers whoever waits for a command of it.
///
/// While the database is away it tries the same again: event ids make that safe. Each command is given up at its own
/// deadline, those that waited past it before they are tried at all. What fails again and again may be one command of
/// the batch: halves are tried, until it is alone, at most two attempts a command.
struct BatchWriting {
    let store: any BatchStore
    let heard: LastSeenTracker
    let logger: Logger
    /// They were set aside before, and are tried once more.
    let isAside: Bool

    private static let pauseMin: Duration = .milliseconds(20)
    private static let pauseMax: Duration = .seconds(1)

    /// - Returns: those that somebody else's lock is in the way of. All others have their answers.
    func commit(_ attempts: [Attempt]) async -> [Attempt] {
        var groups = [attempts]
        var locked: [Attempt] = []
        var pause = Self.pauseMin
        var lastError = StoreError.unavailable
        while !groups.isEmpty {
            var attempts = groups.removeFirst()
            let now = ContinuousClock.now
            for attempt in attempts where attempt.entry.deadline <= now {
                attempt.entry.waiter.fulfil(.failure(lastError))
            }
            attempts.removeAll { $0.entry.deadline <= now }
            guard let earliest = attempts.map(\.entry.deadline).min() else { continue }
            do {
                let commands = attempts.map(\.entry.command)
                let batch = try await store.commit(commands, within: now.duration(to: earliest), isAside: isAside)
                heard.note(batch, commands, at: batch.asOf)
                for (index, attempt) in attempts.enumerated() {
                    attempt.entry.waiter.fulfil(
                        .success(CommittedEntry(batch: batch, index: index, inDoubt: attempt.inDoubt)))
                }
            } catch {
                lastError = error
                if case .outcomeUnknown(let outcomes) = error, outcomes.count == attempts.count {
                    for index in attempts.indices { attempts[index].inDoubt = outcomes[index] }
                }
                let label: Logger.Metadata = ["error": "\(error)", "commands": "\(attempts.count)"]
                switch next(after: error, attempts) {
                case .setAside(let aside, let others):
                    logger.warning("commands wait for a lock", metadata: label)
                    locked += aside
                    if !others.isEmpty { groups.insert(others, at: 0) }
                case .split:
                    logger.warning("batch is split", metadata: label)
                    let middle = attempts.count / 2
                    groups.insert(contentsOf: [Array(attempts[..<middle]), Array(attempts[middle...])], at: 0)
                case .giveUp:
                    logger.error("batch given up", metadata: label)
                    for attempt in attempts { attempt.entry.waiter.fulfil(.failure(error)) }
                case .tryAgain:
                    logger.warning("batch is tried again", metadata: label)
                    groups.insert(attempts, at: 0)
                    // Not cancelled with the service: what was accepted is tried to the end.
                    await Task { [pause] in try? await Task.sleep(for: pause) }.value
                    pause = min(pause * 2, Self.pauseMax)
                }
            }
        }
        return locked
    }

    private enum Next {
        /// Some wait for somebody else; the others can go on.
        case setAside([Attempt], others: [Attempt])
        /// It may be one command's fault: a value that SQL refuses, or a lock of which it is not known whose it is.
        case split
        /// The same work may pass when it is tried again.
        case tryAgain
        case giveUp
    }

    private func next(after error: StoreError, _ attempts: [Attempt]) -> Next {
        switch error {
        case .locked(let places):
            let places = Set(places)
            let aside = attempts.indices.filter(places.contains).map { attempts[$0] }
            let others = attempts.indices.filter { !places.contains($0) }.map { attempts[$0] }
            return aside.isEmpty ? .split : .setAside(aside, others: others)
        case .conflict: return attempts.count > 1 ? .split : .setAside(attempts, others: [])
        case .broken: return attempts.count > 1 ? .split : .giveUp
        case .unavailable, .outcomeUnknown: return .tryAgain
        case .overloaded: return .giveUp
        }
    }
}

/// A command that is being written.
struct Attempt: Sendable {
    let entry: PendingCommand
    /// What an attempt had decided whose commit may or may not have happened.
    var inDoubt: Outcome?
}
