import Logging

/// Which imports a process works on.
extension ImportService {
    /// Imports that one process has open at one time, each with its file on this machine; they work in turns.
    package static let openMax = 8
    /// How often a process that has imports open looks for another.
    private static let lookEvery: Duration = .seconds(1)

    /// Runs what was received and nobody works on, up to `openMax` at one time, until nothing is left. Where the store
    /// fails one of them, that one is left for later and the others go on.
    /// - Returns: how many came to their end.
    /// - Throws: why none did.
    package func runAll() async throws(StoreError) -> Int {
        enum Event: Sendable {
            case looked
            case ended(Result<Bool, StoreError>)
        }
        var (open, done) = (0, 0)
        var failure: StoreError?
        await withTaskGroup(of: Event.self) { group in
            repeat {
                do throws(StoreError) {
                    while open < Self.openMax, !Task.isCancelled, let (job, worker) = try await claimNext() {
                        open += 1
                        group.addTask { .ended(await attempt(job, by: worker)) }
                    }
                } catch {
                    // Those that are open wait for the database by themselves.
                    failure = error
                }
                guard open > 0 else { return }
                if !Task.isCancelled {
                    group.addTask {
                        try? await Task.sleep(for: Self.lookEvery)
                        return .looked
                    }
                }
                while case .ended(let result)? = await group.next() {
                    open -= 1
                    switch result {
                    case .success(let isDone): if isDone { done += 1 }
                    case .failure(let error): failure = error
                    }
                    // The next look is under way, or all have been told to stop.
                    if open == 0 { break }
                }
            } while open > 0 || !Task.isCancelled
        }
        if done == 0, let failure { throw failure }
        return done
    }

    private func attempt(_ job: StoredImport, by worker: String) async -> Result<Bool, StoreError> {
        do throws(StoreError) {
            return .success(try await run(job, by: worker))
        } catch {
            logger.warning("import put off", metadata: ["import": "\(job.id)", "error": "\(error)"])
            return .failure(error)
        }
    }

    /// Runs one import that was received and that nobody works on.
    /// - Returns: whether it came to its end; false too when there is none.
    package func runNext() async throws(StoreError) -> Bool {
        guard let (job, worker) = try await claimNext() else { return false }
        return try await run(job, by: worker)
    }

    /// A claim has a name of its own among all that may work on one import, also when this process has lost one and
    /// claims it again.
    private func claimNext() async throws(StoreError) -> (StoredImport, worker: String)? {
        let worker = ImportID.draw().text
        return try await store.claimNext(by: worker).map { ($0, worker) }
    }
}
