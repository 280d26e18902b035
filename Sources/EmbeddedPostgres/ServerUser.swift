import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whom PostgreSQL runs as: root is refused by PostgreSQL itself, so root runs it as the user `postgres`.
struct ServerUser: Sendable {
    /// Nil: the user who started this process.
    let ownerIfOther: (user: uid_t, group: gid_t)?

    init() throws(EmbeddedPostgresError) {
        guard geteuid() == 0 else {
            ownerIfOther = nil
            return
        }
        guard let entry = getpwnam("postgres") else { throw .noPostgresUser }
        ownerIfOther = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// A program with its arguments, as this user.
    ///
    /// The change of user is left to setpriv (util-linux): a child that is forked from a process with several threads
    /// must not call setgroups itself, since glibc waits there for threads that the child does not have.
    func command(_ program: String, _ arguments: [String]) -> (executable: Executable, arguments: Arguments) {
        guard let owner = ownerIfOther else { return (.path(FilePath(program)), Arguments(arguments)) }
        let change = ["--reuid=\(owner.user)", "--regid=\(owner.group)", "--clear-groups", "--", program]
        return (.name("setpriv"), Arguments(change + arguments))
    }

    /// Makes a folder that only this user can enter.
    func makeFolder(_ path: String) throws(EmbeddedPostgresError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .unusable(folder: path, why: String(cString: strerror(errno)))
        }
        if let other = ownerIfOther, chown(path, other.user, other.group) != 0 {
            throw .unusable(folder: path, why: String(cString: strerror(errno)))
        }
    }

    /// Whether this user can get to the folder and write in it, asked as that user.
    func canUse(_ folder: String) async -> Bool {
        let command = command("/bin/sh", ["-c", "test -w \"$0\"", folder])
        let result = try? await run(
            command.executable, arguments: command.arguments, workingDirectory: "/", output: .discarded,
            error: .discarded)
        return result?.terminationStatus.isSuccess ?? false
    }
}
