import LibPQ
import Testing

/// What libpq's results mean, without a server.
@Suite struct PipelineStateTests {
    private static let statement = Statement("s", sql: "select 1")
    private static let refused = ServerError(state: .uniqueViolation, statement: "s")

    /// - Returns: what the machine said to each event.
    private func actions(
        expecting expected: [PipelineState.Expected], _ events: [PipelineState.Event]
    ) -> [PipelineState.Action] {
        var state = PipelineState(expecting: expected)
        return events.map { state.received($0) }
    }

    @Test func `rows are kept under their place and the sync ends the exchange`() {
        #expect(
            actions(
                expecting: [.query(0), .query(1), .sync], [.rows, .endOfResults, .rows, .endOfResults, .sync])
                == [.keep(0), .discard, .keep(1), .discard, .finish(nil)])
    }

    @Test func `a prepared statement is remembered only once the server said so`() {
        #expect(
            actions(
                expecting: [.prepare(Self.statement), .query(0), .sync],
                [.rows, .endOfResults, .rows, .endOfResults, .sync])
                == [.prepared(Self.statement), .discard, .keep(0), .discard, .finish(nil)])
    }

    @Test func `after a failure the rest is skipped and the first failure is the answer`() {
        #expect(
            actions(
                expecting: [.query(0), .query(1), .query(2), .sync],
                [.rows, .endOfResults, .failed(Self.refused), .endOfResults, .skipped, .endOfResults, .sync])
                == [.keep(0), .discard, .discard, .discard, .discard, .discard, .finish(Self.refused)])
    }

    @Test func `a failed preparation skips its query`() {
        #expect(
            actions(
                expecting: [.prepare(Self.statement), .query(0), .sync],
                [.failed(Self.refused), .endOfResults, .skipped, .endOfResults, .sync]
            ).last == .finish(Self.refused))
    }

    @Test(
        arguments: [
            ([.query(0), .sync], [.sync]), ([.query(0), .sync], [.rows, .rows]), ([.query(0), .sync], [.endOfResults]),
            ([.query(0), .sync], [.skipped]), ([.sync], [.rows]), ([.sync], [.sync, .sync]),
            ([.query(0), .sync], [.other("copy")]),
        ] as [([PipelineState.Expected], [PipelineState.Event])])
    func `results out of turn are a violation`(expected: [PipelineState.Expected], events: [PipelineState.Event]) {
        guard case .violate? = actions(expecting: expected, events).last else {
            Issue.record("not noticed: \(events)")
            return
        }
    }

    @Test func `the statement to blame is the one whose answer is due`() {
        var state = PipelineState(expecting: [.query(0), .query(1), .sync])
        let names = [Statement("first", sql: ""), Statement("second", sql: "")]
        #expect(state.statementDue(in: names) == "first")
        _ = state.received(.rows)
        _ = state.received(.endOfResults)
        #expect(state.statementDue(in: names) == "second")
    }
}

@Suite struct BackoffTests {
    @Test func `waits double up to a bound, are spread, and start over`() {
        var backoff = Backoff()
        #expect(backoff.next(fraction: 0) == .milliseconds(25))
        #expect(backoff.next(fraction: 0) == .milliseconds(50))
        #expect(backoff.next(fraction: 1) == .milliseconds(200))
        for _ in 0..<20 { #expect(backoff.next(fraction: 1) <= Backoff.most) }
        #expect(backoff.next(fraction: 0) == .milliseconds(2_500))
        backoff.reset()
        #expect(backoff.next(fraction: 0) == .milliseconds(25))
    }
}
