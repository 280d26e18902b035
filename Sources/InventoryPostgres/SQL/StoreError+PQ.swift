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
            case .server(let server) where server.state.isWorthRepeating: .conflict(attempts: 1)
            case .server(let server) where server.state == .queryCanceled: .unavailable
            case .server(let server) where server.state == .diskFull || server.state == .tooManyConnections:
                .unavailable
            case .server, .protocolViolation: .broken(error.description)
            }
    }
}

extension ConnectionPool {
    /// Work that only reads, so that a connection lost in the middle costs a second try and nothing else.
    func perform<T: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable (Session) throws(PQError) -> T
    ) async throws(StoreError) -> T {
        do {
            return try await run(timeout: timeout, body)
        } catch {
            guard error == .outcomeUnknown || error == .interrupted else { throw StoreError(error) }
        }
        do {
            return try await run(timeout: timeout, body)
        } catch {
            throw error == .outcomeUnknown ? .unavailable : StoreError(error)
        }
    }

    /// Repeats work that PostgreSQL rolled back because others were in the way.
    func performRepeating<T: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable (Session) throws(PQError) -> T
    ) async throws(StoreError) -> T {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await run(timeout: timeout, body)
            } catch {
                guard case .server(let server) = error,
                    server.state.isWorthRepeating || server.state == .uniqueViolation
                else { throw StoreError(error) }
            }
        }
        do {
            return try await run(timeout: timeout, body)
        } catch {
            throw StoreError(error)
        }
    }

    /// Attempts at one piece of work before its conflict is reported.
    static var attemptsMax: Int { 8 }
}
