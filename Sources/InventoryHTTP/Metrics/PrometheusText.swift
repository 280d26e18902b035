import InventoryService

/// Figures as Prometheus reads them: its text format, version 0.0.4
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
struct PrometheusText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// One metric, which all samples that follow are of.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], is value: some Numeric & CustomStringConvertible
    ) {
        let shared = Self.text(labels)
        text += "\(name)\(shared.isEmpty ? "" : "{\(shared)}") \(value)\n"
    }

    /// - Parameter labels: those that all of its samples have.
    mutating func histogram(_ name: String, _ labels: KeyValuePairs<String, String> = [:], of histogram: Histogram) {
        let shared = Self.text(labels)
        var sum: Int64 = 0
        for (place, count) in histogram.counts.enumerated() {
            sum += count
            let isLast = place == Histogram.endsNanoseconds.count
            let end = isLast ? "+Inf" : "\(Double(Histogram.endsNanoseconds[place]) / 1e9)"
            text += "\(name)_bucket{\(shared)\(shared.isEmpty ? "" : ",")le=\"\(end)\"} \(sum)\n"
        }
        let braced = shared.isEmpty ? "" : "{\(shared)}"
        text += "\(name)_sum\(braced) \(Double(histogram.sumNanoseconds) / 1e9)\n\(name)_count\(braced) \(sum)\n"
    }

    private static func text(_ labels: KeyValuePairs<String, String>) -> String {
        labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }
}
