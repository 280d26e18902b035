import Hummingbird
import Inventory
import InventoryService
import StrictJSON

/// What a consumer of the feed starts with: all that can be followed, as lines of JSON, behind a cursor.
struct SnapshotRoutes {
    let events: EventFeed
    let store: any SnapshotStore
    let reservations: ReservationService
    let slots: StreamSlots

    func add(to router: RouterGroup<AppContext>) {
        router.get("availability-snapshot", use: snapshot)
    }

    /// operationId: getAvailabilitySnapshot
    @Sendable func snapshot(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = EventFilter()
        filter.location = query.identifier("location")
        filter.group = query.identifier("group")
        let parts = query.snapshotParts()
        try query.finish()
        try context.requireOwn(filter)
        let caller = context.caller
        if parts.contains(.reservations), caller.client != nil, !caller.scopes.contains(.reservationsRead) {
            var problem = Problem(.forbidden, "reservations of others need the scope reservations:read")
            problem.scopes = [.init([.reservationsRead])]
            throw problem
        }
        let resolved = try await events.resolved(filter)
        var locations = resolved.members
        if let location = filter.location { locations = (locations ?? [location]).intersection([location]) }
        if let bound = caller.binding.locations { locations = (locations ?? bound).intersection(bound) }
        // Bands of networks are about more than some locations.
        let showsBands = parts.contains(.bands) && caller.binding.locations == nil && filter.location == nil
        let isFile = request.headers[.accept]?.contains("application/octet-stream") == true
        let headers: HTTPFields = [
            .contentType: isFile ? "application/octet-stream" : "application/x-ndjson",
            .vary: "Accept, Accept-Encoding", .cacheControl: "private, no-cache",
        ]
        let slot = try slots.take()
        let cursor = try await events.endOfAll()
        let (store, reservations, group) = (store, reservations, filter.group)
        return .streamed(request, headers: headers, slot: slot, asGzipFile: isFile) { [locations] in
            SnapshotPages(
                store: store, reservations: reservations, caller: caller, cursor: cursor, locations: locations,
                group: group, showsBands: showsBands, showsReservations: parts.contains(.reservations))
        }
    }
}

/// Parts of a snapshot that are sent when they are asked for.
private enum SnapshotPart: String, CaseIterable {
    case bands, reservations
}

extension Query {
    /// `include`.
    fileprivate mutating func snapshotParts() -> Set<SnapshotPart> {
        guard let text = text("include") else { return [] }
        var parts: Set<SnapshotPart> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let part = SnapshotPart(rawValue: String(name)) else {
                report("include", "takes bands and reservations, with a comma between")
                return []
            }
            parts.insert(part)
        }
        return parts
    }
}

/// A snapshot page by page. No transaction spans two.
private struct SnapshotPages: StreamedPages {
    let store: any SnapshotStore
    let reservations: ReservationService
    let caller: Caller
    let cursor: EventCursor
    /// Nil for all.
    let locations: Set<LocationID>?
    let group: GroupID?
    let showsBands: Bool
    let showsReservations: Bool

    /// What comes next, and behind which of it.
    private enum Stage {
        case head
        case balances(BalanceKey?)
        case bands(NetworkBandKey?)
        case reservations(ReservationPosition?)
        case tail, over
    }

    private var stage = Stage.head
    private var lineCount: Int64 = 0

    private static let linesPerPage = 1_000
    /// Reservations are dearer.
    private static let reservationsPerPage = 200

    init(
        store: any SnapshotStore, reservations: ReservationService, caller: Caller, cursor: EventCursor,
        locations: Set<LocationID>?, group: GroupID?, showsBands: Bool, showsReservations: Bool
    ) {
        self.store = store
        self.reservations = reservations
        self.caller = caller
        self.cursor = cursor
        self.locations = locations
        self.group = group
        self.showsBands = showsBands
        self.showsReservations = showsReservations
    }

    mutating func next() async throws -> [UInt8]? {
        var lines = Lines()
        switch stage {
        case .head:
            lines.add {
                $0.field("kind", "snapshot")
                $0.field("cursor", cursor.description)
            }
            stage = .balances(nil)
        case .balances(let key):
            let page = try await store.balances(after: key, at: locations, limit: Self.linesPerPage)
            for view in page.views { lines.add("availability") { $0.availability(view, heard: nil) } }
            stage = page.last.map { .balances($0) } ?? (showsBands ? .bands(nil) : afterBands)
        case .bands(let key):
            let page = try await store.networkBands(after: key, of: group, limit: Self.linesPerPage)
            for change in page.bands { lines.add("band") { $0.band(change, isChange: false) } }
            stage = page.last.map { .bands($0) } ?? afterBands
        case .reservations(let position):
            var filter = ReservationFilter()
            filter.states = .open
            filter.within = locations
            let page = try await reservations.reservations(
                filter, after: position, limit: Self.reservationsPerPage, includesTotal: false, for: caller
            ).value
            for answer in page.elements { lines.add("reservation") { $0.reservation(answer, [:]) } }
            stage = .tail
            if page.hasMore, let last = page.elements.last?.reservation {
                stage = .reservations(ReservationPosition(dueAt: last.dueAt, id: last.id))
            }
        case .tail:
            // Without this line the answer was cut off.
            let before = lineCount
            lines.add {
                $0.field("kind", "end")
                $0.field("lines", before)
            }
            stage = .over
        case .over: return nil
        }
        lineCount += lines.count
        return lines.bytes
    }

    private var afterBands: Stage { showsReservations ? .reservations(nil) : .tail }
}

/// Lines of JSON, and how many.
private struct Lines {
    private(set) var bytes: [UInt8] = []
    private(set) var count: Int64 = 0

    mutating func add(_ members: (inout JSONWriter) -> Void) {
        var line = JSONWriter()
        line.object(members)
        bytes += line.bytes
        bytes.append(UInt8(ascii: "\n"))
        count += 1
    }

    mutating func add(_ kind: String, _ data: (inout JSONWriter) -> Void) {
        add {
            $0.field("kind", kind)
            $0.name("data")
            data(&$0)
        }
    }
}
