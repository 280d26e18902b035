import Inventory
import TestSupport
import Testing

@Suite struct CanonicalBytesTests {
    @Test(arguments: seeds)
    func `a fact reads back from its canonical bytes`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let fact = FactLine.random(&generator)
            #expect(FactLine(canonicalBytes: fact.canonicalBytes) == fact, "seed \(seed)")
        }
    }

    @Test(arguments: seeds)
    func `bytes that were cut short or lengthened are no fact`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = FactLine.random(&generator).canonicalBytes
        for length in 0..<bytes.count { #expect(FactLine(canonicalBytes: Array(bytes[..<length])) == nil) }
        #expect(FactLine(canonicalBytes: bytes + [0]) == nil)
    }

    @Test func `any field that differs gives another fingerprint`() {
        let fact = FactLine.sale("e", "A", at: "L", 1, occurredAt: Timestamp(microseconds: 5))
        var others = [FactLine](repeating: fact, count: 9)
        others[0].eventID = EventID(stored: "f")
        others[1].item = .sku(SKU(stored: "B"))
        others[2].item = .code(system: nil, Code(stored: "A"))
        others[3].location = LocationID(stored: "M")
        others[4].change = .sale(.onHand, .of(2))
        others[5].change = .receipt(.onHand, .of(1))
        others[6].occurredAt = nil
        others[7].reference = Reference(stored: "r")
        others[8].attributes = "{}"
        let fingerprints = Set(others.map { $0.fingerprint(testHash) })
        #expect(fingerprints.count == others.count)
        #expect(!fingerprints.contains(fact.fingerprint(testHash)))
    }

    @Test func `text cannot move from one field to the next`() {
        var left = FactLine.sale("ab", "c")
        var right = FactLine.sale("a", "bc")
        #expect(left.canonicalBytes != right.canonicalBytes)
        left = .sale("e")
        left.reference = Reference(stored: "x")
        right = .sale("e")
        right.attributes = "x"
        #expect(left.canonicalBytes != right.canonicalBytes)
    }

    @Test(arguments: [0, 300, 430, 480, 512, 600, 4_096])
    func `a line of any length has the fingerprint of its bytes`(length: Int) {
        var fact = FactLine.sale("e", "A", at: "L", 1)
        fact.attributes = String(repeating: "é", count: length)
        #expect(FactLine(canonicalBytes: fact.canonicalBytes) == fact)
        #expect(fact.canonicalBytes.suffix(2 * length).elementsEqual(String(repeating: "é", count: length).utf8))
        #expect(fact.fingerprint(testHash) == Fingerprint(testHash(fact.canonicalBytes)))
    }
}
