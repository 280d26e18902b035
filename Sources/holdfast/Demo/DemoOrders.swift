import InventoryImport
import StrictJSON

/// The week's web shop: pickup orders and carts against the real stock. Who ordered is invented; what is there is not.
struct DemoOrders: Sendable {
    let api: DemoClient
    let files: SampleFiles

    private static let orders = 60
    private static let carts = 20
    private static let cartSeconds: Int64 = 2
    private static let inFlight = 8

    private struct Shelf: Sendable {
        let sku: String
        let store: String
        let available: Int64
    }

    func take() async throws {
        let known = try await api.get("/v1/reservations?reference=demo-order-0&limit=1")["reservations"]?.elements?
            .count
        guard known == 0 else { return say("pickup orders: taken already") }
        let shelves = try await shelves()
        guard !shelves.isEmpty else { return say("pickup orders: nothing is in stock") }
        let granted = try await order(from: shelves)
        say(
            "pickup orders         \(granted) confirmed of \(Self.orders) (invented orders on real stock); all of them: "
                + "\(api.base)/v1/reservations?state=open")
        try await letCartsExpire(shelves)
        try await handOver()
        try await breakAPromise(among: shelves)
    }

    private func say(_ line: String) { print(line) }

    /// Where the best sellers lie, as the service knows it.
    private func shelves() async throws -> [Shelf] {
        var units: [String: Int] = [:]
        for record in try files.read(files.sales).records {
            units[record.values["sku", default: ""], default: 0] += Int(record.values["quantity", default: ""]) ?? 0
        }
        var shelves: [Shelf] = []
        for (sku, _) in units.sorted(by: { ($0.value, $1.key) > ($1.value, $0.key) }).prefix(12) {
            let answer = try await api.get("/v1/availability/\(sku.pathElement)")
            for location in answer["locations"]?.elements ?? [] {
                let available = location["availableToSell"]?.integer ?? 0
                if available > 0, let store = location["location"]?.string {
                    shelves.append(Shelf(sku: sku, store: store, available: available))
                }
            }
        }
        return shelves
    }

    private func reserve(
        _ reference: String, _ shelf: Shelf, units: Int64 = 1, holdSeconds: Int64? = nil
    ) async throws -> JSONValue? {
        try await api.post("/v1/reservations", key: reference) { writer in
            writer.object {
                $0.field("reference", reference)
                $0.field("method", "pickup")
                $0.field("location", shelf.store)
                if let holdSeconds { $0.field("expiresInSeconds", holdSeconds) } else { $0.field("confirm", true) }
                $0.name("lines")
                $0.array([shelf]) { writer, shelf in
                    writer.object {
                        $0.field("sku", shelf.sku)
                        $0.field("quantity", units)
                    }
                }
            }
        }
    }

    private func order(from shelves: [Shelf]) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var granted = 0
            for number in 0..<Self.orders {
                if number >= Self.inFlight, try await group.next() == true { granted += 1 }
                let shelf = shelves[number * 7 % shelves.count]
                group.addTask { try await reserve("demo-order-\(number)", shelf) != nil }
            }
            for try await isGranted in group where isGranted { granted += 1 }
            return granted
        }
    }

    /// Nothing sweeps: the units are free again because their time is over.
    private func letCartsExpire(_ shelves: [Shelf]) async throws {
        guard let shelf = shelves.max(by: { $0.available < $1.available }) else { return }
        let path = "/v1/availability/\(shelf.sku.pathElement)/\(shelf.store.pathElement)"
        let before = try await api.get(path)["availableToSell"]?.integer ?? 0
        var held = 0
        for number in 0..<Self.carts
        where try await reserve("demo-cart-\(number)", shelf, holdSeconds: Self.cartSeconds) != nil { held += 1 }
        let during = try await api.get(path)["availableToSell"]?.integer ?? 0
        try await Task.sleep(for: .seconds(Self.cartSeconds + 2))
        let after = try await api.get(path)["availableToSell"]?.integer ?? 0
        say(
            "carts                 \(held) held for \(Self.cartSeconds) s and left: item \(shelf.sku) at store "
                + "\(shelf.store) had \(before) to sell, then \(during), and \(after) again")
    }

    private func handOver() async throws {
        let list = try await api.get("/v1/reservations?reference=demo-order-0")
        guard let order = list["reservations"]?.elements?.first, let id = order["id"]?.string else { return }
        _ = try await api.post("/v1/reservations/\(id)/ready", key: "demo-ready")
        let done = try await api.post("/v1/reservations/\(id)/fulfil", key: "demo-fulfil")
        say(
            "pickup                code \(order["pickup"]?["code"]?.string ?? "?"): picked, handed over, "
                + "\(done?["state"]?.string ?? "refused"); the sale is in the ledger")
    }

    /// The last units are promised to a customer, and a till sells one to somebody else.
    private func breakAPromise(among shelves: [Shelf]) async throws {
        var last: (shelf: Shelf, left: Int64)?
        for shelf in shelves.sorted(by: { $0.available < $1.available }) where last == nil && shelf.available > 1 {
            let path = "/v1/availability/\(shelf.sku.pathElement)/\(shelf.store.pathElement)"
            let left = try await api.get(path)["availableToSell"]?.integer ?? 0
            if left > 0 { last = (shelf, left) }
        }
        guard let (scarce, left) = last, try await reserve("demo-last", scarce, units: left) != nil else { return }
        let answer = try await api.post("/v1/movements") { writer in
            writer.object {
                $0.field("source", "demo-till")
                $0.name("lines")
                $0.array([scarce]) { writer, shelf in
                    writer.object {
                        $0.field("eventId", "demo/last/1")
                        $0.field("type", "sale")
                        $0.field("sku", shelf.sku)
                        $0.field("location", shelf.store)
                        $0.field("quantity", 1 as Int64)
                    }
                }
            }
        }
        let result = answer["results"]?.elements?.first
        say(
            "a till sells one      item \(scarce.sku) at store \(scarce.store), all \(left) promised: "
                + "\(result?["verdict"]?.string ?? "?"), \(result?["atRiskCount"]?.integer ?? 0) promise at risk")
        guard let id = result?["atRisk"]?.elements?.first?["reservation"]?.string else { return }
        let lost = try await api.post("/v1/reservations/\(id)/not-found", key: "demo-lost")
        let elsewhere = lost?["alternatives"]?.elements?.first?["location"]?.string
        guard let elsewhere else { return say("                      and no other store has it") }
        let moved = try await api.post("/v1/reservations/\(id)/move", key: "demo-move") { writer in
            writer.object { $0.field("location", elsewhere) }
        }
        say(
            "                      the associate finds none; moved to store \(elsewhere): "
                + "\(moved?["state"]?.string ?? "refused"), at risk: \(moved?["atRisk"]?.boolean == true ? "yes" : "no")"
        )
    }
}
