import CLibPQ
import Logging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Owns one `PGconn` and closes it once.
struct ConnectionHandle: ~Copyable {
    let raw: OpaquePointer

    init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { PQfinish(raw) }
}

/// One connection, used by one thread. Not `Sendable`: it never leaves the closure that it is given to.
///
/// Calls block that thread, never a cooperative one; `ConnectionPool` sees to that.
package final class Session {
    private let handle: ConnectionHandle
    private let notices: NoticeSink
    private var preparedStatements: Set<Statement> = []
    /// The instant after which this job's waits give up. Set by the pool for each job.
    var deadline: ContinuousClock.Instant
    /// Asked while a wait goes on: an instant after which every wait gives up, which may be set meanwhile.
    var giveUpAt: () -> ContinuousClock.Instant? = { nil }

    /// How long one wait goes on without asking.
    private static let waitSlice: Duration = .milliseconds(500)

    /// Connects and sets the session up; blocks for at most the connect timeout and the deadline.
    /// - Parameter refused: is told why there is no connection, in libpq's words, which never hold the password.
    /// - Throws: `.unavailable(.notConnected)`, or `.server` when a session setting is refused.
    init(
        _ settings: ConnectionSettings, databaseName: String? = nil, logger: Logger,
        deadline: ContinuousClock.Instant, refused: (String) -> Void = { _ in }
    ) throws(PQError) {
        let keywords = settings.keywords(databaseName: databaseName)
        guard
            let raw = withCStrings(
                keywords.map(\.0),
                { names in
                    withCStrings(keywords.map(\.1)) { values in PQconnectdbParams(names, values, 0) }
                })
        else { throw .unavailable(.notConnected) }
        handle = ConnectionHandle(adopting: raw)
        notices = NoticeSink(logger: logger)
        self.deadline = deadline
        guard PQstatus(raw) == CONNECTION_OK else {
            refused(Self.reason(raw))
            throw .unavailable(.notConnected)
        }
        notices.install(on: raw)
        guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else {
            throw .protocolViolation("pipeline mode refused")
        }
        if !settings.session.isEmpty {
            var exchange = Exchange()
            exchange.add(.sessionSettings) {
                $0.texts(settings.session.map { $0.key })
                $0.texts(settings.session.map { $0.value })
            }
            _ = try run(exchange)
        }
    }

    private static let reasonLengthMax = 300

    /// The last line of libpq's message: of several addresses, or with and without TLS, what was said last. Its hints, which
    /// begin with a tab, ask what the reason has said.
    private static func reason(_ connection: OpaquePointer) -> String {
        let message = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        let said = message.split(separator: "\n").last { !$0.hasPrefix("\t") }
        return String((said ?? "no reason given").prefix(reasonLengthMax))
    }

    /// Sends the statements together and waits for all their answers.
    ///
    /// - Returns: the rows of each statement, by the position that `Exchange.add` gave.
    /// - Throws: `.server` with the first failure, after which an explicit transaction is rolled back;
    ///   `.outcomeUnknown` or `.interrupted` when the connection is lost, by whether a commit was sent.
    package func run(_ exchange: Exchange) throws(PQError) -> [Rows] {
        guard !exchange.entries.isEmpty else { return [] }
        let mayCommit =
            !isInTransaction && exchange.entries.first?.statement != .begin
            || exchange.entries.contains { $0.statement == .commit }
        do {
            let expected = try send(exchange)
            return try receive(PipelineState(expecting: expected), exchange)
        } catch {
            switch error {
            case .lost: throw mayCommit ? .outcomeUnknown : .interrupted
            case .refused(let server):
                if isInTransaction { try rollBack() }
                // A server that is going away closed the transaction first, unless it was committing.
                throw .server(server)
            case .violated(let what):
                close()
                throw .protocolViolation(what)
            }
        }
    }

    /// One statement, one round trip.
    package func query(
        _ statement: Statement, _ write: (inout ParameterWriter) -> Void = { _ in }
    ) throws(PQError) -> Rows {
        var exchange = Exchange()
        exchange.add(statement, write)
        return try run(exchange)[0]
    }

    /// Runs a script of several statements as one implicit transaction, unless it manages its own.
    /// For migrations and tests: constant text only, never values.
    package func script(_ sql: String, name: String) throws(PQError) {
        guard PQexitPipelineMode(handle.raw) == 1, PQsetnonblocking(handle.raw, 0) == 0 else {
            throw .protocolViolation("could not leave pipeline mode")
        }
        defer {
            _ = PQsetnonblocking(handle.raw, 1)
            _ = PQenterPipelineMode(handle.raw)
        }
        guard let raw = PQexec(handle.raw, sql) else { throw .outcomeUnknown }
        defer { PQclear(raw) }
        switch PQresultStatus(raw) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default:
            guard PQstatus(handle.raw) == CONNECTION_OK else { throw .outcomeUnknown }
            var error = serverError(raw, statement: name)
            // The text is a constant of ours and has no parameters, so what the server says holds no value.
            error.said = PQresultErrorField(raw, Field.messagePrimary).map { String(cString: $0) }
            throw .server(error)
        }
    }

    package var isInTransaction: Bool {
        switch PQtransactionStatus(handle.raw) {
        case PQTRANS_INTRANS, PQTRANS_INERROR: true
        default: false
        }
    }

    /// False once the connection is known to be closed. Looks without waiting.
    var isAlive: Bool {
        guard PQstatus(handle.raw) == CONNECTION_OK else { return false }
        // A server that goes away says so first and closes then: the end stands behind its last words.
        for _ in 0..<8 {
            var descriptor = pollfd(fd: PQsocket(handle.raw), events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 0) > 0 else { return true }
            guard PQconsumeInput(handle.raw) == 1, PQstatus(handle.raw) == CONNECTION_OK else { return false }
        }
        return false
    }

    /// Leaves no transaction open behind a job that ended in the middle of one.
    func rollBack() throws(PQError) {
        guard isAlive, isInTransaction else { return }
        var exchange = Exchange()
        exchange.add(.rollback)
        do {
            let expected = try send(exchange)
            _ = try receive(PipelineState(expecting: expected), exchange)
        } catch {
            close()
        }
    }

    // MARK: - The wire

    private enum Failure: Error {
        case lost
        case refused(ServerError)
        case violated(String)
    }

    private func send(_ exchange: Exchange) throws(Failure) -> [PipelineState.Expected] {
        var expected: [PipelineState.Expected] = []
        var underway: Set<Statement> = []
        for (index, entry) in exchange.entries.enumerated() {
            let statement = entry.statement
            if !preparedStatements.contains(statement), underway.insert(statement).inserted {
                let types = statement.parameters.map { Oid($0.rawValue) }
                guard
                    PQsendPrepare(handle.raw, statement.name, statement.sql, Int32(types.count), types) == 1
                else { throw .lost }
                expected.append(.prepare(statement))
            }
            guard sendQuery(entry, exchange.writer) else { throw .lost }
            expected.append(.query(index))
        }
        guard PQpipelineSync(handle.raw) == 1 else { throw .lost }
        expected.append(.sync)
        return expected
    }

    private func sendQuery(_ entry: Exchange.Entry, _ writer: ParameterWriter) -> Bool {
        let slots = writer.slots[entry.slots]
        let lengths = slots.map { Int32(max(0, $0.length)) }
        let formats = [Int32](repeating: 1, count: slots.count)
        return writer.bytes.withUnsafeBytes { buffer in
            // libpq copies the parameters before it returns, so the pointers need live no longer. An
            // empty buffer has no base address, yet an empty text must not become NULL: any address will do.
            withUnsafeBytes(of: 0 as UInt8) { nothing in
                let base = buffer.baseAddress ?? nothing.baseAddress
                let values: [UnsafePointer<CChar>?] = slots.map { slot in
                    slot.length < 0 ? nil : base?.advanced(by: slot.offset).assumingMemoryBound(to: CChar.self)
                }
                return PQsendQueryPrepared(
                    handle.raw, entry.statement.name, Int32(slots.count), values, lengths, formats, 1) == 1
            }
        }
    }

    private func receive(
        _ initial: consuming PipelineState, _ exchange: Exchange
    ) throws(Failure) -> [Rows] {
        var state = initial
        let statements = exchange.entries.map(\.statement)
        var kept: [Rows?] = Array(repeating: nil, count: statements.count)
        while true {
            try waitForResult()
            guard let raw = PQgetResult(handle.raw) else {
                if case .violate(let what) = state.received(.endOfResults) { throw .violated(what) }
                continue
            }
            let event = event(of: raw, due: state.statementDue(in: statements))
            switch state.received(event) {
            case .discard:
                PQclear(raw)
            case .keep(let index):
                kept[index] = Rows(adopting: raw, statement: statements[index].name)
            case .prepared(let statement):
                PQclear(raw)
                preparedStatements.insert(statement)
            case .finish(let failure):
                PQclear(raw)
                guard let failure else { return kept.compactMap { $0 } }
                if failure.state.dropsConnection { drop(for: failure) }
                if failure.state.fault == .connectionEnding { throw .lost }
                throw .refused(failure)
            case .violate(let what):
                PQclear(raw)
                if PQstatus(handle.raw) != CONNECTION_OK { throw .lost }
                throw .violated(what)
            }
        }
    }

    private func event(of raw: OpaquePointer, due: String) -> PipelineState.Event {
        switch PQresultStatus(raw) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .rows
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_FATAL_ERROR:
            // libpq reports a lost connection as a fatal result without a SQLSTATE.
            PQresultErrorField(raw, Field.sqlState) == nil
                ? .other("connection lost") : .failed(serverError(raw, statement: due))
        default: .other("status \(PQresultStatus(raw).rawValue)")
        }
    }

    private func serverError(_ raw: OpaquePointer, statement: String) -> ServerError {
        func field(_ code: Int32) -> String? { PQresultErrorField(raw, code).map { String(cString: $0) } }
        let error = ServerError(
            state: field(Field.sqlState).map { SQLState($0) } ?? .internalError, statement: statement,
            table: field(Field.tableName), constraint: field(Field.constraintName))
        notices.logger.debug(
            "statement refused", metadata: ["sqlstate": "\(error.state)", "statement": "\(statement)"])
        return error
    }

    /// Flushes and reads in turn: if both sides only wrote, both socket buffers could fill for ever.
    private func waitForResult() throws(Failure) {
        while true {
            let flushed = PQflush(handle.raw)
            guard flushed >= 0 else { throw .lost }
            if flushed == 0, PQisBusy(handle.raw) == 0 { return }
            var descriptor = pollfd(
                fd: PQsocket(handle.raw), events: Int16(POLLIN) | (flushed == 1 ? Int16(POLLOUT) : 0), revents: 0)
            let remaining = ContinuousClock.now.duration(to: min(deadline, giveUpAt() ?? deadline))
            guard remaining > .zero else {
                close()
                throw .lost
            }
            let slice = min(remaining, Self.waitSlice)
            let milliseconds =
                slice.components.seconds * 1000 + slice.components.attoseconds / 1_000_000_000_000_000
            let ready = poll(&descriptor, 1, Int32(clamping: milliseconds + 1))
            if ready < 0, errno != EINTR { throw .lost }
            if ready > 0, Int32(descriptor.revents) & ~Int32(POLLOUT) != 0, PQconsumeInput(handle.raw) == 0 {
                throw .lost
            }
        }
    }

    /// Only a new connection can do better. Whoever runs the service is told why.
    private func drop(for error: ServerError) {
        notices.logger.warning(
            "connection dropped after a refused statement",
            metadata: ["sqlstate": "\(error.state)", "statement": "\(error.statement)"])
        close()
    }

    /// Ends the connection under libpq, so that everything after fails at once and the pool reconnects.
    /// The handle itself is freed by its owner.
    private func close() {
        shutdown(PQsocket(handle.raw), Int32(SHUT_RDWR))
        _ = PQconsumeInput(handle.raw)
        isClosed = true
    }

    private(set) var isClosed = false
}

extension Statement {
    fileprivate static let sessionSettings = Statement(
        "session_settings", [.textArray, .textArray],
        sql: """
            select set_config(name, value, false)
            from unnest($1, $2) as setting(name, value)
            """)
}

/// Calls `body` with a NULL-terminated array of C strings that lives for the call.
private func withCStrings<T>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> T
) -> T {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { body($0.baseAddress) }
}
