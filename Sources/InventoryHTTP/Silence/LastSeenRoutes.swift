import Hummingbird
import Inventory
import InventoryService
import StrictJSON

/// Who reports for a location, and who has gone quiet.
struct LastSeenRoutes {
    let store: any LastSeenStore

    func add(to router: RouterGroup<AppContext>) {
        router.get("locations/{id}/sources", use: list)
    }

    /// operationId: listLocationSources
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.location("id")
        try context.requireAnySource()
        let cursor = CursorCodec("location-sources", id.text)
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let found = try await store.sources(of: id, page)
        guard let found else { throw Problem.notFound("location has the id '\(id)'") }
        return .json { writer in
            writer.object {
                found.page.write(to: &$0, "sources", cursor: cursor, key: { $0.source.text }) { writer, entry in
                    writer.object {
                        $0.field("source", entry.source.text)
                        $0.field("lastHeardAt", entry.heard?.at)
                        $0.field("heardThrough", entry.heard?.through)
                        $0.field("lagSeconds", entry.heard.map { $0.at.wholeSeconds(until: found.asOf) })
                    }
                }
                $0.field("asOf", found.asOf)
            }
        }
    }
}
