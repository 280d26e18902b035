extension SQLState {
    /// Whose fault a refused statement is, by what to do next. In every case but `connectionEnding` the server has
    /// rolled the work back.
    package enum Fault: Sendable, Hashable, CaseIterable {
        /// Others were in the way. The same work may pass at once.
        case contention
        /// The server cannot do it now: it is out of memory, of disk, of time. The same work may pass later.
        case passing
        /// The same work may pass on a new connection: the server is read-only now, or this session lost what it had.
        case staleConnection
        /// The server is ending this connection. A commit that was under way may have happened.
        case connectionEnding
        /// A value does not fit its column or breaks a constraint: the client's fault, unless we should have checked it.
        case data
        /// The statement or the schema is wrong: our fault. Trying again changes nothing.
        case defect
    }

    /// What the state means. A state that is not in the tables is taken for a passing fault of this connection: a server
    /// that gets a new code, or a proxy that makes one up, must not turn into an error that stays.
    package var fault: Fault { Self.faultsByState[code] ?? Self.faultsByClass[classCode] ?? .staleConnection }

    /// Nothing else may be asked of the connection that reported this state.
    package var dropsConnection: Bool { fault == .staleConnection || fault == .connectionEnding }

    /// Exceptions to what the class says.
    private static let faultsByState: [String: Fault] = [
        // read_only_sql_transaction: a primary that was demoted, or a database set to read-only. The next connection may
        // reach the new primary, or have another setting.
        "25006": .staleConnection,
        // idle_in_transaction_session_timeout, transaction_timeout
        "25P03": .connectionEnding, "25P04": .connectionEnding,
        // lock_not_available
        "55P03": .contention,
        // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout
        "57P01": .connectionEnding, "57P02": .connectionEnding, "57P03": .connectionEnding, "57P04": .connectionEnding,
        "57P05": .connectionEnding,
        // Ours, raised by refuse_outdated_batch: the batch is read and decided again, on the same connection.
        "HF001": .contention,
        // data_corrupted, index_corrupted
        "XX001": .defect, "XX002": .defect,
    ]

    /// PostgreSQL's classes of errors, all but 00 to 02, which are none.
    private static let faultsByClass: [String: Fault] = [
        "03": .defect,  // SQL statement not yet complete
        "08": .connectionEnding,  // connection exception
        "09": .defect,  // triggered action exception
        // Feature not supported, which a prepared statement gets whose table was altered under it.
        "0A": .staleConnection,
        "0B": .defect,  // invalid transaction initiation
        "0F": .defect,  // locator exception
        "0L": .defect,  // invalid grantor
        "0P": .defect,  // invalid role specification
        "0Z": .defect,  // diagnostics exception
        "10": .defect,  // XQuery error
        "20": .defect,  // case not found
        "21": .defect,  // cardinality violation
        "22": .data,  // data exception
        "23": .data,  // integrity constraint violation
        "24": .defect,  // invalid cursor state
        "25": .passing,  // invalid transaction state: rolled back before the next job
        "26": .staleConnection,  // invalid statement name: a proxy changed the session under us
        "27": .defect,  // triggered data change violation
        "28": .staleConnection,  // invalid authorization: a password is being changed
        "2B": .defect,  // dependent privilege descriptors still exist
        "2D": .defect,  // invalid transaction termination
        "2F": .defect,  // SQL routine exception
        "34": .defect,  // invalid cursor name
        "38": .defect,  // external routine exception
        "39": .defect,  // external routine invocation exception
        "3B": .defect,  // savepoint exception
        "3D": .staleConnection,  // invalid catalog name: a database is being restored
        "3F": .defect,  // invalid schema name
        "40": .contention,  // transaction rollback: serialization failure, deadlock
        "42": .defect,  // syntax error or access rule violation
        "44": .data,  // with check option violation
        "53": .passing,  // insufficient resources: disk, memory, connections
        "54": .defect,  // program limit exceeded
        "55": .passing,  // object not in prerequisite state
        "57": .passing,  // operator intervention: statement_timeout
        "58": .staleConnection,  // system error outside PostgreSQL: its disk fails
        "F0": .defect,  // configuration file error
        "HV": .defect,  // foreign data wrapper error
        "P0": .defect,  // PL/pgSQL error: raised by our own functions
        "XX": .staleConnection,  // internal error
    ]
}
