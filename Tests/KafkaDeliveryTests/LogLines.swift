#if Kafka
    import Logging
    import Synchronization

    /// Keeps what an operator would read: lines at `notice` and above.
    final class LogLines: Sendable {
        private let lines = Mutex<[String]>([])

        var texts: [String] { lines.withLock { $0 } }

        var logger: Logger { Logger(label: "recorded") { _ in Handler(log: self) } }

        private struct Handler: LogHandler {
            let log: LogLines
            var metadata: Logger.Metadata = [:]
            var logLevel: Logger.Level = .notice

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
                log.lines.withLock { $0.append(line) }
            }
        }
    }
#endif
