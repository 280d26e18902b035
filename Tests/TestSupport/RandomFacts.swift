import Crypto
package import Inventory

package let testHash = Hash { bytes in
    guard let digest = Digest(Array(SHA256.hash(data: bytes))) else { preconditionFailure("SHA-256 has 32 bytes") }
    return digest
}

extension FactLine {
    /// Any well-formed fact about few items and places, so that histories meet.
    package static func random(_ generator: inout SeededGenerator) -> FactLine {
        let item: ItemReference =
            generator.isOne(in: 4)
            ? .code(
                system: generator.isOne(in: 2) ? nil : CodeSystem(stored: "gtin"),
                Code(stored: generator.pick(["4006381333931", "96385074", "x"])))
            : .sku(SKU(stored: generator.pick(["A", "B", "C"])))
        var fact = FactLine(
            eventID: EventID(stored: "e\(Int.random(in: 0..<200, using: &generator))"), item: item,
            location: LocationID(stored: generator.pick(["L", "M"])), change: .random(&generator))
        if generator.isOne(in: 2) {
            fact.occurredAt = Timestamp(microseconds: Int64.random(in: 0...2_000_000, using: &generator))
        }
        if generator.isOne(in: 3) { fact.reference = Reference(stored: "r") }
        if generator.isOne(in: 6) { fact.attributes = "{\"till\":7}" }
        return fact
    }
}

extension FactLine {
    /// Of facts that name their place by its id, as those of tests do unless they are about codes.
    package var location: LocationID {
        get {
            guard let id = place.id else { preconditionFailure("the fact names its place by a code") }
            return id
        }
        set { place = .id(newValue) }
    }
}

extension FactChange {
    package static func random(_ generator: inout SeededGenerator) -> FactChange {
        let quantity = Quantity.of(generator.units(max: Quantity.maxUnits))
        let bucket = generator.pick(Bucket.namedInFacts)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return .opening(bucket, quantity)
        case 1: return .receipt(bucket, quantity)
        case 2: return .sale(bucket, quantity)
        case 3: return .return(generator.pick(Disposition.allCases), quantity)
        case 5: return .vendorReturn(bucket, quantity)
        case 7: return .transfer(bucket, quantity, to: .id(LocationID(stored: generator.pick(["L", "M"]))))
        case 4:
            let delta = Delta.of(generator.isOne(in: 2) ? quantity.units : -quantity.units)
            return .adjustment(bucket, delta, Reason(stored: generator.pick(["theft", "found"])))
        default:
            let other = generator.pick(Bucket.namedInFacts.filter { $0 != bucket })
            return .stateChange(from: bucket, to: other, quantity)
        }
    }
}

extension Delta {
    package static func of(_ units: Int64) -> Delta {
        guard let delta = Delta(units: units) else { preconditionFailure("\(units) is no delta") }
        return delta
    }
}
