import InventoryService
import Synchronization
import Testing

/// Who had a turn, in order.
private final class Order: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func note(_ name: String) { names.withLock { $0.append(name) } }
}

@Suite struct ImportTurnsTests {
    @Test func `one that works long hands on when its turn is over, and goes on behind the others`() async {
        let turns = ImportTurns(turn: .milliseconds(30))
        let order = Order()
        let long = await turns.take()
        await withTaskGroup(of: Void.self) { group in
            for name in ["second", "third"] {
                group.addTask {
                    let place = await turns.take()
                    order.note(name)
                    turns.giveBack(place)
                }
            }
            group.addTask {
                for _ in 0..<6_000 where order.all.count < 2 {
                    try? await Task.sleep(for: .milliseconds(10))
                    await turns.pause(long)
                }
                order.note("long")
                turns.giveBack(long)
            }
        }
        #expect(Set(order.all.prefix(2)) == ["second", "third"])
        #expect(order.all.last == "long")
    }

    @Test func `a short one is done before the next begins`() async {
        let turns = ImportTurns(turn: .seconds(60))
        let order = Order()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let place = await turns.take()
                    order.note("begin")
                    await turns.pause(place)
                    order.note("end")
                    turns.giveBack(place)
                }
            }
        }
        #expect(order.all == (0..<20).flatMap { _ in ["begin", "end"] })
    }

    @Test func `who is cancelled waits no longer, and keeps nobody waiting`() async {
        let turns = ImportTurns(turn: .seconds(60))
        let first = await turns.take()
        let waiting = Task { turns.giveBack(await turns.take()) }
        try? await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        await waiting.value
        let next = Task { turns.giveBack(await turns.take()) }
        turns.giveBack(first)
        await next.value
    }
}
