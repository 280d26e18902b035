/// How many lines got which verdict, and why those that were not applied were not.
struct VerdictCounts: Sendable {
    private(set) var byVerdict: [String: Int] = [:]
    private(set) var reasons: [String: Int] = [:]
    private(set) var skipped: [String: Int] = [:]

    var lines: Int { byVerdict.values.reduce(0, +) }

    mutating func add(verdict: String, problemCode: String?) {
        byVerdict[verdict, default: 0] += 1
        if let problemCode { reasons["\(verdict), \(problemCode)", default: 0] += 1 }
    }

    mutating func skip(because reason: String) { skipped[reason, default: 0] += 1 }

    mutating func add(_ other: VerdictCounts) {
        byVerdict.merge(other.byVerdict, uniquingKeysWith: +)
        reasons.merge(other.reasons, uniquingKeysWith: +)
        skipped.merge(other.skipped, uniquingKeysWith: +)
    }

    var text: String {
        byVerdict.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value.grouped)" }.joined(separator: ", ")
    }

    /// One line each: what was left out by the mapping, what was parked or rejected and why.
    var details: [String] {
        skipped.sorted { $0.key < $1.key }.map { "left out by the mapping: \($0.value.grouped) (\($0.key))" }
            + reasons.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.grouped)" }
    }
}
