import Inventory
import TestSupport
import Testing

@Suite struct ActorLineTests {
    private static let ann = ActorNumber(1)
    private static let ben = ActorNumber(2)

    private func command(_ facts: [FactLine], by actor: ActorNumber?, isAtomic: Bool = false) -> FactCommand {
        FactCommand(
            source: World.till, sourceID: World.tillID, lines: facts.map(World.submitted), isAtomic: isAtomic,
            actor: actor)
    }

    @Test func `lines of one batch name who sent each, and nobody where nobody is known`() {
        var world = World()
        _ = world.send([
            command([.receipt("r", "A", at: "L", 9), .sale("a")], by: Self.ann), command([.sale("b")], by: nil),
            command([.sale("c")], by: Self.ben), command([.sale("a"), .sale("d")], by: Self.ben),
        ])
        #expect(world.lines.map(\.actor) == [Self.ann, Self.ann, nil, Self.ben, Self.ben])
    }

    @Test func `a refused atomic request leaves no name behind`() {
        var world = World()
        let outcomes = world.send([
            command([.sale("a"), .sale("b", "unknown")], by: Self.ann, isAtomic: true), command([.sale("c")], by: nil),
        ])
        #expect(outcomes[0].isRefused)
        #expect(world.lines.map(\.actor) == [nil])
    }

    @Test func `a line that waited is of who sent it first, also where another repeats it when its item has come`() {
        var world = World()
        _ = world.send([command([.sale("p", "N"), .sale("q", "N")], by: Self.ann)])
        #expect(world.parked.values.allSatisfy { $0.actor == Self.ann })
        world.add(item: "N")
        let outcomes = world.send([command([.sale("p", "N"), .sale("own", "N")], by: Self.ben)])
        #expect(outcomes[0].verdicts == [.duplicate, .applied])
        #expect(world.lines.map(\.actor) == [Self.ann, Self.ben])
        _ = world.send([.sale("q", "N")], origin: .parked)
        #expect(world.lines.map(\.actor) == [Self.ann, Self.ben, Self.ann])
    }

    @Test func `the chain covers who did it, and is as it was where nobody is known`() {
        var open = World()
        var named = World()
        _ = open.send([command([.sale("a")], by: nil)])
        _ = named.send([command([.sale("a")], by: Self.ann)])
        #expect(open.lines[0].chain != named.lines[0].chain)
        named.lines[0].actor = nil
        #expect(named.lines[0].chained(to: .zero, testHash) == open.lines[0].chain)
    }
}
