import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport

/// Another system's figures of store L, beside what its ledger says.
protocol BookFigures {}

extension BookFigures {
    func prepare(_ server: TestServer) async throws {
        for sku in ["A", "B", "C", "D"] { try await server.shop.addItem(sku) }
        for place in ["L", "M"] { try await server.shop.addLocation(place) }
        try await server.shop.addAlias("gtin", "04006381333931", "A", units: 6)
        _ = try await server.facts(
            fact("A", 20, "2026-01-10T08:00:00Z"), fact("B", 5, "2026-01-10T08:00:00Z"),
            fact("C", 7, "2026-01-10T08:00:00Z"))
    }

    func fact(_ sku: String, _ quantity: Int, _ at: String, type: String = "receipt") -> String {
        """
        {"eventId":"\(type)-\(sku)-\(at)","type":"\(type)","sku":"\(sku)","location":"L","quantity":\(quantity),"occurredAt":"\(at)"}
        """
    }

    func figures(_ event: String, _ lines: String, _ more: String = "", source: String = "wms") -> String {
        """
        {"source":"\(source)","eventId":"\(event)","asOf":"2026-01-10T20:00:00Z","location":"L"\(more),"lines":[\(lines)]}
        """
    }

    func statuses(_ answer: TestServer.Answer) -> [String: String] {
        var found: [String: String] = [:]
        for line in answer.json?["lines"]?.elements ?? [] {
            found[line["sku"]?.string ?? line["code"]?.string ?? ""] = line["status"]?.string
        }
        return found
    }
}
