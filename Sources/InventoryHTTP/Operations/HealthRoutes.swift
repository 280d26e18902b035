import Hummingbird
import StrictJSON

/// Whether the process runs, and whether it can do its work.
struct HealthRoutes {
    /// True when the database answers.
    let isReady: @Sendable () async -> Bool

    func add(to router: RouterGroup<AppContext>) {
        router.get("health/live") { _, _ in
            Response.json { writer in writer.object { $0.field("status", "live") } }
        }
        router.get("health/ready", use: ready)
    }

    /// operationId: healthReady
    @Sendable private func ready(_ request: Request, context: AppContext) async throws -> Response {
        guard await isReady() else { throw Problem(.overloaded, "the database cannot be reached; waiting for it") }
        return .json { writer in
            writer.object {
                $0.field("status", "ready")
                $0.name("checks")
                $0.object { $0.field("database", "up") }
            }
        }
    }
}
