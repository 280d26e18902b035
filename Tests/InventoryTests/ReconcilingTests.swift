import Inventory
import TestSupport
import Testing

@Suite struct ReconcilingTests {
    private static let minute: Int64 = 60_000_000
    private static let instant = Timestamp(microseconds: 1_768_000_000_000_000)

    /// - Parameters:
    ///   - at: minutes from the instant of the figures.
    ///   - recordedAt: the same; nil: when it occurred.
    private func change(_ units: Int64, at: Int64, recordedAt: Int64? = nil) -> InFlightChange {
        InFlightChange(
            occurredAt: Self.instant.advanced(byMicroseconds: at * Self.minute),
            recordedAt: Self.instant.advanced(byMicroseconds: (recordedAt ?? at) * Self.minute), units: units)
    }

    private func result(
        theirs: Int64, ours: Int64, minutes: Int64 = 5, inTransit: Int64 = 0, _ changes: [InFlightChange] = [],
        _ limits: ReconciliationLimits = .none
    ) -> ComparisonResult {
        PairComparison(
            theirs: theirs, ours: ours, asOf: Self.instant, inFlightMicroseconds: minutes * Self.minute,
            inTransit: inTransit, changes: changes
        ).result(limits)
    }

    @Test func `equal figures match, whatever is on its way`() {
        #expect(result(theirs: 7, ours: 7, [change(-2, at: -1)]) == .matched)
        #expect(result(theirs: -3, ours: -3) == .matched)
        #expect(result(theirs: 7, ours: 8) == .variance)
    }

    @Test(arguments: [
        (ReconciliationLimits(toleranceUnits: 2), 100, 2), (ReconciliationLimits(tolerancePercent: 3), 199, 5),
        (ReconciliationLimits(toleranceUnits: 4, tolerancePercent: 3), 100, 4),
        (ReconciliationLimits(tolerancePercent: 3), -199, 5), (ReconciliationLimits(tolerancePercent: 100), 1, 1),
        (ReconciliationLimits(toleranceUnits: 0, tolerancePercent: 3), 33, 0),
    ])
    func `a difference up to the greater tolerance is let pass, and one more unit is not`(
        limits: ReconciliationLimits, ours: Int64, tolerance: Int64
    ) {
        #expect(limits.tolerance(of: ours) == tolerance)
        for sign in [Int64(-1), 1] where tolerance > 0 {
            #expect(result(theirs: ours + sign * tolerance, ours: ours, [], limits) == .withinTolerance)
        }
        #expect(result(theirs: ours + tolerance + 1, ours: ours, [], limits) == .variance)
        #expect(result(theirs: ours - tolerance - 1, ours: ours, [], limits) == .variance)
    }

    @Test func `tolerance of the greatest figures does not overflow`() {
        let limits = ReconciliationLimits(toleranceUnits: 1_000_000_000, tolerancePercent: 100)
        #expect(limits.tolerance(of: -Figures.unitsMax) == Figures.unitsMax)
        #expect(result(theirs: Figures.unitsMax, ours: -Figures.unitsMax, [], limits) == .variance)
    }

    @Test func `a figure that the ledger had shortly before is one that they are behind with`() {
        let changes = [change(-2, at: -4), change(-3, at: -1)]
        #expect(
            result(theirs: 13, ours: 10, changes)
                == .explained(
                    InFlightExplanation(
                        .theirsBehind, changes: 1,
                        figureAt: Self.instant.advanced(byMicroseconds: -Self.minute - 1))))
        #expect(
            result(theirs: 15, ours: 10, changes)
                == .explained(
                    InFlightExplanation(
                        .theirsBehind, changes: 2,
                        figureAt: Self.instant.advanced(byMicroseconds: -4 * Self.minute - 1))))
        // They have the later and not the earlier: the ledger never had that, but it is on its way all the same.
        #expect(result(theirs: 12, ours: 10, changes) == .explained(InFlightExplanation(.theirsBehind, changes: 1)))
        #expect(result(theirs: 14, ours: 10, changes) == .variance)
        #expect(result(theirs: 13, ours: 10, minutes: 0, changes) == .variance)
    }

    @Test func `a figure that the ledger had shortly after is one that they are ahead with`() {
        let changes = [change(-2, at: 1), change(20, at: 3)]
        #expect(
            result(theirs: 28, ours: 10, changes)
                == .explained(
                    InFlightExplanation(
                        .theirsAhead, changes: 2, figureAt: Self.instant.advanced(byMicroseconds: 3 * Self.minute))))
        #expect(result(theirs: 30, ours: 10, changes) == .explained(InFlightExplanation(.theirsAhead, changes: 1)))
        #expect(result(theirs: 9, ours: 10, changes) == .variance)
    }

    @Test func `the edges of what is on its way are those of the contract`() {
        #expect(result(theirs: 12, ours: 10, [change(-2, at: 0)]) != .variance)
        #expect(result(theirs: 12, ours: 10, [change(-2, at: -5)]) == .variance)
        #expect(result(theirs: 8, ours: 10, [change(-2, at: 5)]) != .variance)
        #expect(result(theirs: 8, ours: 10, [change(-2, at: 6)]) == .variance)
    }

    @Test func `what reached us after the instant may be missing in their books, however old it is`() {
        let late = [change(-2, at: -900, recordedAt: 1), change(-5, at: -800, recordedAt: 2)]
        #expect(result(theirs: 12, ours: 10, late) == .explained(InFlightExplanation(.lateData, changes: 1)))
        #expect(result(theirs: 17, ours: 10, late) == .explained(InFlightExplanation(.lateData, changes: 2)))
        #expect(result(theirs: 8, ours: 10, late) == .variance)
        #expect(result(theirs: 12, ours: 10, [change(-2, at: -900)]) == .variance)
    }

    @Test func `goods in transit that they have booked explain a difference, a part of them does not`() {
        #expect(result(theirs: 30, ours: 10, inTransit: 20) == .explained(InFlightExplanation(.inTransit, changes: 1)))
        #expect(result(theirs: 20, ours: 10, inTransit: 20) == .variance)
        #expect(result(theirs: -10, ours: 10, inTransit: 20) == .variance)
    }

    @Test func `several causes together explain what none does alone`() {
        let changes = [change(-2, at: -1), change(7, at: 1), change(-100, at: -900, recordedAt: 1)]
        #expect(
            result(theirs: 1_119, ours: 10, inTransit: 1_000, changes)
                == .explained(InFlightExplanation(.several, changes: 4)))
        #expect(result(theirs: 1_118, ours: 10, inTransit: 1_000, changes) == .variance)
    }

    /// Against a look at every subset there is.
    @Test(arguments: seeds)
    func `a difference is explained exactly when some of what is on its way makes it`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var explained = 0
        for round in 0..<300 {
            let changes = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                let at = Int64.random(in: -9...9, using: &generator)
                return change(
                    generator.pick([-30, -7, -2, -1, 1, 5, 40]), at: at,
                    recordedAt: at + Int64.random(in: 0...9, using: &generator))
            }
            let inTransit = generator.isOne(in: 3) ? Int64.random(in: 1...9, using: &generator) : 0
            let difference = Int64.random(in: -12...12, using: &generator)
            let mayBeMissing = changes.filter { $0.occurredAt <= Self.instant }.filter {
                $0.occurredAt > Self.instant.advanced(byMicroseconds: -5 * Self.minute)
                    || $0.recordedAt > Self.instant
            }
            let mayBeBooked = changes.filter {
                $0.occurredAt > Self.instant
                    && $0.occurredAt <= Self.instant.advanced(byMicroseconds: 5 * Self.minute)
            }
            let units = mayBeMissing.map { -$0.units } + mayBeBooked.map(\.units) + (inTransit > 0 ? [inTransit] : [])
            let isMade = (1..<max(2, 1 << units.count)).contains { subset in
                units.indices.reduce(0) { $0 + (subset >> $1 & 1 == 1 ? units[$1] : 0) } == difference
            }
            let found = result(theirs: 50 + difference, ours: 50, inTransit: inTransit, changes)
            if difference == 0 {
                #expect(found == .matched)
            } else if isMade, !units.isEmpty {
                explained += 1
                #expect(found != .variance, "seed \(seed), round \(round): \(changes) make \(difference)")
            } else {
                #expect(found == .variance, "seed \(seed), round \(round): \(changes) do not make \(difference)")
            }
        }
        #expect(explained > 5)
    }

    @Test func `more than can be looked at explains nothing rather than everything`() {
        // Powers of two make every number, in more ways than are tried.
        let changes = (0..<30).map { change(-(1 << $0), at: -1) }
        #expect(result(theirs: 10 + 0b1010_1010_1010_1010_1010, ours: 10, changes) == .variance)
    }

    @Test func `a reconciliation is named by whose figures they are and their event id`() {
        let id = { ReconciliationID(source: SourceID(stored: $0), event: EventID(stored: $1), testHash) }
        #expect(id("wms", "1") == id("wms", "1"))
        #expect(Set([id("wms", "1"), id("wms", "2"), id("erp", "1"), id("wm", "s1")]).count == 4)
        #expect(ReconciliationID(text: id("wms", "1").description) == id("wms", "1"))
        #expect(ReconciliationID(text: "x") == nil)
    }
}
