import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

/// What a consumer of the feed starts with: all that can be followed, as lines of JSON, behind a cursor.
struct SnapshotRoutes {
    let events: EventFeed
    let store: any SnapshotStore
    let reservations: ReservationService

    private static let ndjson = "application/x-ndjson"
    private static let linesPerPage = 1_000
    /// Reservations are dearer.
    private static let reservationsPerPage = 200

    func add(to router: RouterGroup<AppContext>) {
        router.get("availability-snapshot", use: snapshot)
    }

    private enum Part: String, CaseIterable {
        case bands, reservations
    }

    /// operationId: getAvailabilitySnapshot
    @Sendable func snapshot(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = EventFilter()
        filter.location = query.identifier("location")
        filter.group = query.identifier("group")
        let parts = Self.parts(&query)
        try query.finish()
        let caller = context.caller
        let group = filter.group
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
        let cursor = try await events.endOfAll()
        let body = ResponseBody { [self, locations] writer in
            var lines = LineCount()
            try await writer.write(
                lines.bytes(of: [
                    {
                        $0.object {
                            $0.field("kind", "snapshot")
                            $0.field("cursor", cursor.description)
                        }
                    }
                ]))
            var key: BalanceKey?
            repeat {
                let page = try await store.balances(after: key, at: locations, limit: Self.linesPerPage)
                let buffer = lines.bytes(
                    of: page.views.map { view in
                        { $0.snapshotLine("availability") { $0.availability(view, heard: nil) } }
                    })
                try await writer.write(buffer)
                key = page.last
            } while key != nil
            if showsBands {
                var band: NetworkBandKey?
                repeat {
                    let page = try await store.networkBands(
                        after: band, of: group, limit: Self.linesPerPage)
                    let buffer = lines.bytes(
                        of: page.bands.map { change in
                            { $0.snapshotLine("band") { $0.band(change, isChange: false) } }
                        })
                    try await writer.write(buffer)
                    band = page.last
                } while band != nil
            }
            if parts.contains(.reservations) {
                var filter = ReservationFilter()
                filter.states = .open
                filter.within = locations
                var after: ReservationPosition?
                repeat {
                    let page = try await reservations.reservations(
                        filter, after: after, limit: Self.reservationsPerPage, includesTotal: false, for: caller
                    ).value
                    let buffer = lines.bytes(
                        of: page.elements.map { answer in
                            { $0.snapshotLine("reservation") { $0.reservation(answer, [:]) } }
                        })
                    try await writer.write(buffer)
                    after =
                        page.hasMore
                        ? page.elements.last.map {
                            ReservationPosition(dueAt: $0.reservation.dueAt, id: $0.reservation.id)
                        } : nil
                } while after != nil
            }
            // Without this line the stream was cut off.
            let count = lines.count
            try await writer.write(
                lines.bytes(of: [
                    {
                        $0.object {
                            $0.field("kind", "end")
                            $0.field("lines", count)
                        }
                    }
                ]))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: Self.ndjson], body: body)
    }

    private static func parts(_ query: inout Query) -> Set<Part> {
        guard let text = query.text("include") else { return [] }
        var parts: Set<Part> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let part = Part(rawValue: String(name)) else {
                query.report("include", "takes bands and reservations, with a comma between")
                return []
            }
            parts.insert(part)
        }
        return parts
    }
}

/// Makes lines and counts them.
private struct LineCount {
    private(set) var count: Int64 = 0

    mutating func bytes(of lines: [(inout JSONWriter) -> Void]) -> ByteBuffer {
        var bytes: [UInt8] = []
        for line in lines {
            var json = JSONWriter()
            line(&json)
            bytes += json.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
        count += Int64(lines.count)
        return ByteBuffer(bytes: bytes)
    }
}

extension JSONWriter {
    fileprivate mutating func snapshotLine(_ kind: String, _ data: (inout JSONWriter) -> Void) {
        object {
            $0.field("kind", kind)
            $0.name("data")
            data(&$0)
        }
    }
}
