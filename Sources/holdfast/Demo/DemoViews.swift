import Foundation
import InventoryImport
import StrictJSON

/// What a shop may show of the week's stock once it holds some back: the rules are invented, the stock is the sample's.
struct DemoViews: Sendable {
    let api: DemoClient
    let files: SampleFiles

    private static let low: Int64 = 5

    func show() async throws {
        let known = try await api.get("/v1/ring-fences?limit=1")["ringFences"]?.elements?.count
        try await sayBands()
        guard known == 0 else { return say("held back (invented)  since the demo ran first") }
        try await sayWhatIsHeldBack()
    }

    private func say(_ line: String) { print(line) }

    private func rule(_ path: String, _ quantity: Int64, _ scope: (inout JSONWriter) -> Void) async throws {
        _ = try await api.put("/v1/\(path)/demo") { writer in
            writer.object {
                $0.name("scope")
                $0.object(scope)
                $0.field("quantity", quantity)
            }
        }
    }

    private func sayBands() async throws {
        try await rule("thresholds", Self.low) { _ in }
        var counts: [String] = []
        for (band, words) in [("inStock", "in stock"), ("low", "low (\(Self.low) or fewer)"), ("out", "out")] {
            let list = try await api.get("/v1/availability?band=\(band)&limit=1&includeTotal=true")
            counts.append("\(Int(list["total"]?.integer ?? 0).grouped) \(words)")
        }
        say("what may be shown     \(counts.joined(separator: ", "))")
    }

    /// Of the best seller, where there is most of it.
    private func sayWhatIsHeldBack() async throws {
        var units: [String: Int] = [:]
        for record in try files.read(files.sales).records {
            units[record.values["sku", default: ""], default: 0] += Int(record.values["quantity", default: ""]) ?? 0
        }
        guard let sku = units.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return }
        let places = try await api.get("/v1/availability/\(sku.pathElement)")["locations"]?.elements ?? []
        let most = places.max {
            ($0["availableToSell"]?.integer ?? 0) < ($1["availableToSell"]?.integer ?? 0)
        }
        guard let most, let store = most["location"]?.string, let before = most["asOf"]?.string else { return }
        try await rule("safety-stock-rules", 1) {
            $0.field("sku", sku)
            $0.field("location", store)
        }
        try await rule("ring-fences", 2) {
            $0.field("sku", sku)
            $0.field("channel", "app")
        }
        let path = "/v1/availability/\(sku.pathElement)/\(store.pathElement)"
        let terms = try await api.get("\(path)/explain?channel=web")["terms"]?.elements ?? []
        let sum = terms.compactMap { term -> String? in
            guard let name = term["name"]?.string, let units = term["units"]?.integer, units != 0 else { return nil }
            return "\(name) \(units)"
        }.joined(separator: ", ")
        let was = try await api.get("\(path)?channel=web&asOf=\(before)")["availableToSell"]?.integer ?? 0
        say("held back (invented)  item \(sku) at store \(store), for the web: \(sum)")
        say("                      a moment before the rules it was \(was), and asOf still says so")
    }
}
