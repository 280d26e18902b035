import Foundation
import HotPaths
import Inventory

// For a profiler that counts instructions: `profile read 1000` runs one stage a thousand times, 100 lines each; `plan` takes
// one order each time. `orders 10` times each order and tells of the slowest, the best of ten times.
let arguments = CommandLine.arguments
guard arguments.count == 3, let rounds = Int(arguments[2]) else { fatalError("usage: profile STAGE ROUNDS") }
if arguments[1] == "orders" {
    let times = HotPaths.orders.map { order in
        (0..<rounds).map { _ in ContinuousClock().measure { _ = HotPaths.plan(order) } }.min() ?? .zero
    }.sorted()
    print("median \(times[times.count / 2]), slowest \(times.last ?? .zero)")
    exit(0)
}
let body = HotPaths.body(lines: HotPaths.linesMax)
let lines = HotPaths.read(body)
let snapshot = HotPaths.snapshot(of: lines)
var sum = 0
for round in 0..<rounds {
    switch arguments[1] {
    case "parse": sum += HotPaths.parse(body)
    case "read": sum += HotPaths.read(body).count
    case "judge": sum += HotPaths.judge(snapshot, lines).changes.lines.count
    case "answer": for _ in lines { sum += HotPaths.answer().count }
    case "plan": sum += HotPaths.plan(HotPaths.orders[round % HotPaths.orders.count])
    default: fatalError("stages: parse, read, judge, answer, plan")
    }
}
print(sum)
