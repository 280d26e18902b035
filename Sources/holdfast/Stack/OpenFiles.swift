import Foundation

/// How many files, sockets included, this process may open.
enum OpenFiles {
    /// Kept for everything but clients: the database's connections, imports, the log.
    private static let kept = 256
    /// More than that needs more memory than a process should have.
    private static let wanted: rlim_t = 65_536

    /// Asks the system for as many as it gives, and says how many clients may then be connected at one time.
    /// - Returns: 1 or more.
    static func connectionsMax() -> Int {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return kept }
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = min(limit.rlim_max, wanted)
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        return max(1, Int(clamping: limit.rlim_cur) - kept)
    }
}
