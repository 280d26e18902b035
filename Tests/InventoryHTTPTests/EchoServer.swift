import Hummingbird
import InventoryHTTP
import Logging
import Testing

/// The service's connections with a few routes of a test's own behind them, and no database.
enum EchoServer {
    static func run(
        limits: HTTPLimits = HTTPLimits(), connections: ConnectionOptions = ConnectionOptions(),
        _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let router = Router(context: AppContext.self)
        // Who the service takes the client for.
        router.get("client") { request, context in
            var context = context
            context.locateClient(of: request)
            return "\(context.clientAddress?.description ?? "-") \(context.clientCertificate?.fingerprint ?? "-")"
        }
        router.get("slow") { _, _ in
            try await Task.sleep(for: .seconds(2))
            return "done"
        }
        router.get("large") { _, _ in String(repeating: "x", count: 1 << 20) }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let server = Application(
            router: router, server: .guarded(limits, connections),
            configuration: .bounded(limits, host: "127.0.0.1", port: 0, logger: quiet),
            onServerRunning: { channel in running.yield(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            for await port in ports {
                try await body(port)
                break
            }
            tasks.cancelAll()
            _ = try? await tasks.waitForAll()
        }
    }
}
