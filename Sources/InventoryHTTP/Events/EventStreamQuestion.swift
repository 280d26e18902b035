import HTTPTypes
import Hummingbird
import Inventory
import InventoryService

/// What a client wants to follow, and from where.
struct EventStreamQuestion {
    let filter: EventFilter
    /// Nil: from now on.
    let after: EventCursor?
    /// Where `after` was said.
    let parameter: String
    /// Its client may see only what shoppers see.
    let isPublic: Bool

    private static let lastEventID = HTTPField.Name("Last-Event-ID")

    init(_ request: Request, _ context: AppContext) throws {
        var query = Query(request)
        var filter = query.events(for: context.caller)
        var after = query.feedCursor("after")
        var parameter = "after"
        // A browser that comes back asks for the same address with the header: the header is newer.
        let named = Self.lastEventID.flatMap { request.headers[$0] } ?? ""
        if !named.isEmpty {
            parameter = "Last-Event-ID"
            after = EventCursor(named)
            if after == nil { query.report(parameter, "is not the id of an event; send back one that was received") }
        }
        try query.finish()
        let caller = context.caller
        isPublic = !caller.scopes.contains(.eventsRead)
        if isPublic {
            guard filter.types.isSubset(of: [.bandChanged]) else { throw Problem(needing: Scopes([.eventsRead])) }
            filter.types = [.bandChanged]
            filter.readsStock = false
            filter.readsReservations = false
        }
        try context.requireOwn(filter)
        self.filter = filter
        self.after = after
        self.parameter = parameter
    }
}
