import DequeModule
import Dispatch
import Synchronization

/// One thread for computing that takes long and that nobody waits for by the millisecond: reading and writing the bodies
/// of bulk requests, and imports. The threads that all tasks share are then free for single calls, and get the processor
/// first (ADR 24).
///
/// Work that waits for the database or a client leaves the thread to others, as everywhere. What waits here is bounded by
/// what was admitted: bodies by their budget, imports by their number.
package final class BulkExecutor: TaskExecutor {
    package static let shared = BulkExecutor()

    /// How much the thread gives way to others, as `nice` has it: about a tenth of a contended processor.
    private static let niceness: Int32 = 10

    private let jobs = Mutex<Deque<UnownedJob>>([])
    private let arrived = DispatchSemaphore(value: 0)

    private init() { DetachedThread.start { [self] in run() } }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrived.signal()
    }

    /// The thread's loop, which lives as long as the process.
    private func run() {
        DetachedThread.giveWay(by: Self.niceness)
        while true {
            arrived.wait()
            guard let job = jobs.withLock({ $0.popFirst() }) else { continue }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
