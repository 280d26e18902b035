#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Swift's `Mutex` as the Thread Sanitizer can see it: on a pthread lock, whose calls it watches.
public struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // Unchecked is sound: `value` is reached only between lock and unlock. Pointers, since a pthread lock may not move.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    public init(_ initialValue: consuming sending Value) {
        lock = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        value = .allocate(capacity: 1)
        value.initialize(to: initialValue)
    }

    deinit {
        // Whoever used it last is done: this tells the sanitizer so too, which does not see reference counts.
        pthread_mutex_lock(lock)
        value.deinitialize(count: 1)
        pthread_mutex_unlock(lock)
        value.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }
}
