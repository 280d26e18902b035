import Foundation
import Synchronization

/// Shows how far work is, on standard error: a bar that moves on a terminal, now and then a line elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant?
        var lastWidth = 0
    }

    private let title: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())
    private let started = ContinuousClock.now

    private static let width = 24

    init(title: String) { self.title = title }

    /// - Parameters:
    ///   - fraction: 0 to 1; nil when the end is not known.
    ///   - text: figures of the moment.
    func show(fraction: Double?, _ text: String) {
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
        let isDue = state.withLock { state in
            if let last = state.lastShown, last.duration(to: .now) < interval { return false }
            state.lastShown = .now
            return true
        }
        if isDue { write(fraction: fraction, text, ends: false) }
    }

    /// Shows the last figures, and goes to the next line.
    func finish(_ text: String) {
        write(fraction: 1, text, ends: true)
    }

    private func write(fraction: Double?, _ text: String, ends: Bool) {
        var line = "\(title)  "
        if let fraction {
            let filled = Int(Double(Self.width) * min(1, max(0, fraction)))
            line +=
                "[" + String(repeating: "#", count: filled)
                + String(repeating: ".", count: Self.width - filled) + "] \(Int(fraction * 100))%  "
        }
        line += "\(text)  \(elapsed)"
        let padding = state.withLock { state in
            defer { state.lastWidth = line.count }
            return max(0, state.lastWidth - line.count)
        }
        let output =
            isTerminal
            ? "\r" + line + String(repeating: " ", count: padding) + (ends ? "\n" : "") : line + "\n"
        FileHandle.standardError.write(Data(output.utf8))
    }

    private var elapsed: String {
        let seconds = started.duration(to: .now).components.seconds
        return seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m \(seconds % 60)s"
    }
}

extension Int {
    /// With a comma between thousands: people read these.
    var grouped: String {
        let digits = String(magnitude)
        var groups: [Substring] = []
        var rest = digits[...]
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        groups.insert(rest, at: 0)
        return (self < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
