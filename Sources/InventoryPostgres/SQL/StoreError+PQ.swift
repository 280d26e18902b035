import InventoryService
import LibPQ

extension StoreError {
    /// - Parameter error: of work that does not commit, or whose commit was refused.
    init(_ error: PQError) {
        self =
            switch error {
            case .unavailable(.queueFull): .overloaded
            case .unavailable, .interrupted: .unavailable
            case .outcomeUnknown: .outcomeUnknown([])
            case .server(let server): StoreError(server)
            case .protocolViolation: .broken(error.description)
            }
    }

    /// What a client gets for each fault: 503 and an invitation to send the same again for all that may pass, 500 only for
    /// what would fail again. What clients send is checked before it comes here, so a value that does not fit is ours too.
    private init(_ error: ServerError) {
        self =
            switch error.state.fault {
            case .contention: .conflict(attempts: 1)
            case .passing, .staleConnection, .connectionEnding: .unavailable
            case .data, .defect: .broken(PQError.server(error).description)
            }
    }
}

extension PQError {
    /// The work was rolled back because others were in the way, and may pass at once. A unique key that was taken
    /// meanwhile is found when the work starts over.
    var isConflict: Bool {
        guard case .server(let error) = self else { return false }
        return error.state.fault == .contention || error.state == .uniqueViolation
    }

    /// Somebody held a lock for longer than the session waits.
    var isLockTimeout: Bool {
        if case .server(let error) = self { error.state == .lockNotAvailable } else { false }
    }

    /// The connection was at fault, and nothing was committed.
    var isStaleConnection: Bool {
        if case .server(let error) = self { error.state.fault == .staleConnection } else { false }
    }
}

extension ConnectionPool {
    /// Work that only reads, so that a connection lost or dropped in the middle costs a second try and nothing else.
    func perform<T: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable (Session) throws(PQError) -> T
    ) async throws(StoreError) -> T {
        do {
            return try await run(timeout: timeout, body)
        } catch {
            guard error == .outcomeUnknown || error == .interrupted || error.isStaleConnection else {
                throw StoreError(error)
            }
        }
        do {
            return try await run(timeout: timeout, body)
        } catch {
            throw error == .outcomeUnknown ? .unavailable : StoreError(error)
        }
    }

    /// Repeats work that PostgreSQL rolled back because others were in the way, and once each for as many connections
    /// as may have gone stale together.
    func performRepeating<T: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable (Session) throws(PQError) -> T
    ) async throws(StoreError) -> T {
        var staleLeft = Self.staleMax
        for _ in 1..<Self.attemptsMax {
            do {
                return try await run(timeout: timeout, body)
            } catch {
                if error.isStaleConnection { staleLeft -= 1 }
                guard error.isConflict || error.isStaleConnection && staleLeft > 0 else { throw StoreError(error) }
            }
        }
        do {
            return try await run(timeout: timeout, body)
        } catch {
            throw StoreError(error)
        }
    }

    /// Attempts on connections that turn out to be stale.
    private static var staleMax: Int { 3 }

    /// Attempts at one piece of work before its conflict is reported.
    static var attemptsMax: Int { 8 }
}
