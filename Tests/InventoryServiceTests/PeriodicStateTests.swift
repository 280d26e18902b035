import InventoryService
import Testing

@Suite("What a periodic service does next")
struct PeriodicStateTests {
    private let now = ContinuousClock.now

    /// Draws the middle of what is random: no jitter, and three quarters of a back-off.
    private func middle(_ seconds: Int) -> PeriodicState {
        PeriodicState(PeriodicSchedule(every: .seconds(seconds)))
    }

    @Test("waits for its interval after a pass that went well")
    func interval() {
        var state = middle(10)
        let step = state.succeeded(PeriodicPass(items: 3), took: .seconds(1), at: now, fraction: 0.5)
        #expect(step.wait == .seconds(10) && step.report == .nothing)
        #expect(state.figures.runs == 1 && state.figures.items == 3 && state.figures.failures == 0)
        #expect(state.figures.lastSuccess == now && state.figures.lastDuration == .seconds(1))
    }

    @Test("runs again at once when a pass says that there is more")
    func more() {
        var state = middle(10)
        #expect(
            state.succeeded(PeriodicPass(items: 1, hasMore: true), took: .zero, at: now, fraction: 0.9).wait == .zero)
    }

    @Test("spreads its waits by a tenth")
    func jitter() {
        for (fraction, milliseconds) in [(0.0, 9_000), (0.5, 10_000), (0.75, 10_500)] {
            var state = middle(10)
            let wait = state.succeeded(PeriodicPass(), took: .zero, at: now, fraction: fraction).wait
            #expect(abs((wait - .milliseconds(milliseconds)) / .milliseconds(1)) < 1)
        }
    }

    @Test("backs off after failures up to a bound, and starts over after a success")
    func backoff() {
        var state = middle(3_600)
        // A fraction near 1 draws the whole of each wait.
        let waits = (0..<8).map { _ in state.failed(took: .zero, fraction: 1).wait }
        #expect(waits == [1, 2, 4, 8, 16, 30, 30, 30].map { Duration.seconds($0) })
        #expect(state.figures.failures == 8 && state.figures.failuresInARow == 8 && state.figures.runs == 8)
        _ = state.succeeded(PeriodicPass(), took: .zero, at: now, fraction: 0.5)
        #expect(state.failed(took: .zero, fraction: 0).wait == .milliseconds(500))
        #expect(state.figures.failures == 9 && state.figures.failuresInARow == 1)
    }

    @Test("does not wait longer after one failure than after a success")
    func shortInterval() {
        var state = PeriodicState(PeriodicSchedule(every: .milliseconds(100)))
        #expect(state.failed(took: .zero, fraction: 1).wait == .milliseconds(100))
    }

    @Test("reports repeated failures once, and once that it works again")
    func reports() {
        var state = middle(1)
        let most = PeriodicSchedule.failuresBeforeWarning
        let failing = (1...most + 3).map { _ in state.failed(took: .zero, fraction: 0).report }
        #expect(failing.enumerated().allSatisfy { $1 == ($0 == most - 1 ? .failing(inARow: most) : .nothing) })
        let working = (0..<2).map { _ in
            state.succeeded(PeriodicPass(), took: .zero, at: now, fraction: 0).report
        }
        #expect(working == [.worksAgain(after: most + 3), .nothing])
    }

    @Test("says nothing of a failure that the next pass makes good")
    func singleFailure() {
        var state = middle(1)
        #expect(state.failed(took: .zero, fraction: 0).report == .nothing)
        #expect(state.succeeded(PeriodicPass(), took: .zero, at: now, fraction: 0).report == .nothing)
    }
}
