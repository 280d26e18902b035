import DequeModule
import Synchronization

/// Lets the imports of one process work one after the other, in the order in which they came, and hands the work on from
/// one that has had it for long while others wait: a short file is done before the next begins, and a long one holds
/// nobody up for more than its turn.
package final class ImportTurns: Sendable {
    /// How long one works while others wait.
    package static let turn: Duration = .seconds(10)

    private struct State {
        var holder: Int?
        var holdsSince = ContinuousClock.now
        var waiting: Deque<(number: Int, resume: CheckedContinuation<Void, Never>)> = []
        var lastNumber = 0
    }

    private let state = Mutex(State())
    private let turn: Duration

    package init(turn: Duration = ImportTurns.turn) { self.turn = turn }

    /// One import's place among the others.
    package struct Place: Sendable, Hashable {
        fileprivate let number: Int
    }

    /// Waits until it is this one's turn. A task that is cancelled does not wait.
    package func take() async -> Place {
        let place = state.withLock { state in
            state.lastNumber += 1
            return Place(number: state.lastNumber)
        }
        await wait(as: place)
        return place
    }

    /// Called between pieces of work: hands the work on and waits again, if the turn is over and others wait.
    package func pause(_ place: Place) async {
        let next: CheckedContinuation<Void, Never>?? = state.withLock { state in
            guard state.holder == place.number, state.holdsSince.duration(to: .now) >= turn, !state.waiting.isEmpty
            else {
                return nil
            }
            return .some(Self.handOn(&state))
        }
        guard let next else { return }
        next?.resume()
        await wait(as: place)
    }

    /// The import has come to its end.
    package func giveBack(_ place: Place) {
        let next = state.withLock { state in
            state.holder == place.number ? Self.handOn(&state) : nil
        }
        next?.resume()
    }

    private func wait(as place: Place) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    // Whoever is cancelled has nothing to do any more.
                    if Task.isCancelled { return true }
                    guard state.holder != nil else {
                        (state.holder, state.holdsSince) = (place.number, .now)
                        return true
                    }
                    state.waiting.append((place.number, continuation))
                    return false
                }
                if isFree { continuation.resume() }
            }
        } onCancel: {
            let left = state.withLock { state in
                state.waiting.firstIndex { $0.number == place.number }.map { state.waiting.remove(at: $0).resume }
            }
            left?.resume()
        }
    }

    private static func handOn(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        let next = state.waiting.popFirst()
        (state.holder, state.holdsSince) = (next?.number, .now)
        return next?.resume
    }
}
