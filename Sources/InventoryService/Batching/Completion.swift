import Synchronization

/// A value that one side will have and the other waits for. Fulfilled exactly once, awaited at most once.
final class Completion<Value: Sendable>: Sendable {
    private enum State {
        case pending
        case awaited(CheckedContinuation<Value, Never>)
        case fulfilled(Value)
    }

    private let state = Mutex(State.pending)

    func fulfil(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
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
        waiter?.resume(returning: value)
    }

    var value: Value {
        get async {
            await withCheckedContinuation { waiter in
                let value: Value? = state.withLock { state in
                    switch state {
                    case .fulfilled(let value): return value
                    case .pending:
                        state = .awaited(waiter)
                        return nil
                    case .awaited: preconditionFailure("a promise was awaited twice")
                    }
                }
                if let value { waiter.resume(returning: value) }
            }
        }
    }
}
