import Foundation
import InventoryService
import Synchronization

/// What an import has to say at its end.
struct ImportReport: Sendable, CustomStringConvertible {
    let job: StoredImport
    /// Records that this process has applied; the others were by those before it.
    let here: Int64
    let seconds: Double
    /// The first lines that somebody has to see to.
    let examples: [ImportReportLine]

    static let examplesMax = 20

    var problem: ImportProblem? { job.problem }

    var description: String {
        let rate = seconds > 0 ? Int(Double(here) / seconds) : 0
        let time = String(format: "%.1f", seconds)
        let counts = ImportVerdict.allCases.filter { job.progress.counts[$0] > 0 }
            .map { "\($0.rawValue) \(Int(job.progress.counts[$0]).grouped)" }.joined(separator: ", ")
        let title = job.order.isDryRun ? "dry run, nothing was written: " : ""
        var lines = ["\(title)\(Int(here).grouped) records in \(time) s, \(rate.grouped) records/s: \(counts)"]
        lines += job.progress.skipped.map { "left out: \(Int($0.count).grouped) (\($0.reason))" }
        lines += examples.map { "line \($0.line): \($0.detail)" }
        if let problem { lines = ["not imported: \(problem.detail)"] }
        lines.append("peak memory of this process: \(Memory.peakMegabytes) MB")
        return lines.joined(separator: "\n")
    }
}

/// Where an import was when this process took it over.
final class FirstProgress: Sendable {
    private let first = Mutex<Int64?>(nil)

    func records(_ now: Int64) -> Int64 {
        first.withLock { first in
            if first == nil { first = now }
            return first ?? now
        }
    }
}

enum Memory {
    /// The most that this process had resident.
    static var peakMegabytes: Int {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        // Kilobytes on Linux.
        return Int(usage.ru_maxrss) / 1024
    }
}

extension ContinuousClock.Instant {
    /// Since this instant.
    var seconds: Double {
        let elapsed = duration(to: .now).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }
}
