package import Inventory
import Synchronization

/// When a source was last heard at a location.
package struct Heard: Sendable, Hashable {
    package var at: Timestamp
    /// The latest instant that it has told of. A source that sends its queue in order has told everything before.
    package var through: Timestamp

    package init(at: Timestamp, through: Timestamp) {
        self.at = at
        self.through = through
    }

    fileprivate mutating func rise(to other: Heard) {
        at = max(at, other.at)
        through = max(through, other.through)
    }
}

package struct HeardKey: Sendable, Hashable {
    package let location: LocationNumber
    package let source: SourceNumber

    package init(location: LocationNumber, source: SourceNumber) {
        self.location = location
        self.source = source
    }
}

/// Collects who was heard where, for a flush a second, and knows when each location was: no batch writes a row that all
/// batches of a store would wait for, and no answer asks the database for it.
package final class LastSeenTracker: Sendable {
    private struct State {
        var waiting: [HeardKey: Heard] = [:]
        var lastHeard: [LocationID: Timestamp] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameter at: the database's clock.
    func note(_ batch: CommittedBatch, _ commands: [Command], at: Timestamp) {
        state.withLock { state in
            for case (.facts(let command), .facts(let outcome)) in zip(commands, batch.outcomes)
            where command.origin == .client && command.source != .holdfast {
                for (line, answer) in zip(command.lines, outcome.lines) {
                    guard let name = answer.name else { continue }
                    var through = at
                    if case .fact(let fact, _) = line.content, let occurredAt = fact.occurredAt {
                        through = min(occurredAt, at)
                    }
                    let heard = Heard(at: at, through: through)
                    let key = HeardKey(location: name.key.location, source: command.source)
                    if state.waiting[key]?.rise(to: heard) == nil { state.waiting[key] = heard }
                    if (state.lastHeard[name.location] ?? at) <= at { state.lastHeard[name.location] = at }
                }
            }
        }
    }

    /// When each location was heard last, by anybody.
    package var lastHeard: [LocationID: Timestamp] { state.withLock { $0.lastHeard } }

    func takeWaiting() -> [HeardKey: Heard] {
        state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
    }

    /// What could not be written waits for the next time.
    func putBack(_ heard: [HeardKey: Heard]) {
        state.withLock { state in
            for (key, before) in heard where state.waiting[key]?.rise(to: before) == nil { state.waiting[key] = before }
        }
    }

    func learn(_ lastHeard: [LocationID: Timestamp]) {
        state.withLock { $0.lastHeard.merge(lastHeard) { max($0, $1) } }
    }
}
