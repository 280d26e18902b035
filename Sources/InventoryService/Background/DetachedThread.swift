#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A thread of the program's own, beside those that all tasks share.
package enum DetachedThread {
    private static let stackBytes = 8 << 20

    /// Runs the body on a new thread, which ends with it.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        pthread_attr_init(attributes)
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(attributes, stackBytes)
        #if canImport(Glibc)
            var thread: pthread_t = 0
        #else
            var thread: pthread_t?
        #endif
        // The box is retained for the new thread, which releases it when its closure has returned.
        let status = pthread_create(
            &thread, attributes,
            { context in
                #if canImport(Glibc)
                    guard let context else { return nil }
                #endif
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(body)).toOpaque())
        pthread_attr_destroy(attributes)
        precondition(status == 0, "could not start a thread: error \(status)")
    }

    /// Lets others have the processor first. On Linux a thread has a priority of its own; elsewhere, and where it may not be
    /// lowered, nothing happens.
    /// - Parameter niceness: 0 to 19, as `nice` has it, of the calling thread.
    static func giveWay(by niceness: Int32) {
        #if canImport(Glibc)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        #endif
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
