import Foundation
import InventoryImport
import StrictJSON

/// What goes on in the chain after the week: sales, pickup orders, a store that goes dark and comes back, and now and then a
/// promise that breaks and is moved. Slowly, so that whoever watches can follow. It ends with the demo.
struct DemoLife: Sendable {
    let api: DemoClient
    let files: SampleFiles

    private static let tick: Duration = .seconds(1)
    /// In ticks.
    private static let betweenHeartbeats = 30
    private static let betweenOrders = 12
    private static let ticksToReady = 25
    private static let ticksToHandover = 60
    private static let darkFor = 240
    private static let lightFor = 120
    private static let betweenBreaks = 150
    private static let ticksToMove = 45
    /// Stores where goods are sold, and items that sell there.
    private static let storesMax = 24
    private static let itemsMax = 40
    private static let inFlight = 8
    /// Orders under way. More are not taken.
    private static let ordersMax = 40

    private struct Shelf: Sendable {
        let sku: String
        let store: String
    }

    private struct Order {
        let id: String
        let takenAt: Int
        var isReady = false
    }

    func run() async throws {
        var shelves = try await shelves()
        guard !shelves.isEmpty else { return }
        let stores = Array(Set(shelves.map(\.store))).sorted()
        // All have opened, whether or not they sell: only the one that is dark is missed.
        let open = try files.read(files.stores).records.map { $0.values["id", default: ""] }
        // Event ids of one run; of the next they are others.
        let run = "life/\(Int(Date().timeIntervalSince1970))"
        var orders: [Order] = []
        var broken: (id: String, at: Int)?
        var dark: (store: String, queue: [String])?
        var number = 0
        for tick in 0... {
            try await Task.sleep(for: Self.tick)
            do {
                let cycle = tick % (Self.darkFor + Self.lightFor)
                if cycle == Self.lightFor { dark = (stores[tick / (Self.darkFor + Self.lightFor) % stores.count], []) }
                if cycle == 0, let back = dark {
                    // The queue of a store that was dark, all at once and late.
                    dark = nil
                    try await post(back.queue, of: back.store)
                    try await beat([back.store])
                }
                if tick % Self.betweenHeartbeats == 0 { try await beat(open.filter { $0 != dark?.store }) }
                if let shelf = shelves.randomElement() {
                    number += 1
                    let line = Self.sale("\(run)/\(number)", shelf)
                    if dark?.store == shelf.store {
                        dark?.queue.append(line)
                    } else {
                        try await post([line], of: shelf.store)
                    }
                }
                if tick % Self.betweenOrders == 1, orders.count < Self.ordersMax, let shelf = shelves.randomElement(),
                    let id = try await order("\(run)/order/\(tick)", shelf, units: 1)
                {
                    orders.append(Order(id: id, takenAt: tick))
                }
                try await goOn(&orders, tick)
                if tick % Self.betweenBreaks == Self.betweenBreaks - 1 {
                    broken = try await breakPromise("\(run)/break/\(tick)", shelves).map { ($0, tick) } ?? broken
                    shelves = try await self.shelves()
                }
                if let found = broken, tick - found.at == Self.ticksToMove {
                    broken = nil
                    try await move(found.id)
                }
            } catch let stopped as CancellationError {
                throw stopped
            } catch {
                // Somebody has changed what it was about, in the API or on a page, or the service is stopping: a chain goes on.
                continue
            }
        }
    }

    /// Of what sells well, where there is some.
    private func shelves() async throws -> [Shelf] {
        var units: [String: Int] = [:]
        for record in try files.read(files.sales).records { units[record.values["sku", default: ""], default: 0] += 1 }
        let best = units.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.itemsMax)
        var shelves: [Shelf] = []
        for (sku, _) in best {
            let answer = try await api.get("/v1/availability/\(sku.pathElement)")
            for location in answer["locations"]?.elements ?? [] {
                guard location["availableToSell"]?.integer ?? 0 > 0, let store = location["location"]?.string else {
                    continue
                }
                shelves.append(Shelf(sku: sku, store: store))
            }
        }
        let stores = Set(Set(shelves.map(\.store)).sorted().prefix(Self.storesMax))
        return shelves.filter { stores.contains($0.store) }
    }

    private static func sale(_ event: String, _ shelf: Shelf) -> String {
        """
        {"eventId":"\(event)","type":"sale","sku":"\(shelf.sku)","location":"\(shelf.store)","quantity":1,\
        "occurredAt":"\(Date.now.formatted(.iso8601))"}
        """
    }

    private func post(_ lines: [String], of store: String) async throws {
        guard !lines.isEmpty else { return }
        _ = try await api.post(
            "/v1/movements", text: "{\"source\":\"pos-\(store)\",\"lines\":[\(lines.joined(separator: ","))]}")
    }

    private func beat(_ stores: [String]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, store) in stores.enumerated() {
                if index >= Self.inFlight { try await group.next() }
                group.addTask {
                    try await beat(store)
                }
            }
            try await group.waitForAll()
        }
    }

    /// With its location: a till that has not sold yet is known to report for none.
    private func beat(_ store: String) async throws {
        do {
            _ = try await api.post("/v1/sources/\("pos-\(store)".pathElement)/heartbeat") { writer in
                writer.object {
                    $0.name("locations")
                    $0.array([store]) { $0.value($1) }
                }
            }
        } catch is DemoClient.Refused {
            // Somebody has taken that store out, which is no reason for others to go silent.
        }
    }

    // MARK: - Orders

    /// - Returns: nil where it is refused.
    private func order(_ reference: String, _ shelf: Shelf, units: Int64) async throws -> String? {
        let granted = try await api.post("/v1/reservations", key: reference) { writer in
            writer.object {
                $0.field("reference", reference)
                $0.field("method", "pickup")
                $0.field("location", shelf.store)
                $0.field("confirm", true)
                $0.name("lines")
                $0.array([shelf]) { writer, shelf in
                    writer.object {
                        $0.field("sku", shelf.sku)
                        $0.field("quantity", units)
                    }
                }
            }
        }
        return granted?["id"]?.string
    }

    /// Orders are picked, and later handed over.
    private func goOn(_ orders: inout [Order], _ tick: Int) async throws {
        for index in orders.indices where !orders[index].isReady && tick - orders[index].takenAt >= Self.ticksToReady {
            orders[index].isReady = true
            _ = try await api.post("/v1/reservations/\(orders[index].id)/ready", key: "\(orders[index].id)/ready")
        }
        for order in orders where tick - order.takenAt >= Self.ticksToHandover {
            _ = try await api.post("/v1/reservations/\(order.id)/fulfil", key: "\(order.id)/fulfil")
        }
        orders.removeAll { tick - $0.takenAt >= Self.ticksToHandover }
    }

    /// The last units somewhere are promised, and a till sells one of them.
    /// - Returns: the promise; nil where no shelf is short enough.
    private func breakPromise(_ reference: String, _ shelves: [Shelf]) async throws -> String? {
        for shelf in shelves.shuffled().prefix(Self.inFlight) {
            let path = "/v1/availability/\(shelf.sku.pathElement)/\(shelf.store.pathElement)"
            let left = try await api.get(path)["availableToSell"]?.integer ?? 0
            guard (1...6).contains(left), let id = try await order(reference, shelf, units: left) else { continue }
            try await post([Self.sale("\(reference)/sale", shelf)], of: shelf.store)
            return id
        }
        return nil
    }

    /// To the first store that has it.
    private func move(_ id: String) async throws {
        let lost = try await api.post("/v1/reservations/\(id)/not-found", key: "\(id)/lost")
        guard let elsewhere = lost?["alternatives"]?.elements?.first?["location"]?.string else { return }
        _ = try await api.post("/v1/reservations/\(id)/move", key: "\(id)/move") { writer in
            writer.object { $0.field("location", elsewhere) }
        }
    }
}

extension DemoClient {
    fileprivate func post(_ path: String, text: String) async throws -> JSONValue {
        try await send("POST", path, Array(text.utf8))
    }
}
