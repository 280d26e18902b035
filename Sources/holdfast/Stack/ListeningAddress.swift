import Foundation
import NIOCore

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

    /// Takes the address for a moment, and gives it back. Does not listen on it: who connects before the service is there must be
    /// refused at once, and not be accepted with nobody behind it.
    /// - Throws: `Unusable` where that is not possible.
    func check() throws(Unusable) {
        do {
            try Self.take(SocketAddress.makeAddressResolvingHost(host, port: port))
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

    private static func take(_ address: SocketAddress) throws {
        let descriptor = socket(CInt(address.protocol.rawValue), stream, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        defer { close(descriptor) }
        // As the server does: what is left of an earlier process's connections is not in the way, another that listens is.
        var isOn: CInt = 1
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
        guard address.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else {
            throw IOError(errnoCode: errno, reason: "bind")
        }
    }

    #if canImport(Glibc)
        private static let stream = CInt(SOCK_STREAM.rawValue)
    #else
        private static let stream = SOCK_STREAM
    #endif
}
