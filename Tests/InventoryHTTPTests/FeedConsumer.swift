import StrictJSON
import Testing

/// A consumer that knows nothing but the public interface: it begins with a snapshot, follows the feed, and so has a copy of
/// all balances, bands and open reservations.
struct FeedConsumer {
    /// By sku and location: version, figures, what can be sold, and the band.
    private(set) var balances: [String: [String]] = [:]
    /// By sku and group; those that are not out.
    private(set) var networkBands: [String: String] = [:]
    /// Open ones, by id: their state, version and cover.
    private(set) var reservations: [String: [String]] = [:]
    private(set) var cursor = ""
    /// Ids of all events, in the order received.
    private(set) var received: [String] = []

    private var versions: [String: Int64] = [:]

    init(snapshotOf server: TestServer) async throws {
        let answer = try await server.get("/v1/availability-snapshot?include=bands,reservations")
        let lines = answer.body.split(separator: "\n").compactMap { try? JSONDocument(parsing: Array($0.utf8)).root }
        try #require(lines.last?["kind"]?.string == "end", "\(answer.body)")
        cursor = try #require(lines.first?["cursor"]?.string)
        for line in lines {
            guard let data = line["data"] else { continue }
            switch line["kind"]?.string {
            case "availability": takeBalance(data)
            case "band": takeNetworkBand(data)
            case "reservation": takeReservation(data)
            default: break
            }
        }
    }

    /// Reads pages until there is no more.
    mutating func follow(_ server: TestServer, pageSize: Int) async throws {
        while true {
            let page = try await server.get("/v1/events?after=\(cursor)&limit=\(pageSize)")
            for event in try #require(page.json?["events"]?.elements, "\(page.body)") {
                received.append(try #require(event["id"]?.string))
                guard let type = event["type"]?.string, let data = event["data"] else { continue }
                switch type {
                case "inventory.availability.changed": takeBalance(data)
                case "inventory.band.changed": takeNetworkBand(data)
                default: if type.hasPrefix("reservation.") { takeReservation(data) }
                }
            }
            cursor = try #require(page.json?["nextCursor"]?.string)
            if page.json?["hasMore"]?.boolean != true { return }
        }
    }

    private mutating func takeBalance(_ data: JSONValue) {
        guard let sku = data["sku"]?.string, let location = data["location"]?.string else { return }
        let key = "\(sku)/\(location)"
        let version = data["version"]?.integer ?? 0
        guard version >= versions[key] ?? 0 else { return }
        versions[key] = version
        let figures = [
            "onHand", "reserved", "safetyStock", "damaged", "inspection", "suspect", "inTransit", "ringFencedForOthers",
            "availableToSell", "shortfall",
        ].map { data[$0]?.integer.map { "\($0)" } ?? "-" }
        balances[key] =
            ["\(version)"] + figures + [data["band"]?.string ?? "", "\(data["eligible"]?.boolean ?? false)"]
    }

    private mutating func takeNetworkBand(_ data: JSONValue) {
        guard data["location"]?.string == nil, let sku = data["sku"]?.string else { return }
        let band = data["band"]?.string
        networkBands["\(sku) \(data["group"]?.string ?? "*")"] = band == "out" ? nil : band
    }

    private mutating func takeReservation(_ data: JSONValue) {
        guard let id = data["id"]?.string, let state = data["state"]?.string else { return }
        let isOpen = ["held", "confirmed", "ready", "notFound"].contains(state)
        reservations[id] =
            isOpen
            ? [
                state, "\(data["version"]?.integer ?? 0)", "\(data["atRisk"]?.boolean ?? false)",
                "\(data["lines"]?[0]?["quantity"]?.integer ?? 0)",
            ] : nil
    }
}
