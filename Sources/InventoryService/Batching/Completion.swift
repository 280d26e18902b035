import Synchronization

/// A value that one side will have and the other waits for, in a task or by call-back. Fulfilled exactly once, awaited at
/// most once.
final class Completion<Value: Sendable>: Sendable {
    private enum State {
        case pending
        case awaited(@Sendable (Value) -> Void)
        case fulfilled(Value)
    }

    private let state = Mutex(State.pending)

    func fulfil(_ value: Value) {
        let waiter: (@Sendable (Value) -> Void)? = state.withLock { state in
            switch state {
            case .pending:
                state = .fulfilled(value)
                return nil
            case .awaited(let waiter):
                state = .fulfilled(value)
                return waiter
            case .fulfilled: preconditionFailure("a promise was fulfilled twice")
            }
        }
        waiter?(value)
    }

    /// Calls back with the value: at once where it is there, otherwise on the thread of whoever fulfils.
    func whenFulfilled(_ then: @escaping @Sendable (Value) -> Void) {
        let value: Value? = state.withLock { state in
            switch state {
            case .fulfilled(let value): return value
            case .pending:
                state = .awaited(then)
                return nil
            case .awaited: preconditionFailure("a promise was awaited twice")
            }
        }
        if let value { then(value) }
    }

    var value: Value {
        get async { await withCheckedContinuation { waiter in whenFulfilled { waiter.resume(returning: $0) } } }
    }
}
