import Foundation

/// The server's main process, which is nobody's child for long: whoever started it has ended.
enum ServerProcess {
    /// The process that the server's own file names; nil when there is no such file.
    static func named(inFile path: String) -> pid_t? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return nil }
        return pid_t(line)
    }

    /// False for a process that has ended, also while nobody has asked what became of it: to `kill` such a one looks
    /// alive, and in a container whose first process is this one it would look so for ever.
    static func isAlive(_ process: pid_t) -> Bool {
        // Of somebody else's child this is refused, and changes nothing.
        _ = waitpid(process, nil, WNOHANG)
        guard kill(process, 0) == 0 || errno == EPERM else { return false }
        #if os(Linux)
            guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
            // The name before the state may hold anything, a bracket included.
            let state = text.split(separator: ")").last?.drop { $0 == " " }.first
            return state != "Z" && state != "X"
        #else
            return true
        #endif
    }
}
