import HotPaths
import Inventory

// For a profiler that counts instructions: `profile read 1000` runs one stage a thousand times, 100 lines each.
let arguments = CommandLine.arguments
guard arguments.count == 3, let rounds = Int(arguments[2]) else { fatalError("usage: profile STAGE ROUNDS") }
let body = HotPaths.body(lines: HotPaths.linesMax)
let lines = HotPaths.read(body)
let snapshot = HotPaths.snapshot(of: lines)
var sum = 0
for _ in 0..<rounds {
    switch arguments[1] {
    case "parse": sum += HotPaths.parse(body)
    case "read": sum += HotPaths.read(body).count
    case "judge": sum += HotPaths.judge(snapshot, lines).changes.lines.count
    case "answer": for _ in lines { sum += HotPaths.answer().count }
    default: fatalError("stages: parse, read, judge, answer")
    }
}
print(sum)
