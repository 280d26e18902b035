import Foundation
import Logging

/// Logs go to standard error, so that standard output stays for what a command says.
enum Log {
    static func start(level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "holdfast")
    }
}
