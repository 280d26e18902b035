import NIOCore
import NIOPosix

/// Where the service is going to listen.
struct ListeningAddress: Sendable {
    private let host: String
    private let port: Int

    init(_ settings: Settings) {
        host = settings.httpHost
        port = settings.httpPort
    }

    /// Why nobody can listen there, and what to do about it.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// Listens for a moment, and stops again.
    /// - Throws: `Unusable` where that is not possible.
    func check() async throws {
        do {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw Unusable(
                description:
                    "port \(port) on \(host) is taken by another program; stop that one, or choose another port with "
                    + "HOLDFAST_HTTP_PORT (--http-port), 0 for any free one")
        } catch let error as IOError where error.errnoCode == EACCES {
            throw Unusable(
                description:
                    "port \(port) on \(host) needs rights that this user does not have; choose one above 1023 with "
                    + "HOLDFAST_HTTP_PORT (--http-port)")
        } catch {
            throw Unusable(
                description:
                    "nobody can listen on \(host), port \(port): \(error); name an address of this machine with "
                    + "HOLDFAST_HTTP_HOST (--http-host)")
        }
    }
}
