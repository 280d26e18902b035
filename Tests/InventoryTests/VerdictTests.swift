import Inventory
import TestSupport
import Testing

@Suite struct VerdictTests {
    @Test func `a sale is applied and the balance falls`() {
        var world = World()
        #expect(
            world.send([.receipt("r", "A", at: "L", 5), .sale("s", "A", at: "L", 2)]).verdicts == [.applied, .applied])
        #expect(world.balance().figures.onHand == 3)
        #expect(world.balance().version == 2)
    }

    @Test func `stock may go below zero when facts say so`() {
        var world = World()
        #expect(world.send([.sale("s", "A", at: "L", 4)]).verdicts == [.applied])
        #expect(world.balance().figures.onHand == -4)
    }

    @Test func `the same fact again is a duplicate with its first verdict and sequence`() {
        var world = World()
        _ = world.send([.sale("s")])
        let again = world.send([.sale("s")]).lines[0]
        #expect(again.verdict == .duplicate)
        #expect(again.firstVerdict == .applied)
        #expect(again.sequence == .recorded(0))
        #expect(world.balance().figures.onHand == -1)
    }

    @Test func `the same fact twice in one batch counts once`() {
        var world = World()
        let outcome = world.send([.sale("s"), .sale("s")])
        #expect(outcome.verdicts == [.applied, .duplicate])
        #expect(outcome.lines[0].sequence == outcome.lines[1].sequence)
        #expect(world.balance().figures.onHand == -1)
    }

    @Test func `a known event id with other content is rejected and kept in an exception`() {
        var world = World()
        _ = world.send([.sale("s", "A", at: "L", 1)])
        let outcome = world.send([.sale("s", "A", at: "L", 2)])
        #expect(outcome.verdicts == [.rejected])
        #expect(outcome.lines[0].problem?.code == .eventIdReused)
        #expect(world.balance().figures.onHand == -1)
        #expect(world.exceptions.map(\.type) == [.rejectedLine])
        #expect(world.exceptions[0].raw.map { Array($0) } == Array("s".utf8))
    }

    @Test func `two sources may use one event id`() {
        var world = World()
        let line = World.submitted(.sale("s"))
        let outcomes = world.send([
            FactCommand(source: SourceNumber(1), sourceID: SourceID(stored: "till-1"), lines: [line]),
            FactCommand(source: SourceNumber(2), sourceID: SourceID(stored: "till-2"), lines: [line]),
        ])
        #expect(outcomes.map(\.verdicts) == [[.applied], [.applied]])
        #expect(world.balance().figures.onHand == -2)
    }

    @Test(arguments: [
        (FactLine.sale("s", "Z"), LineProblem.Code.unknownSku), (.sale("s", "A", at: "Z"), .unknownLocation),
        (.scan("s", "plu", "77"), .unknownCode), (.scan("s", "gtin", "4006381333931"), .unknownCode),
        (.scan("s", "gtin", "4006381333932"), .wrongCheckDigit), (.sale("s", "Z", at: "Z"), .unknownSku),
    ])
    func `a line that names something unknown is parked and owns its event id`(
        fact: FactLine, code: LineProblem.Code
    ) {
        var world = World()
        let first = world.send([fact])
        #expect(first.verdicts == [.parked])
        #expect(first.lines[0].problem?.code == code)
        #expect(world.send([fact]).verdicts == [.parked])
        #expect(world.parked.count == 1)
        var other = fact
        other.change = .sale(.onHand, .of(9))
        #expect(world.send([other]).lines[0].problem?.code == .eventIdReused)
    }

    @Test func `a parked line is applied once its item is known and is a duplicate after`() {
        var world = World()
        let fact = FactLine.sale("s", "Z", at: "L", 3, occurredAt: Timestamp(microseconds: 7))
        _ = world.send([fact])
        world.add(item: "Z")
        #expect(world.send([fact], origin: .parked).verdicts == [.applied])
        #expect(world.balance("Z").figures.onHand == -3)
        #expect(world.lines[0].occurredAt == Timestamp(microseconds: 7))
        #expect(world.parked.isEmpty)
        #expect(world.send([fact]).verdicts == [.duplicate])
    }

    @Test func `a client that repeats a parked line just as its mapping comes finds it in the ledger`() {
        var world = World()
        _ = world.send([.sale("s", "Z")])
        world.add(item: "Z")
        let again = world.send([.sale("s", "Z")])
        #expect(again.verdicts == [.duplicate])
        #expect(again.lines[0].firstVerdict == .applied)
        #expect(world.balance("Z").figures.onHand == -1)
        #expect(world.send([.sale("s", "Z")], origin: .parked).verdicts == [.duplicate])
        #expect(world.balance("Z").figures.onHand == -1)
    }

    @Test func `a file that is imported again just as the mapping comes finds its line in the ledger too`() {
        var world = World()
        _ = world.send([.sale("s", "Z")], origin: .imported)
        world.add(item: "Z")
        let again = world.send([.sale("s", "Z")], origin: .imported)
        #expect(again.verdicts == [.duplicate] && again.lines[0].firstVerdict == .applied)
        #expect(world.balance("Z").figures.onHand == -1)
    }

    @Test func `a parked line that turns out impossible moves to an exception and frees its event id`() {
        var world = World()
        var fact = FactLine.sale("s", "Z")
        fact.change = .adjustment(.onHand, .of(1), Reason(stored: "found"))
        fact.expectedVersion = 9
        _ = world.send([fact])
        world.add(item: "Z")
        #expect(world.send([fact], origin: .parked).verdicts == [.rejected])
        #expect(world.parked.isEmpty)
        #expect(world.events.isEmpty)
        #expect(world.exceptions.last?.type == .rejectedLine)
    }

    @Test func `a case code multiplies`() {
        var world = World()
        world.aliases[Code(stored: "CASE")] = (SKU(stored: "A"), 12)
        _ = world.send([.scan("s", "erp", "CASE", at: "L", 2)])
        #expect(world.balance().figures.onHand == -24)
    }

    @Test func `a code without a system takes its source's`() {
        var world = World()
        world.aliases[Code(stored: "00000096385074")] = (SKU(stored: "A"), 1)
        let before = world.send([.scan("s", nil, "96385074")])
        #expect(before.lines[0].problem?.code == .codeSystemMissing)
        #expect(before.verdicts == [.rejected])
        world.sourceSystems[World.till] = .gtin
        #expect(world.send([.scan("s", nil, "96385074")]).verdicts == [.applied])
    }

    @Test func `an expected version is compared with the balance before the request`() {
        var world = World()
        _ = world.send([.receipt("r", "A", at: "L", 5)])
        func adjust(_ event: String, expecting version: Int64) -> FactLine {
            var fact = FactLine.sale(event)
            fact.change = .adjustment(.onHand, .of(-1), Reason(stored: "theft"))
            fact.expectedVersion = version
            return fact
        }
        let both = world.send([adjust("a", expecting: 1), adjust("b", expecting: 1)])
        #expect(both.verdicts == [.applied, .applied])
        let stale = world.send([adjust("c", expecting: 1)])
        #expect(stale.lines[0].problem?.code == .versionMismatch)
        #expect(world.balance().version == 3)
    }

    @Test func `a balance that would overflow rejects the line and stays`() throws {
        var world = World()
        var huge = FactLine.receipt("r", "A", at: "L", 1)
        _ = world.send([huge])
        let key = try #require(world.balances.keys.first)
        world.balances[key]?.figures.onHand = Figures.unitsMax
        huge.eventID = EventID(stored: "r2")
        #expect(world.send([huge]).lines[0].problem?.code == .quantityOverflow)
        #expect(world.balance().figures.onHand == Figures.unitsMax)
    }

    @Test func `a fact from the future counts as of its arrival and opens one exception`() {
        var world = World()
        let claimed = world.now.advanced(byMicroseconds: clockSkewMaxMicroseconds + 1)
        _ = world.send([.sale("s", occurredAt: claimed), .sale("t", occurredAt: claimed)])
        #expect(world.lines.map(\.occurredAt) == world.lines.map(\.recordedAt))
        #expect(world.lines[0].occurredAt == world.lines[0].recordedAt)
        #expect(world.lines.map(\.claimedAt) == [claimed, claimed])
        #expect(Set(world.exceptions.map(\.dedupeKey)) == ["clockSkew:1"])
    }

    @Test func `a fact up to five minutes ahead is believed`() {
        var world = World()
        let ahead = world.now.advanced(byMicroseconds: clockSkewMaxMicroseconds)
        _ = world.send([.sale("s", occurredAt: ahead)])
        #expect(world.lines[0].occurredAt == ahead)
        #expect(world.lines[0].claimedAt == nil)
    }

    @Test func `the first problem in the documented order is the answer`() {
        var world = World()
        _ = world.send([.sale("s")])
        // Known event id, other content, and an unknown item and location as well.
        #expect(world.send([.sale("s", "Z", at: "Z")]).lines[0].problem?.code == .eventIdReused)
        // No code system, and an unknown location as well.
        #expect(world.send([.scan("t", nil, "1", at: "Z")]).lines[0].problem?.code == .codeSystemMissing)
        // An unknown item, and an expected version that could not hold either.
        var fact = FactLine.sale("u", "Z")
        fact.expectedVersion = 5
        #expect(world.send([fact]).lines[0].problem?.code == .unknownSku)
    }
}

@Suite struct AtomicTests {
    @Test func `an atomic batch with a bad line keeps nothing and says who is innocent`() {
        var world = World()
        _ = world.send([.sale("old")])
        let outcome = world.send(
            [.sale("a"), .sale("old"), .sale("b", "Z"), .sale("c"), .sale("c")], isAtomic: true)
        #expect(outcome.isRefused)
        #expect(outcome.verdicts == [.notApplied, .duplicate, .parked, .notApplied, .notApplied])
        #expect(world.lines.count == 1)
        #expect(world.parked.isEmpty)
        #expect(world.exceptions.isEmpty)
        #expect(world.events.count == 1)
    }

    @Test func `duplicates do not refuse an atomic batch`() {
        var world = World()
        _ = world.send([.sale("a")])
        let outcome = world.send([.sale("a"), .sale("b")], isAtomic: true)
        #expect(!outcome.isRefused)
        #expect(outcome.verdicts == [.duplicate, .applied])
    }

    @Test func `a refused command spoils none of its neighbours`() {
        var world = World()
        let outcomes = world.send([
            FactCommand(source: World.till, sourceID: World.tillID, lines: [World.submitted(.sale("a"))]),
            FactCommand(
                source: World.till, sourceID: World.tillID,
                lines: [World.submitted(.sale("b")), World.submitted(.sale("c", "Z"))],
                isAtomic: true),
            FactCommand(
                source: World.till, sourceID: World.tillID,
                lines: [World.submitted(.sale("b")), World.submitted(.sale("d"))]),
        ])
        #expect(outcomes.map(\.isRefused) == [false, true, false])
        #expect(outcomes[2].verdicts == [.applied, .applied])
        #expect(world.balance().figures.onHand == -3)
        #expect(world.balance().version == 3)
    }
}
