import Hummingbird
import Inventory
import StrictJSON

/// Who calls and what it may do, so that a page can offer its user just that.
struct CallerRoutes {
    func add(to router: RouterGroup<AppContext>) {
        router.get("access", use: access)
    }

    /// operationId: getAccess
    @Sendable func access(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        try query.finish()
        let caller = context.caller
        return .json { writer in
            writer.object {
                $0.field("client", caller.client?.text)
                $0.field("actor", caller.actor?.text)
                $0.name("scopes")
                $0.array(caller.scopes.list) { $0.value($1.rawValue) }
                $0.name("locations")
                $0.optional(caller.binding.locations) { $0.array($1.map(\.text).sorted()) { $0.value($1) } }
                $0.name("sources")
                $0.optional(caller.binding.sources) { $0.array($1.map(\.text).sorted()) { $0.value($1) } }
            }
        }
    }
}
