import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Items A and B, at L and M: so many of each at L, and three of A at M.
func withStock(
    _ units: Int = 5, clock: TestClock = .running, _ body: @escaping @Sendable (TestServer) async throws -> Void
) async throws {
    try await TestServer.run(clock: clock) { server async throws in
        for sku in ["A", "B"] { try await server.shop.addItem(sku) }
        for location in ["L", "M"] { try await server.shop.addLocation(location) }
        _ = try await server.facts(
            receipt("in/A/L", "A", "L", units), receipt("in/A/M", "A", "M", 3), receipt("in/B/L", "B", "L", units))
        try await body(server)
    }
}

func receipt(_ event: String, _ sku: String, _ location: String, _ units: Int) -> String {
    "{\"eventId\":\"\(event)\",\"type\":\"receipt\",\"sku\":\"\(sku)\",\"location\":\"\(location)\",\"quantity\":\(units)}"
}

extension TestServer {
    func reserve(_ body: String, key: String = UUID().uuidString) async throws -> Answer {
        try await send(.post, "/v1/reservations", body, headers: keyed(key))
    }

    func reserve(
        lines: [(sku: String, quantity: Int)], at location: String = "L", more: String = ""
    ) async throws -> Answer {
        let lines = lines.map { "{\"sku\":\"\($0.sku)\",\"quantity\":\($0.quantity)}" }.joined(separator: ",")
        return try await reserve("{\"method\":\"pickup\",\"location\":\"\(location)\"\(more),\"lines\":[\(lines)]}")
    }

    func act(
        _ name: String, _ id: String, _ body: String? = nil, key: String? = nil
    ) async throws -> Answer {
        try await send(.post, "/v1/reservations/\(id)/\(name)", body, headers: key.map(keyed) ?? [:])
    }

    func patchReservation(_ id: String, _ body: String, ifMatch: String? = nil) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/merge-patch+json"]
        headers[.ifMatch] = ifMatch
        return try await send(.patch, "/v1/reservations/\(id)", body, headers: headers)
    }

    func available(_ sku: String, _ location: String = "L") async throws -> Int64? {
        try await get("/v1/availability/\(sku)/\(location)").json?["availableToSell"]?.integer
    }

    /// Lets time pass until a hold has ended, and does nothing else. Needs a settable clock.
    func passExpiry(of id: String) async throws {
        let text = try #require(try await get("/v1/reservations/\(id)").json?["expiresAt"]?.string)
        let end = try #require(Timestamp(rfc3339: text))
        let secondsLeft = Double(end.microseconds) / 1_000_000 - Date().timeIntervalSince1970
        // One more for the part of a second that is cut off.
        try await shop.advanceClock(bySeconds: Int64(secondsLeft) + 1)
    }
}

extension TestServer.Answer {
    var id: String { get throws { try #require(json?["id"]?.string, "\(body)") } }
    var lines: [JSONValue] { json?["lines"]?.elements ?? [] }
    /// The first one's id.
    var allocation: String {
        get throws { try #require(lines.first?["allocations"]?[0]?["id"]?.string, "\(body)") }
    }
    var verdicts: [String] { json?["results"]?.elements?.compactMap { $0["verdict"]?.string } ?? [] }
}
