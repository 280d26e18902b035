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
    fileprivate struct State {
        var waiting: [HeardKey: Heard] = [:]
        var repeats: [RepeatKey: Repeats] = [:]
        var lastHeard: [LocationID: Timestamp] = [:]
    }

    /// Events sent again that are named between two flushes; others are counted by location and source.
    package static let repeatsNamedMax = 1_000

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
                    if answer.verdict == .duplicate { state.note(repeated: answer, of: key, at: at) }
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

    func takeRepeats() -> [RepeatKey: Repeats] {
        state.withLock { state in
            defer { state.repeats = [:] }
            return state.repeats
        }
    }

    /// What could not be written waits for the next time.
    func putBack(_ repeats: [RepeatKey: Repeats]) {
        state.withLock { state in
            for (key, before) in repeats { state.add(before, to: key) }
        }
    }

    func learn(_ lastHeard: [LocationID: Timestamp]) {
        state.withLock { $0.lastHeard.merge(lastHeard) { max($0, $1) } }
    }
}

extension LastSeenTracker.State {
    /// A sale that was told as a handover before has a line of its own, and is none that was sent again.
    fileprivate mutating func note(repeated answer: LineOutcome, of heard: HeardKey, at: Timestamp) {
        guard case .recorded(let sequence)? = answer.sequence else { return }
        let event = answer.eventID.flatMap { try? EventID($0) }
        let key = RepeatKey(location: heard.location, source: heard.source, event: event)
        add(Repeats(times: 1, at: at, sequence: sequence), to: key)
    }

    fileprivate mutating func add(_ more: Repeats, to key: RepeatKey) {
        let isNamed = repeats[key] != nil || repeats.count < LastSeenTracker.repeatsNamedMax
        let key = isNamed ? key : RepeatKey(location: key.location, source: key.source, event: nil)
        var known = repeats[key] ?? Repeats(times: 0, at: more.at, sequence: key.event == nil ? nil : more.sequence)
        known.times += more.times
        known.at = max(known.at, more.at)
        repeats[key] = known
    }
}
