import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport

/// Stores that ship, for tests of where an order is taken from.
protocol ShippingCities {}

extension ShippingCities {
    /// Four cities; Munich has both items, the others one each or little.
    func withCities(
        _ change: @escaping @Sendable (String, inout Location) -> Void = { _, _ in }, clock: TestClock = .running,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(clock: clock) { server async throws in
            for sku in ["A", "B", "C"] { try await server.shop.addItem(sku) }
            let cities: [(String, Double, Double, Int64)] = [
                ("berlin", 52.5, 13.4, 390), ("hamburg", 53.55, 10, 440), ("munich", 48.1, 11.6, 490),
                ("cologne", 50.9, 6.96, 540),
            ]
            for (place, city) in cities.enumerated() {
                try await server.shop.addLocation(city.0) { location in
                    location.coordinates = Coordinates(latitude: city.1, longitude: city.2)
                    location.costPerShipment = Money(amount: city.3, currency: "EUR")
                    location.costPerKm = Money(amount: 1, currency: "EUR")
                    location.priority = Int64(10 - place)
                    location.timeZone = noonZone
                    change(city.0, &location)
                }
            }
            _ = try await server.facts(
                receipt("1", "A", "berlin", 3), receipt("2", "A", "hamburg", 5), receipt("3", "A", "munich", 5),
                receipt("4", "B", "munich", 2), receipt("5", "B", "cologne", 10))
            try await body(server)
        }
    }

    static var nearHamburg: String { "\"shipTo\":{\"latitude\":53.0,\"longitude\":10.5}" }

    func ship(
        _ server: TestServer, _ lines: [(String, Int)], _ more: String = "", key: String = UUID().uuidString
    ) async throws -> TestServer.Answer {
        let lines = lines.map { "{\"sku\":\"\($0.0)\",\"quantity\":\($0.1)}" }.joined(separator: ",")
        return try await server.reserve(
            "{\"method\":\"ship\",\(Self.nearHamburg)\(more),\"lines\":[\(lines)]}", key: key)
    }

    func shipping(_ answer: TestServer.Answer) -> [String] {
        answer.json?["sourcing"]?["shipments"]?.elements?.compactMap { shipment in
            shipment["location"]?.string.map { "\($0) \(shipment["units"]?.integer ?? 0)" }
        } ?? []
    }
}
