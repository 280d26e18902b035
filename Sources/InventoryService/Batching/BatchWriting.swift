import Inventory
import Logging

/// Writes one batch and answers whoever waits for a command of it.
///
/// While the database is away it tries the same again: event ids make that safe. Each command is given up at its own
/// deadline, those that waited past it before they are tried at all. What fails again and again may be one command of
/// the batch: halves are tried, until it is alone, at most two attempts a command. Whoever needs something that a command
/// before it could not have yet waits with it, so that order per balance is kept.
struct BatchWriting {
    let store: any BatchStore
    let heard: LastSeenTracker
    let figures: BatchFigures
    let logger: Logger
    /// They were set aside before, and are tried once more.
    let isAside: Bool

    private static let pauseMin: Duration = .milliseconds(20)
    private static let pauseMax: Duration = .seconds(1)
    /// With less time than this a command is not begun: a connection that is cut off in mid-commit would leave its whole
    /// batch in doubt.
    private static let timeMin: Duration = .milliseconds(100)

    /// - Returns: those that somebody else's lock is in the way of. All others have their answers.
    func commit(_ attempts: [Attempt]) async -> [Attempt] {
        var groups = [attempts]
        var locked: [Attempt] = []
        var lockedKeys: Set<Int> = []
        var pause = Self.pauseMin
        var lastError = StoreError.unavailable
        while !groups.isEmpty {
            var attempts = groups.removeFirst()
            let now = ContinuousClock.now
            let isOver = { (attempt: Attempt) in
                attempt.entry.deadline <= (attempt.inDoubt == nil ? now.advanced(by: Self.timeMin) : now)
            }
            for attempt in attempts where isOver(attempt) { attempt.entry.waiter.fulfil(.failure(lastError)) }
            attempts.removeAll(where: isOver)
            if !locked.isEmpty { attempts = Self.setAside(attempts, into: &locked, &lockedKeys) { _ in false } }
            guard let earliest = attempts.map(\.entry.deadline).min() else { continue }
            do {
                let commands = attempts.map(\.entry.command)
                let batch = try await store.commit(commands, within: now.duration(to: earliest), isAside: isAside)
                figures.committed(batch, took: now.duration(to: .now))
                heard.note(batch, commands, at: batch.asOf)
                for (index, attempt) in attempts.enumerated() {
                    attempt.entry.waiter.fulfil(
                        .success(CommittedEntry(batch: batch, index: index, inDoubt: attempt.inDoubt)))
                }
            } catch {
                lastError = error
                figures.failed()
                if case .outcomeUnknown(let outcomes) = error, outcomes.count == attempts.count {
                    for index in attempts.indices { attempts[index].doubt(outcomes[index]) }
                }
                let label: Logger.Metadata = ["error": "\(error)", "commands": "\(attempts.count)"]
                switch next(after: error, attempts) {
                case .setAside(let places):
                    logger.warning("commands wait for a lock", metadata: label)
                    let others = Self.setAside(attempts, into: &locked, &lockedKeys, where: places.contains)
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
        /// Those in these places wait for somebody else; the others can go on.
        case setAside(Set<Int>)
        /// It may be one command's fault: a value that SQL refuses, or a lock that only one of them needs.
        case split
        /// The same work may pass when it is tried again.
        case tryAgain
        case giveUp
    }

    private func next(after error: StoreError, _ attempts: [Attempt]) -> Next {
        switch error {
        case .locked(let places) where !places.isEmpty: return .setAside(Set(places))
        case .conflict, .locked: return attempts.count > 1 ? .split : .setAside([0])
        case .broken: return attempts.count > 1 ? .split : .giveUp
        case .unavailable, .outcomeUnknown: return .tryAgain
        case .overloaded: return .giveUp
        }
    }
}

extension BatchWriting {
    /// Sets aside those in the places named, and all behind them that need one of their keys.
    /// - Returns: the others, in their order.
    static func setAside(
        _ attempts: [Attempt], into locked: inout [Attempt], _ keys: inout Set<Int>, where isLocked: (Int) -> Bool
    ) -> [Attempt] {
        var others: [Attempt] = []
        for (place, attempt) in attempts.enumerated() {
            if isLocked(place) || !keys.isDisjoint(with: attempt.entry.keys) {
                locked.append(attempt)
                keys.formUnion(attempt.entry.keys)
            } else {
                others.append(attempt)
            }
        }
        return others
    }
}

/// A command that is being written.
struct Attempt: Sendable {
    let entry: PendingCommand
    /// What an attempt had decided whose commit may or may not have happened.
    var inDoubt: Outcome?

    /// What was granted first stays: if that was written, a later attempt finds it done, and what that decides is only that.
    mutating func doubt(_ outcome: Outcome) {
        if inDoubt?.isGranted != true { inDoubt = outcome }
    }
}

extension Outcome {
    fileprivate var isGranted: Bool {
        switch self {
        case .facts(let outcome): !outcome.isRefused
        case .reservation(.success), .transfer(.success): true
        case .reservation, .transfer: false
        }
    }
}
