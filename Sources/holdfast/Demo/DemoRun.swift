import Foundation
import InventoryHTTP
import InventoryImport
import StrictJSON

/// The demo's own way through the API: master data, opening stock, a week of sales, and what came of them.
struct DemoRun: Sendable {
    let api: DemoClient
    let base: String
    let files: SampleFiles
    /// Whose examples can be tried here.
    let contract: ServedContract
    /// Takes all that was committed into the feed of events.
    let catchUp: @Sendable () async throws -> Void

    private static let requestsInFlight = 8
    private static let windowRecords = 2_000

    func run() async throws {
        try await waitUntilReady()
        var examples = DemoExamples(api: api, files: files)
        try await examples.make(early: true)
        try await putStores()
        try await putItems()
        _ = try await post(files.opening, title: "opening stock (derived)")
        let sales = try await post(files.sales, title: "a week of sales      ")
        try await DemoOrders(api: api, files: files).take()
        try await DemoViews(api: api, files: files).show()
        try await DemoShipping(api: api, files: files).ship()
        try await DemoFigures(api: api, base: base, files: files).show()
        // Whoever follows events after the demo says that it serves must not wait for a week's.
        let events = ProgressBar(title: "events               ")
        try await catchUp()
        events.finish("ready to be followed")
        let summary = DemoSummary(api: api, base: base, files: files, sales: sales)
        let sample = try await summary.print()
        // After all figures, which are the week's alone.
        try await examples.make(early: false)
        contract.replace(examples.names)
        summary.sayWhatNext(sample)
    }

    private func waitUntilReady() async throws {
        _ = try await api.get("/health/ready")
    }

    private func putStores() async throws {
        let stores = try files.read(files.stores).records
        let known = try await api.get("/v1/locations?limit=1&includeTotal=true")["total"]?.integer ?? 0
        // On a second start they are there, and people may have changed them.
        if known >= stores.count {
            return print("stores: \(stores.count.grouped) are there already")
        }
        try await forEach(stores, title: "stores               ") { store in
            _ = try await api.put("/v1/locations/\(store.values["id", default: ""].pathElement)") {
                $0.object { $0.field("name", store.values["name"]) }
            }
        }
    }

    private func putItems() async throws {
        let items = try files.read(files.items).records
        let known = try await api.get("/v1/items?limit=1&includeTotal=true")["total"]?.integer ?? 0
        // On a second start the items are there, and putting eleven thousand again would only take time.
        if known >= items.count {
            return print("items: \(items.count.grouped) are there already")
        }
        try await forEach(items, title: "items                ") { item in
            _ = try await api.put("/v1/items/\(item.values["sku", default: ""].pathElement)") {
                $0.object { $0.field("name", item.values["name"]) }
            }
        }
    }

    private func forEach(
        _ records: [MappedRecord], title: String, _ body: @escaping @Sendable (MappedRecord) async throws -> Void
    ) async throws {
        let bar = ProgressBar(title: title)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, record) in records.enumerated() {
                if index >= Self.requestsInFlight { try await group.next() }
                group.addTask { try await body(record) }
                bar.show(
                    fraction: Double(index) / Double(records.count), "\(index.grouped) of \(records.count.grouped)")
            }
            try await group.waitForAll()
        }
        bar.finish("\(records.count.grouped)")
    }

    /// Posts fact lines, each source's lines of a stretch of time as one request.
    private func post(_ pair: (file: String, map: String), title: String) async throws -> VerdictCounts {
        let (records, skipped) = try files.read(pair)
        let bar = ProgressBar(title: title)
        let started = ContinuousClock.now
        var counts = skipped
        var done = 0
        for start in stride(from: 0, to: records.count, by: Self.windowRecords) {
            let window = records[start..<min(start + Self.windowRecords, records.count)]
            let bySource = Dictionary(grouping: window) { $0.values["source", default: ""] }
            try await withThrowingTaskGroup(of: VerdictCounts.self) { group in
                for (index, entry) in bySource.enumerated() {
                    if index >= Self.requestsInFlight, let answered = try await group.next() { counts.add(answered) }
                    group.addTask { try await post(entry.value, of: entry.key) }
                }
                for try await answered in group { counts.add(answered) }
            }
            done += window.count
            let rate = Int(Double(done) / max(0.001, started.seconds))
            bar.show(
                fraction: Double(done) / Double(records.count),
                "\(done.grouped) lines  \(rate.grouped)/s  \(counts.text)")
        }
        let rate = Int(Double(done) / max(0.001, started.seconds))
        bar.finish("\(done.grouped) lines  \(rate.grouped)/s  \(counts.text)")
        return counts
    }

    private func post(_ records: [MappedRecord], of source: String) async throws -> VerdictCounts {
        let answer = try await api.post("/v1/movements") { writer in
            writer.object {
                $0.field("source", source)
                $0.name("lines")
                $0.array(records) { $0.movementLine($1) }
            }
        }
        var counts = VerdictCounts()
        for result in answer["results"]?.elements ?? [] {
            counts.add(verdict: result["verdict"]?.string ?? "?", problemCode: result["problem"]?["code"]?.string)
        }
        return counts
    }
}
