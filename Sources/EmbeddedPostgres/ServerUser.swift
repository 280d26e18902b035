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

    var platformOptions: PlatformOptions {
        var options = PlatformOptions()
        if let other = ownerIfOther {
            options.userID = other.user
            options.groupID = other.group
            options.supplementaryGroups = [other.group]
        }
        return options
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
        let result = try? await run(
            .name("test"), arguments: ["-w", folder], workingDirectory: "/", platformOptions: platformOptions,
            output: .discarded, error: .discarded)
        return result?.terminationStatus.isSuccess ?? false
    }
}
