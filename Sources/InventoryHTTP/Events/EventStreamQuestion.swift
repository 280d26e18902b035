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
        var filter = EventFilter()
        filter.types = query.eventTypes("types")
        filter.sku = query.identifier("sku")
        filter.location = query.identifier("location")
        filter.group = query.identifier("group")
        filter.channel = query.identifier("channel")
        var after = query.eventCursor("after")
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
        }
        filter.within = caller.binding.locations
        filter.readsReservations = !isPublic && caller.sees(reservationOf: nil)
        filter.client = caller.client
        if let location = filter.location, !caller.binding.allows(location) {
            throw Problem.notBound(parameter: "location", to: "locations")
        }
        self.filter = filter
        self.after = after
        self.parameter = parameter
    }
}

extension Query {
    /// Several with commas between them.
    mutating func eventTypes(_ name: String) -> Set<EventType> {
        guard let text = text(name) else { return [] }
        var types: Set<EventType> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false).prefix(EventFilter.typesMax + 1) {
            guard let type = EventType(rawValue: String(word)) else {
                report(name, "'\(word)' is not the type of an event; docs/streaming.md lists them")
                return []
            }
            types.insert(type)
        }
        return types
    }

    mutating func eventCursor(_ name: String) -> EventCursor? {
        guard let text = text(name) else { return nil }
        guard let cursor = EventCursor(text) else {
            report(name, "is not a cursor of the feed; send back one that was received")
            return nil
        }
        return cursor
    }
}
