import Foundation
import InventoryImport
import StrictJSON

/// Orders shipped from the sample's stores, the same ones by each objective. Where the stores are, what shipping costs and
/// who ordered is invented: the data has no positions.
struct DemoShipping: Sendable {
    let api: DemoClient
    let files: SampleFiles

    private static let orders = 20
    private static let linesMax = 3
    private static let objectives = ["nearest", "fewestSplits", "cheapest", "balanced", "priority"]
    private static let baskets = 40

    func ship() async throws {
        let known = try await api.get("/v1/reservations?reference=demo-ship-0-nearest&limit=1")["reservations"]
        guard known?.elements?.isEmpty ?? true else { return print("ship orders: taken already") }
        try await place()
        let items = try bestSellers()
        var granted = 0
        // In turn, so that none of them finds the shelves fuller than the others.
        for number in 0..<Self.orders {
            for turn in Self.objectives.indices {
                let objective = Self.objectives[(number + turn) % Self.objectives.count]
                if try await order(number, objective, items) { granted += 1 }
            }
        }
        print("")
        print(
            "  shipped from store: \(granted) of \(Self.orders * Self.objectives.count) orders, the same by each objective"
        )
        print("  (positions, costs and orders are invented; the stock is not)")
        print("  objective       orders  shipments  km an order  cents an order")
        try await compare()
    }

    /// Somewhere between Hamburg and Munich, the same on every start.
    private func place() async throws {
        for (number, store) in try files.read(files.stores).records.enumerated() {
            _ = try await api.put("/v1/locations/\(store.values["id", default: ""].pathElement)") { writer in
                writer.object {
                    $0.field("name", store.values["name"])
                    $0.field("priority", Int64(number))
                    $0.name("coordinates")
                    $0.object {
                        $0.field("latitude", 48 + Double(number * 37 % 100) * 0.055)
                        $0.field("longitude", 7 + Double(number * 61 % 100) * 0.06)
                    }
                    $0.name("costPerShipment")
                    $0.money(300 + Int64(number * 29 % 200))
                    $0.name("costPerKm")
                    $0.money(1)
                }
            }
        }
    }

    private func bestSellers() throws -> [String] {
        var units: [String: Int] = [:]
        for record in try files.read(files.sales).records {
            units[record.values["sku", default: ""], default: 0] += Int(record.values["quantity", default: ""]) ?? 0
        }
        return units.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.baskets).map(\.key)
    }

    private func order(_ number: Int, _ objective: String, _ items: [String]) async throws -> Bool {
        guard !items.isEmpty else { return false }
        let lines = (0...number % Self.linesMax).map { items[(number * 3 + $0 * 11) % items.count] }
        let reference = "demo-ship-\(number)-\(objective)"
        let answer = try await api.post("/v1/reservations", key: reference) { writer in
            writer.object {
                $0.field("reference", reference)
                $0.field("method", "ship")
                $0.field("objective", objective)
                $0.field("confirm", true)
                $0.name("shipTo")
                $0.object {
                    $0.field("latitude", 48 + Double(number * 53 % 100) * 0.055)
                    $0.field("longitude", 7 + Double(number * 17 % 100) * 0.06)
                }
                $0.name("lines")
                $0.array(Set(lines).sorted()) { writer, sku in
                    writer.object {
                        $0.field("sku", sku)
                        $0.field("quantity", Int64(1 + number % 2))
                    }
                }
            }
        }
        return answer != nil
    }

    /// From what was kept of each order.
    private func compare() async throws {
        let day = 86_400.0
        let (from, to) = (Self.date(-day), Self.date(2 * day))
        let costs = try await api.get("/v1/fulfilment-costs?from=\(from)&to=\(to)")["costs"]?.elements ?? []
        for objective in Self.objectives {
            let rows = costs.filter { $0["objective"]?.string == objective }
            let orders = rows.reduce(Int64(0)) { $0 + ($1["orders"]?.integer ?? 0) }
            guard orders > 0 else { continue }
            let shipments = rows.reduce(Int64(0)) { $0 + ($1["shipments"]?.integer ?? 0) }
            let cents = rows.reduce(Int64(0)) { $0 + ($1["amount"]?.integer ?? 0) }
            let km = rows.reduce(0.0) { $0 + ($1["distanceKm"]?.number ?? 0) }
            print(
                "  " + objective.padding(toLength: 14, withPad: " ", startingAt: 0) + Self.right("\(orders)", 8)
                    + Self.right("\(shipments)", 11) + Self.right("\(Int(km) / Int(orders))", 13)
                    + Self.right("\(cents / orders)", 16))
        }
    }

    private static func date(_ secondsFromNow: Double) -> String {
        String(Date(timeIntervalSinceNow: secondsFromNow).ISO8601Format().prefix(10))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension JSONWriter {
    fileprivate mutating func money(_ cents: Int64) {
        object {
            $0.field("amount", cents)
            $0.field("currency", "EUR")
        }
    }
}
