import Logging
import Synchronization

/// Keeps the lines that an operator would be woken by.
final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    /// Lines at `warning` and above.
    var alarming: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "recorded") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = "\(event.message) \(event.metadata ?? [:])"
            recorder.lines.withLock { $0.append(line) }
        }
    }
}
