import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

/// The feed as pages.
struct EventRoutes {
    let events: EventFeed

    func add(to router: RouterGroup<AppContext>) {
        router.get("events", use: list)
    }

    /// operationId: listEvents
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let filter = query.events(for: context.caller)
        let after = query.feedCursor("after")
        let limit = query.integer("limit", in: 1...EventFeed.limitMax) ?? EventFeed.limitDefault
        try query.finish()
        let resolved = try await events.resolved(filter)
        switch try await events.page(resolved, after: after, limit: limit) {
        case .failure(let expired): throw Problem.expired(expired)
        case .success(let page):
            // Without a word, its reader would wait for ever, and miss what comes until then.
            if let after, page.events.isEmpty, page.next == after, let end = try await events.end(before: after) {
                throw Problem.ahead(end, parameter: "after")
            }
            return .json { writer in
                writer.object {
                    $0.name("events")
                    $0.array(page.events) { $0.raw(String(decoding: $1.json, as: UTF8.self)) }
                    $0.field("nextCursor", page.next.description)
                    $0.field("hasMore", page.hasMore)
                }
            }
        }
    }
}

extension EventFeed {
    /// - Throws: `Problem` for a name that nothing has.
    func resolved(_ filter: EventFilter) async throws -> ResolvedEventFilter {
        switch try await resolve(filter) {
        case .success(let resolved): return resolved
        case .failure(.group): throw Problem.unknown(parameter: "group", "no group has this id")
        case .failure(.item): throw Problem.unknown(parameter: "sku", "no item is known by it")
        case .failure(.location): throw Problem.unknown(parameter: "location", "no location has this id")
        }
    }
}

extension Query {
    /// `types`, `sku`, `location`, `group` and `channel`, held to what the caller may see.
    mutating func events(for caller: Caller) -> EventFilter {
        var filter = EventFilter()
        filter.types = eventTypes()
        filter.sku = identifier("sku")
        filter.location = identifier("location")
        filter.group = identifier("group")
        filter.channel = identifier("channel")
        filter.within = caller.binding.locations
        filter.sources = caller.binding.sources
        filter.client = caller.client
        filter.readsReservations = caller.client == nil || caller.scopes.contains(.reservationsRead)
        return filter
    }

    /// Names with commas between; `reservation.*` stands for all that begin so.
    private mutating func eventTypes() -> Set<EventType> {
        guard let text = text("types") else { return [] }
        var types: Set<EventType> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            let found = EventType.called(name)
            if found.isEmpty {
                report(
                    "types",
                    "'\(name.prefix(64))' is no type of event; the types are "
                        + EventType.allCases.map(\.rawValue).joined(separator: ", "))
                break
            }
            types.formUnion(found)
        }
        return types
    }

    mutating func feedCursor(_ name: String) -> EventCursor? {
        guard let text = text(name) else { return nil }
        guard let cursor = EventCursor(text) else {
            report(name, "is no cursor of the feed; send an event's id or nextCursor as it was")
            return nil
        }
        return cursor
    }
}

extension Problem {
    /// A cursor that the feed has not come to.
    static func ahead(_ end: EventCursor, parameter: String) -> Problem {
        .invalid(
            parameter: parameter,
            "is ahead of the feed, which ends at \(end): it is another database's; read the snapshot again")
    }

    static func expired(_ expired: CursorExpired) -> Problem {
        Problem(
            .cursorExpired,
            "events behind this cursor are no longer kept; the oldest kept are behind \(expired.oldest). Start again from "
                + "GET /v1/availability-snapshot, which begins with a cursor")
    }
}
