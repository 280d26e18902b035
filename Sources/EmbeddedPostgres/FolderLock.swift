#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Holds a folder for one process. The kernel lets go when the process ends, however it ends.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Returns: nil when another process holds it.
    init?(file path: String) throws(EmbeddedPostgresError) {
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(folder: path, why: String(cString: strerror(errno))) }
        // deinit runs after this too, and closes.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    func release() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }
}
