package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore

/// The HTTP server: bounds on slow clients, and every path of the service.
package func holdfastServer(
    _ services: HTTPServices, host: String, port: Int, logger: Logger,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
    var connections = services.connections
    connections.perAddressMax = services.clientLimits.connectionsMax
    let routes = try holdfastRoutes(services)
    return Application(
        router: routes.router,
        server: .guarded(services.limits, connections, lane: routes.lane),
        configuration: .bounded(services.limits, host: host, port: port, logger: logger),
        services: services.tail.map { [$0] } ?? [],
        onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) }, logger: logger)
}

extension ApplicationConfiguration {
    /// Where to listen, and for how many: whoever comes when there are too many connections waits, unanswered, until one of
    /// them ends.
    package static func bounded(_ limits: HTTPLimits, host: String, port: Int, logger: Logger) -> Self {
        .init(
            address: .hostname(host, port: port), serverName: nil,
            availableConnectionsDelegate: MaximumAvailableConnections(limits.connectionsMax, logger: logger))
    }
}
