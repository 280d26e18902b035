import CLibPQ
import Logging

/// Sends the server's notices and warnings to the log: severity and SQLSTATE and, because notices come
/// from our own constant SQL, their first line.
final class NoticeSink {
    let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// The connection must not outlive this object; `Session` owns both and frees the connection first.
    func install(on connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue().log(result)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func log(_ result: OpaquePointer) {
        func field(_ code: Int32) -> String { PQresultErrorField(result, code).map { String(cString: $0) } ?? "" }
        let level: Logger.Level = field(Field.severity) == "WARNING" ? .warning : .debug
        logger.log(
            level: level, "PostgreSQL notice: \(field(Field.messagePrimary))",
            metadata: ["sqlstate": "\(field(Field.sqlState))"])
    }
}
