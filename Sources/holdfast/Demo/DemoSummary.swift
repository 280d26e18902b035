import Foundation
import InventoryImport
import StrictJSON

/// What a retailer would want to know after the week, asked of the API.
struct DemoSummary: Sendable {
    let api: DemoClient
    let base: String
    let files: SampleFiles
    let sales: VerdictCounts

    private static let bestSellersShown = 8
    private static let emptyShelvesShown = 5
    private static let pairsPerQuestion = 5_000

    private struct Shelf {
        let store: String
        let sku: String
        let onHand: Int64
    }

    /// - Returns: what to try first.
    func print() async throws -> (sku: String, store: String) {
        let stores = try await api.get("/v1/locations?limit=1&includeTotal=true")["total"]?.integer ?? 0
        let items = try await api.get("/v1/items?limit=1&includeTotal=true")["total"]?.integer ?? 0
        say("")
        say("The week in Holdfast (real sales; the opening stock is derived from them, not real)")
        say("  stores \(Int(stores).grouped), items \(Int(items).grouped), sales lines: \(sales.text)")
        for detail in sales.details { say("  \(detail)") }
        let sample = try await sayBestSellers()
        try await sayEmptyShelves()
        return sample
    }

    private func say(_ line: String) { Swift.print(line) }

    private func sayBestSellers() async throws -> (sku: String, store: String) {
        var units: [String: Int] = [:]
        for record in try files.read(files.sales).records {
            units[record.values["sku", default: ""], default: 0] += Int(record.values["quantity", default: ""]) ?? 0
        }
        let best = units.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.bestSellersShown)
        say("")
        say("  best sellers                                   sold   left to sell, in stores")
        for (sku, sold) in best {
            let name = try await api.get("/v1/items/\(sku.pathElement)")["name"]?.string ?? sku
            let answer = try await api.get("/v1/availability/\(sku.pathElement)")
            let left = Int(answer["availableToSell"]?.integer ?? 0)
            let shops = answer["locations"]?.elements?.count { ($0["availableToSell"]?.integer ?? 0) > 0 } ?? 0
            say(
                "  " + "\(sku)  \(name)".padding(toLength: 42, withPad: " ", startingAt: 0)
                    + Self.right(sold.grouped, 9) + Self.right(left.grouped, 15) + Self.right(shops.grouped, 11))
        }
        let sku = best.first?.key ?? ""
        // Whoever tries it first should see something on the shelf.
        let places = try await api.get("/v1/availability/\(sku.pathElement)")["locations"]?.elements ?? []
        let store = places.max { ($0["availableToSell"]?.integer ?? 0) < ($1["availableToSell"]?.integer ?? 0) }
        return (sku, store?["location"]?.string ?? "")
    }

    private func sayEmptyShelves() async throws {
        let pairs = try files.read(files.opening).records.map {
            (sku: $0.values["sku", default: ""], store: $0.values["location", default: ""])
        }
        var empty: [Shelf] = []
        for start in stride(from: 0, to: pairs.count, by: Self.pairsPerQuestion) {
            let part = pairs[start..<min(start + Self.pairsPerQuestion, pairs.count)]
            let answer = try await api.post("/v1/availability-queries") { writer in
                writer.object {
                    $0.name("pairs")
                    $0.array(part) { writer, pair in
                        writer.object {
                            $0.field("sku", pair.sku)
                            $0.field("location", pair.store)
                        }
                    }
                }
            }
            for (pair, result) in zip(part, answer["results"]?.elements ?? []) {
                let onHand = result["availability"]?["onHand"]?.integer ?? 0
                if onHand <= 0 { empty.append(Shelf(store: pair.store, sku: pair.sku, onHand: onHand)) }
            }
        }
        let below = empty.count { $0.onHand < 0 }
        say("")
        say(
            "  shelves that ran empty: \(empty.count.grouped) of \(pairs.count.grouped), \(below.grouped) of them sold "
                + "more than the books had")
        let worst = empty.sorted { ($0.onHand, $0.sku) < ($1.onHand, $1.sku) }.prefix(Self.emptyShelvesShown)
        for shelf in worst {
            say("    item \(shelf.sku) at store \(shelf.store): \(shelf.onHand) on hand: count it, the stock was wrong")
        }
    }

    func sayWhatNext(_ sample: (sku: String, store: String)) {
        say("")
        say("Holdfast serves on \(base)")
        say("  pages for people     \(base)/")
        say("  contract to browse   \(base)/docs")
        say("  contract as a file   \(base)/openapi.yaml")
        say("Try:")
        say("  curl '\(base)/v1/availability/\(sample.sku)/\(sample.store)'")
        say("  curl '\(base)/v1/movements?sku=\(sample.sku)&location=\(sample.store)&limit=3'")
        say(
            "  curl -H 'Content-Type: application/json' '\(base)/v1/movements' -d '{\"source\":\"pos-\(sample.store)\","
                + "\"lines\":[{\"eventId\":\"try/1\",\"type\":\"sale\",\"sku\":\"\(sample.sku)\",\"location\":\"\(sample.store)\","
                + "\"quantity\":1}]}'")
        say("Stop it with Ctrl-C. Started again it resumes with the same data.")
        // Somebody may be reading this behind a pipe while the demo serves on.
        fflush(nil)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
