/// What is counted of a location's day. Each is a set of evidence, and its figures are made of nothing else.
package enum KPI: String, Sendable, Hashable, CaseIterable {
    /// Seconds from when a promise was the location's to prepare until it was ready.
    case timeToReady
    /// Pickups that were made ready: 1 by the time that the shopper was told, 0 later.
    case readyOnTime
    /// Units that were made ready.
    case picked
    /// Units that a picker did not find.
    case notFound
    /// Units by which promises lost their cover.
    case oversold
    /// Promised units that were handed over.
    case handedOver
    /// Confirmed units that were released.
    case cancelled
    /// Facts that were sent again.
    case duplicates
    /// Seconds from when a silent location was heard again until the last fact of its silence was recorded.
    case silences
    /// Lines that were recorded more than a day after they occurred.
    case late
}

/// Evidence that says the same: how often there is such a line.
package struct KPISample: Sendable, Hashable {
    package let kpi: KPI
    package let value: Int64
    /// Who released, and why; nil for others, and where nobody said.
    package let actor: ActorName?
    package let reason: String?
    package let count: Int64

    package init(kpi: KPI, value: Int64, actor: ActorName? = nil, reason: String? = nil, count: Int64 = 1) {
        self.kpi = kpi
        self.value = value
        self.actor = actor
        self.reason = reason
        self.count = count
    }
}

/// A day's figures at a location.
package struct DailyFigures: Sendable, Hashable {
    /// Units that were released, by whom and why.
    package struct Cancellation: Sendable, Hashable {
        package let actor: ActorName?
        package let reason: String?
        package let units: Int64
    }

    /// Causes of cancellations that are named, those of the most units first.
    package static let cancellationsMax = 20

    private let samples: [KPI: [KPISample]]

    package init(_ samples: [KPISample]) {
        self.samples = Dictionary(grouping: samples, by: \.kpi).mapValues { $0.sorted { $0.value < $1.value } }
    }

    /// How many lines of evidence there are.
    package func count(_ kpi: KPI) -> Int64 {
        (samples[kpi] ?? []).reduce(0) { $0 + $1.count }
    }

    /// The sum of their values.
    package func sum(_ kpi: KPI) -> Int64 {
        (samples[kpi] ?? []).reduce(0) { $0.addingUnits($1.value.multipliedUnits(by: $1.count)) }
    }

    /// The smallest value that at least `percent` of 100 lines do not exceed: one that is among them.
    /// - Returns: nil where there are none.
    package func percentile(_ percent: Int64, of kpi: KPI) -> Int64? {
        let total = count(kpi)
        guard total > 0 else { return nil }
        var left = max(1, (total * percent + 99) / 100)
        for sample in samples[kpi] ?? [] {
            left -= sample.count
            if left <= 0 { return sample.value }
        }
        return samples[kpi]?.last?.value
    }

    package func greatest(_ kpi: KPI) -> Int64? { samples[kpi]?.last?.value }

    /// Between 0 and 1, in ten-thousandths; nil of nothing.
    package static func rate(_ part: Int64, of whole: Int64) -> Double? {
        guard whole > 0 else { return nil }
        return (Double(part) / Double(whole) * 10_000).rounded() / 10_000
    }

    package var cancellations: [Cancellation] {
        struct Cause: Hashable {
            let actor: ActorName?
            let reason: String?
        }
        var units: [Cause: Int64] = [:]
        for sample in samples[.cancelled] ?? [] {
            let cause = Cause(actor: sample.actor, reason: sample.reason)
            units[cause] = units[cause, default: 0].addingUnits(sample.value.multipliedUnits(by: sample.count))
        }
        return units.map { Cancellation(actor: $0.key.actor, reason: $0.key.reason, units: $0.value) }
            .sorted {
                ($1.units, $0.reason ?? "", $0.actor?.text ?? "") < ($0.units, $1.reason ?? "", $1.actor?.text ?? "")
            }
            .prefix(Self.cancellationsMax).map { $0 }
    }
}

extension Int64 {
    /// As far as a figure goes.
    fileprivate func multipliedUnits(by count: Int64) -> Int64 {
        let (product, overflows) = multipliedReportingOverflow(by: count)
        return overflows ? .max / 4 : product
    }
}
