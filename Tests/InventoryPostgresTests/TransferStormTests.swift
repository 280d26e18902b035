import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// Everything of many transfers is told at once, twice, shuffled, to two processes.
@Suite struct TransferStormTests {
    private static let clients = 16
    private static let transfers = 12
    private static let units: Int64 = 6

    @Test func `shuffled and repeated ships, receipts and closes end as one of each in order would`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                for item in ["A", "B"] { try await left.addItem(item) }
                for location in ["W", "S1", "S2"] { try await left.addLocation(location) }
                _ = try await left.send(
                    ["A", "B"].map { .receipt("in/\($0)", $0, at: "W", Self.units * Int64(Self.transfers)) })
                var made: [Transfer] = []
                for number in 0..<Self.transfers {
                    made.append(try await Self.make(number, left))
                }
                // Each line in two ships and three receipts, the last of them two short; a third of it is closed.
                var messages: [FactLine] = []
                for (number, transfer) in made.enumerated() {
                    for line in transfer.lines.indices {
                        for part in 0..<2 {
                            messages.append(Self.step(transfer, line, 3, "s\(number)/\(line)/\(part)"))
                        }
                        for (part, units) in [Int64(2), 1, 1].enumerated() {
                            messages.append(
                                Self.step(transfer, line, units, "r\(number)/\(line)/\(part)", receivedAt: transfer.to))
                        }
                    }
                }
                let (told, all) = (messages, made)
                try await withShop(on: database) { right in
                    let shops = [left, right]
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for client in 0..<Self.clients {
                            tasks.addTask {
                                var random = SeededGenerator(seed: UInt64(client))
                                // Every message goes to two clients, in an order of their own.
                                let own = told.enumerated().filter { ($0.offset + client) % (Self.clients / 2) == 0 }
                                for (_, line) in own.shuffled(using: &random) {
                                    _ = try await shops[client % 2].send([line], source: "wms")
                                }
                            }
                        }
                        try await tasks.waitForAll()
                    }
                    for (number, transfer) in all.enumerated() where number.isMultiple(of: 3) {
                        let shop = shops[number % 2]
                        let reason = Reason(stored: "short")
                        _ = try await shop.transfers.act(.close(reason, occurredAt: nil), on: transfer.id, key: nil)
                            .get()
                    }
                }
                let closed = Int64(Self.transfers / 3)
                for sku in ["A", "B"] {
                    let places = try await ["W", "S1", "S2"].asyncMap { try await left.balance(sku, $0).figures }
                    #expect(places[0].onHand == 0 && places[0].reserved == 0, "\(sku) \(places)")
                    #expect(places[1].onHand + places[2].onHand == 4 * Int64(Self.transfers), "\(sku) \(places)")
                    let onTheWay = places[1].inTransit + places[2].inTransit
                    #expect(onTheWay == 2 * (Int64(Self.transfers) - closed), "\(sku) \(places)")
                }
                #expect(try await left.count("transfer_inbound") == 2 * (Int64(Self.transfers) - closed))
                #expect(try await left.prove().isProved)
            }
        }
    }

    private static func make(_ number: Int, _ shop: TestShop) async throws -> Transfer {
        let new = NewTransfer(
            reference: nil, from: LocationID(stored: "W"),
            to: LocationID(stored: number.isMultiple(of: 2) ? "S1" : "S2"),
            reserves: true, expectedAt: nil,
            lines: ["A", "B"].map {
                .init(id: LineID(stored: $0), item: .sku(SKU(stored: $0)), quantity: .of(units), pointer: "")
            })
        let key = RequestKey(
            text: RequestKeyText(stored: "k\(number)"), fingerprint: Fingerprint(testHash([UInt8(number)])))
        return try await shop.transfers.create(new, key: key).get().transfer
    }

    private static func step(
        _ transfer: Transfer, _ line: Int, _ units: Int64, _ event: String, receivedAt place: LocationID? = nil
    ) -> FactLine {
        let of = transfer.lines[line]
        let step = TransferStep(
            transfer: transfer.id, line: of.id, quantity: .of(units),
            parts: of.parts.map { .init(sku: $0.sku, quantity: $0.quantity) }, from: transfer.from, to: transfer.to,
            reservation: transfer.reservation)
        return FactLine(
            eventID: EventID(stored: event), item: .sku(of.sku), location: place ?? LocationID(stored: "W"),
            change: place == nil ? .ship(step) : .receive(step, .onHand))
    }
}

extension Array {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var mapped: [T] = []
        for element in self { mapped.append(try await transform(element)) }
        return mapped
    }
}
