import Foundation
import InventoryHTTP
import InventoryPostgres
import InventoryService
import OpenAPIContract

extension Stack {
    /// What `/metrics` tells besides requests.
    var metrics: MetricsSources {
        var sources = MetricsSources()
        sources.version = OpenAPIContract.version
        let queue = facts.queue
        sources.batches = queue.figures
        sources.waiting = { queue.waiting }
        sources.background = backgroundFigures
        sources.database = PostgresFiguresStore(pools: pools)
        let startedAt = Date().timeIntervalSince1970
        sources.process = { ProcessFigures.now(startedAt: startedAt) }
        return sources
    }
}

extension ProcessFigures {
    /// From the system's own files (proc(5)); nil where there are none.
    fileprivate static func now(startedAt: Double) -> ProcessFigures? {
        guard let status = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"),
            let pages = status.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        else { return nil }
        var usage = rusage()
        let itself = __rusage_who_t(RUSAGE_SELF.rawValue)
        guard getrusage(itself, &usage) == 0 else { return nil }
        return ProcessFigures(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))), openFiles: Int64(files.count),
            startedAt: startedAt)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
