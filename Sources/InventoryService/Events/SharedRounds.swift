import Synchronization

/// Rounds of work of which one that begins after somebody asked is as good as one of their own: one at a time, and all who
/// asked before it began share it, its failure too.
package final class SharedRounds: Sendable {
    private struct State {
        /// Rounds that have begun, those that have ended, and how the last of these did.
        var begun = 0
        var ended = 0
        var failure: StoreError?
    }

    private let state = Mutex(State())
    private let turn = Turns(1)

    package init() {}

    /// Those who wait for their turn.
    package var waiting: Int { turn.waiting }

    /// Runs a round, or waits for one that begins from now on.
    /// - Throws: what the round threw.
    /// - Returns: whether it was this one.
    @discardableResult
    package func run(
        _ round: @escaping @Sendable () async throws(StoreError) -> Void
    ) async throws(StoreError) -> Bool {
        let asked = state.withLock { $0.begun }
        await turn.take()
        defer { turn.giveBack() }
        let (isDone, sharedFailure) = state.withLock { state in
            let isDone = state.ended > asked
            if !isDone { state.begun += 1 }
            return (isDone, state.failure)
        }
        if isDone {
            if let sharedFailure { throw sharedFailure }
            return false
        }
        // In a task of its own: one who goes away while it runs must not fail it for the others.
        let failure = await Task { () -> StoreError? in
            do throws(StoreError) {
                try await round()
                return nil
            } catch {
                return error
            }
        }.value
        state.withLock { state in
            state.ended = state.begun
            state.failure = failure
        }
        if let failure { throw failure }
        return true
    }
}
