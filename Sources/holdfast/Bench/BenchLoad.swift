import Synchronization

/// Many clients, each of which sends its next request when its last one was answered.
struct BenchLoad: Sendable {
    let client: BenchClient
    let clients: Int
    let duration: Duration

    /// What one client saw.
    private struct Seen: Sendable {
        var nanoseconds: [Int64] = []
        var statuses: [Int: Int] = [:]
    }

    func run(_ name: String, _ work: Work) async throws -> BenchRow {
        let end = ContinuousClock.now.advanced(by: duration)
        let (seen, took) = await all(work) { _ in ContinuousClock.now < end }
        return BenchRow(name: name, nanoseconds: seen.nanoseconds, took: took, good: seen.statuses[200] ?? 0)
    }

    /// Three times as many requests as there are units.
    func drop(_ name: String, of goods: BenchGoods) async throws -> (row: BenchRow, granted: Int) {
        let (seen, took) = await all(.hold(goods)) { $0 < 3 * BenchGoods.dropUnits }
        let granted = seen.statuses[201] ?? 0
        let row = BenchRow(
            name: name, nanoseconds: seen.nanoseconds, took: took, good: granted + (seen.statuses[409] ?? 0))
        return (row, granted)
    }

    /// - Parameter goesOn: asked before each request, with its number.
    private func all(
        _ work: Work, while goesOn: @escaping @Sendable (Int) -> Bool
    ) async -> (seen: Seen, took: Duration) {
        let start = ContinuousClock.now
        return await withTaskGroup(of: Seen.self) { tasks in
            let numbers = Numbers()
            for _ in 0..<clients {
                tasks.addTask {
                    var seen = Seen()
                    while true {
                        let number = numbers.next()
                        guard goesOn(number) else { return seen }
                        let sent = ContinuousClock.now
                        // What was not answered counts as an error.
                        let status = (try? await client.send(work.request(number)).status) ?? 0
                        let (seconds, attoseconds) = sent.duration(to: .now).components
                        seen.nanoseconds.append(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
                        seen.statuses[status, default: 0] += 1
                    }
                }
            }
            var total = Seen()
            for await seen in tasks {
                total.nanoseconds += seen.nanoseconds
                total.statuses.merge(seen.statuses, uniquingKeysWith: +)
            }
            return (total, start.duration(to: .now))
        }
    }

    /// Numbers requests.
    private final class Numbers: Sendable {
        private let last = Atomic(-1)

        func next() -> Int { last.add(1, ordering: .relaxed).newValue }
    }
}

/// What a row came to.
struct BenchRow: Sendable {
    let name: String
    let requests: Int
    let perSecond: Double
    let medianMilliseconds: Double
    let p99Milliseconds: Double
    let errors: Int

    /// - Parameter good: answers that were as they should be.
    init(name: String, nanoseconds: [Int64], took: Duration, good: Int) {
        self.name = name
        requests = nanoseconds.count
        perSecond = Double(nanoseconds.count) / max(took / .seconds(1), 1e-9)
        let sorted = nanoseconds.sorted()
        func quantile(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1e6
        }
        medianMilliseconds = quantile(0.5)
        p99Milliseconds = quantile(0.99)
        errors = nanoseconds.count - good
    }

    private static let widths = (name: 24, number: 12)

    static var heading: String {
        left("", widths.name) + ["requests", "a second", "median ms", "p99 ms", "errors"].map { right($0) }.joined()
    }

    var line: String {
        Self.left(name, Self.widths.name)
            + [
                "\(requests)", "\(Int(perSecond.rounded()))", Self.text(medianMilliseconds), Self.text(p99Milliseconds),
                "\(errors)",
            ].map { Self.right($0) }.joined()
    }

    var json: String {
        """
        {"row":"\(name)","requests":\(requests),"perSecond":\(Self.text(perSecond)),\
        "medianMs":\(Self.text(medianMilliseconds)),"p99Ms":\(Self.text(p99Milliseconds)),"errors":\(errors)}
        """
    }

    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = "\(hundredths % 100)"
        return "\(hundredths / 100).\(fraction.count < 2 ? "0" : "")\(fraction)"
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func right(_ text: String) -> String {
        String(repeating: " ", count: max(1, widths.number - text.count)) + text
    }
}
