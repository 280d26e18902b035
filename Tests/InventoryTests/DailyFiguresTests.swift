import Inventory
import TestSupport
import Testing

/// Figures are made of their evidence and of nothing else.
@Suite struct DailyFiguresTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `counts, sums and percentiles are those of the evidence line by line`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let values = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Int64.random(in: 0...12, using: &random)
            }
            // The same evidence, told in groups and in any order.
            let samples = Dictionary(grouping: values) { $0 }.map {
                KPISample(kpi: .timeToReady, value: $0.key, count: Int64($0.value.count))
            }.shuffled(using: &random)
            let figures = DailyFigures(samples)
            let sorted = values.sorted()
            #expect(figures.count(.timeToReady) == Int64(values.count))
            #expect(figures.sum(.timeToReady) == values.reduce(0, +))
            #expect(figures.greatest(.timeToReady) == sorted.last)
            for percent in [1, 50, 90, 100] as [Int64] {
                let expected = sorted.first { value in
                    Int64(sorted.count { $0 <= value }) * 100 >= percent * Int64(sorted.count)
                }
                #expect(
                    figures.percentile(percent, of: .timeToReady) == expected, "seed \(seed): \(percent) of \(sorted)")
            }
            #expect(figures.count(.cancelled) == 0 && figures.percentile(50, of: .cancelled) == nil)
        }
    }

    @Test func `cancellations are added up by who and why, the greatest first, and rates are of something`() {
        let ida = ActorName(stored: "ida via backoffice")
        let figures = DailyFigures([
            KPISample(kpi: .cancelled, value: 2, actor: ida, reason: "late", count: 2),
            KPISample(kpi: .cancelled, value: 3, actor: nil, reason: nil),
            KPISample(kpi: .cancelled, value: 1, actor: ida, reason: "late"),
        ])
        #expect(figures.cancellations.map(\.units) == [5, 3])
        #expect(figures.cancellations.map(\.actor) == [ida, nil])
        #expect(DailyFigures.rate(1, of: 3) == 0.3333)
        #expect(DailyFigures.rate(0, of: 0) == nil)
    }
}
