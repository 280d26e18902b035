import Foundation
import InventoryImport
import InventoryService
import StrictJSON

/// The figures of a closed day of the sample's week, and of today with the demo's own orders, each figure with where to look
/// behind it.
struct DemoFigures: Sendable {
    let api: DemoClient
    let base: String
    let files: SampleFiles

    func show() async throws {
        let sold = try files.read(files.sales).records.compactMap { $0.values["occurredAt"]?.prefix(10) }
        let days = Dictionary(grouping: sold) { $0 }.mapValues(\.count)
        if let busiest = days.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key, ExportDay(busiest) != nil {
            try await say(String(busiest))
        }
        try await say("\(ExportDay(Int64(Date().timeIntervalSince1970) / 86_400))")
    }

    private func say(_ day: String) async throws {
        var rows: [JSONValue] = []
        var cursor: String?
        repeat {
            let page = try await api.get("/v1/kpis?from=\(day)&limit=200\(cursor.map { "&cursor=\($0)" } ?? "")")
            rows += page["kpis"]?.elements ?? []
            cursor = page["nextCursor"]?.string
        } while cursor != nil
        func total(_ name: String, _ field: String) -> Int {
            rows.reduce(0) { $0 + Int($1[name]?[field]?.integer ?? 0) }
        }
        let late = rows.reduce(0) { $0 + Int($1["lateLines"]?.integer ?? 0) }
        let state = rows.first?["closed"]?.boolean == true ? "closed" : "so far"
        print(
            "figures of \(day)  \(state): \(total("fill", "handedOverUnits").grouped) units handed over, "
                + "\(total("fill", "cancelledUnits").grouped) cancelled, \(total("oversold", "units").grouped) oversold, "
                + "\(total("notFound", "units").grouped) not found, \(total("timeToReady", "count").grouped) promises made ready, "
                + "\(total("duplicates", "lines").grouped) facts sent again, \(late.grouped) lines late")
        if let location = rows.first?["location"]?.string {
            print("                      what is behind one: curl '\(base)/v1/kpis/\(day)/\(location)/late?limit=3'")
        }
    }
}
