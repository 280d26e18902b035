import Crypto
import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Many clients at once over two processes' worth of pools, queues and caches: the sanitizer watches, the ledger proves.
@Suite struct StoreStormTests {
    private static let items = ["A", "B", "C"]
    private static let clients = 16
    private static let steps = 6

    @Test func `facts, holds, reads and background work share pools, queues and caches without a race`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                for item in Self.items { try await left.addItem(item) }
                try await left.addLocation("L")
                _ = try await left.send(Self.items.map { .receipt("in/\($0)", $0, at: "L", 20) })
                try await withShop(on: database) { right in
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for client in 0..<Self.clients {
                            tasks.addTask { try await Self.act(client, client.isMultiple(of: 2) ? left : right) }
                        }
                        tasks.addTask {
                            for _ in 0..<Self.steps {
                                await left.flushHeard()
                                await right.flushHeard()
                                try await left.silence.sweep()
                            }
                        }
                        try await tasks.waitForAll()
                    }
                }
                #expect(try await left.prove().isProved)
                for item in Self.items {
                    let figures = try await left.balance(item, "L").figures
                    #expect(figures.reserved <= max(0, figures.onHand), "\(item): \(figures)")
                }
            }
        }
    }

    private static func act(_ client: Int, _ shop: TestShop) async throws {
        var random = SeededGenerator(seed: UInt64(client))
        for step in 0..<steps {
            let item = random.pick(items)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: _ = try await shop.send([.receipt("r/\(client)/\(step)", item, at: "L", 2)])
            case 1: _ = try await shop.send([.receipt("d/\(step)", item, at: "L", 1)], source: "wms")
            case 2: _ = try await shop.balance(item, "L")
            case 3:
                _ = try await shop.availability.items(
                    NetworkFilter(), ListFilter(band: .inStock), PageRequest(limit: 10))
            default: try await hold(item, "\(client)/\(step)", shop)
            }
        }
    }

    private static func hold(_ item: String, _ key: String, _ shop: TestShop) async throws {
        let place = LocationID(stored: "L")
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: item)), location: place, method: .pickup, quantity: .of(3),
            pointer: "", locationPointer: "")
        let new = NewReservation(
            reference: nil, owner: Owner(stored: "cart"), channel: nil, method: .pickup, location: place,
            holdSeconds: 600, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
        let fingerprint = Fingerprint(testHash(Array(key.utf8)))
        let outcome = try await shop.reservations.create(
            new, key: RequestKey(text: RequestKeyText(stored: key), fingerprint: fingerprint))
        if case .failure(.insufficient(let short)) = outcome {
            _ = await shop.reservations.alternatives(to: short, by: .pickup, for: nil)
        }
    }
}

/// The stand-in for swift-crypto, by the first example of FIPS 180-4 and one that fills two blocks.
@Suite struct StandInTests {
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `its digests are those of SHA-256`(text: String, digest: String) {
        let found = SHA256.hash(data: Array(text.utf8)).map { String(format: "%02x", $0) }.joined()
        #expect(found == digest)
    }
}
