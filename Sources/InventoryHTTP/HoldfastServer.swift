package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore

/// The HTTP server: bounds on slow clients, and every path of the service.
package func holdfastServer(
    _ services: HTTPServices, host: String, port: Int, logger: Logger,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
    Application(
        router: try holdfastRouter(services),
        server: .guarded(services.limits),
        configuration: .init(address: .hostname(host, port: port), serverName: nil),
        onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) }, logger: logger)
}
