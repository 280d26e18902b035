import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// Who reports for a location, and who has gone quiet.
struct LastSeenRoutes {
    let facts: ClientFacts
    let store: any LastSeenStore
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("locations/{id}/sources", use: list)
        router.post("sources/{id}/heartbeat", use: beat)
    }

    /// operationId: sendHeartbeat
    @Sendable func beat(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.source("id")
        guard id != .holdfast else {
            throw Problem.invalid(parameter: "id", "'holdfast' is reserved for the service's own lines")
        }
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        var named = try readBody(body) { reader -> [LocationID]? in
            reader.identifiers("locations", countMax: Source.locationsMax, LocationKind.self)
        }
        try context.requireOwn(named.enumerated().map { (pointer: "/locations/\($0)", location: $1) })
        // Who is bound speaks for its own.
        if named.isEmpty { named = context.caller.binding.locations?.sorted() ?? [] }
        let number = try await facts.number(of: id)
        switch try await store.heartbeat(of: number, at: named.isEmpty ? nil : named) {
        case .success(let heartbeat):
            return .json { writer in
                writer.object {
                    $0.field("source", id.text)
                    $0.name("locations")
                    $0.array(heartbeat.locations) { $0.value($1.text) }
                    $0.field("at", heartbeat.at)
                }
            }
        case .failure(.unknownLocation(let place)):
            throw Problem.unknown(pointer: "/locations/\(place)", "no location has this id; create it first")
        case .failure(.nowhere):
            throw Problem.unknown(
                pointer: "/locations", "this source has no locations yet; list them in `locations`")
        }
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
