import Foundation
import Inventory
import InventoryService
import TestSupport

/// The greatest, the least and the oddest that the contract lets clients send.
struct ExtremeValues {
    var random: SeededGenerator

    static let instants = [
        "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "1999-12-31T23:59:59.999999Z",
        "2000-02-29T12:00:00+14:00",
        "9999-12-31T23:59:59.999999Z", "9998-01-01T00:00:00Z",
    ]
    /// 64 characters of four bytes each, of right-to-left script, and with marks that combine.
    static let wide = String(repeating: "\u{1F9C3}", count: 64)
    static let skus = ["A", wide, String(repeating: "ب", count: 64), String(repeating: "e\u{301}", count: 32)]
    static let kit = "kit"
    static let locations = ["north", "south", "east", wide]
    static let source = String(repeating: "\u{10348}", count: 64)
    static let longText = String(repeating: "\u{1F4E6}", count: 128)

    /// Near now, or as far from it as can be.
    mutating func instant() -> String {
        let now = Date().timeIntervalSince1970
        let near = [0, -1, -86_399, -86_401, 240, 299, -30 * 86_400].map { (seconds: Double) in
            Timestamp(microseconds: Int64((now + seconds) * 1_000_000)).description
        }
        return random.pick(Self.instants + near)
    }

    mutating func quantity() -> Int64 { random.pick([1, 1, 2, 999_999_999, 1_000_000_000, 1_000_000_000]) }

    mutating func sku() -> String { random.pick(Self.skus) }
    mutating func location() -> String { random.pick(Self.locations) }

    /// An item, by its sku, as a kit, or by a code that stands for a million of it.
    mutating func item(kits: Bool = true) -> String {
        switch random.next() % 8 {
        case 0 where kits: "\"sku\":\"\(Self.kit)\""
        case 1, 2, 3: "\"codeSystem\":\"pallet\",\"code\":\"\(Self.longText)\""
        default: "\"sku\":\"\(sku())\""
        }
    }

    /// One line of facts.
    mutating func fact(_ number: Int) -> String {
        // The length of an event id that is all of four bytes, and differs.
        let event = String(Self.longText.unicodeScalars.dropLast(12)) + String(format: "%012d", number)
        var line = "\"eventId\":\"\(event)\",\"location\":\"\(location())\""
        if !random.isOne(in: 4) { line += ",\"occurredAt\":\"\(instant())\"" }
        if random.isOne(in: 3) { line += ",\"reference\":\"\(Self.longText)\"" }
        if random.isOne(in: 8) { line += ",\"attributes\":{\"n\":\"\(String(repeating: "x", count: 4_080))\"}" }
        let buckets = ["onHand", "damaged", "inspection", "suspect"]
        switch random.next() % 9 {
        case 0:
            line += ",\"type\":\"receipt\",\(item()),\"quantity\":\(quantity()),\"bucket\":\"\(random.pick(buckets))\""
        case 1: line += ",\"type\":\"opening\",\(item()),\"quantity\":\(quantity())"
        case 2, 3: line += ",\"type\":\"sale\",\(item()),\"quantity\":\(quantity())"
        case 4:
            let disposition = random.pick(["sellable", "inspection", "damaged"])
            line += ",\"type\":\"return\",\(item()),\"quantity\":\(quantity()),\"disposition\":\"\(disposition)\""
        case 5:
            let delta = random.isOne(in: 2) ? quantity() : -quantity()
            line += ",\"type\":\"adjustment\",\(item()),\"delta\":\(delta),\"reason\":\"\(Self.longText)\""
            if random.isOne(in: 6) { line += ",\"expectedVersion\":9223372036854775807" }
        case 6:
            let from = random.pick(buckets)
            let to = random.pick(buckets.filter { $0 != from })
            line += ",\"type\":\"stateChange\",\(item()),\"quantity\":\(quantity())"
            line += ",\"fromBucket\":\"\(from)\",\"toBucket\":\"\(to)\""
        case 7: line += ",\"type\":\"transfer\",\(item()),\"quantity\":\(quantity()),\"toLocation\":\"\(location())\""
        default:
            line += ",\"type\":\"count\",\(item(kits: false)),\"quantity\":\(random.pick([0, quantity()]))"
            line += ",\"bucket\":\"\(random.pick(["onHand", "damaged", "inspection"]))\""
        }
        return "{\(line)}"
    }

    mutating func count(_ number: Int) -> String {
        let lines = (0..<4).map { _ in "{\(item(kits: false)),\"quantity\":\(random.pick([0, quantity()]))}" }
        return """
            {"source":"\(Self.source)","eventId":"count \(number)","location":"\(location())","countedAt":"\(instant())",
             "complete":\(random.isOne(in: 3)),"excludesReady":\(random.isOne(in: 2)),
             "lines":[\(lines.joined(separator: ","))]}
            """
    }

    mutating func reservation() -> String {
        let length = random.isOne(in: 2) ? ",\"confirm\":true" : ",\"expiresInSeconds\":\(random.pick([1, 900, 3_600]))"
        let how =
            random.isOne(in: 3)
            ? """
            "method":"ship","shipTo":{"latitude":\(random.pick(["90", "-90", "5e-324", "-0.0"])),
            "longitude":\(random.pick(["180", "-180", "1e-300"]))},
            "objective":"\(random.pick(["nearest", "fewestSplits", "cheapest", "balanced", "priority"]))"
            """ : "\"method\":\"pickup\",\"location\":\"\(location())\""
        let lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in "{\(item()),\"quantity\":\(quantity())}" }
        return """
            {\(how),"reference":"\(Self.longText)","allowPartial":\(random.isOne(in: 2))\(length),
             "channel":"\(random.pick(["web", "app"]))","lines":[\(lines.joined(separator: ","))]}
            """
    }

    mutating func transfer() -> String {
        let from = random.isOne(in: 3) ? "null" : "\"\(location())\""
        return """
            {"reference":"\(Self.longText)","from":\(from),"to":"\(location())","reserve":\(random.isOne(in: 3)),
             "expectedAt":"\(instant())","lines":[{"id":"1",\(item()),"quantity":\(quantity())}]}
            """
    }

    mutating func reconciliation(_ number: Int) -> String {
        let lines = (0..<4).map { _ in
            "{\(item()),\"location\":\"\(location())\",\"quantity\":\(random.pick([1, -1]) * quantity())}"
        }
        return """
            {"source":"erp","eventId":"book \(number)","asOf":"\(instant())",
             "inFlightSeconds":\(random.pick([0, 300, 86_400])),"lines":[\(lines.joined(separator: ","))]}
            """
    }

    /// Questions about any of it.
    mutating func question() -> String {
        func escaped(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
        let (sku, location) = (escaped(random.isOne(in: 5) ? Self.kit : sku()), escaped(location()))
        let (first, second) = (escaped(instant()), escaped(instant()))
        let place = random.pick([
            "latitude=90&longitude=180&radiusKm=20000", "latitude=-90&longitude=-180",
            "latitude=5e-324&longitude=1e-300", "latitude=0&longitude=0&radiusKm=0.001",
        ])
        return random.pick([
            "/v1/availability/\(sku)?channel=web&owner=o&\(place)", "/v1/availability/\(sku)?location=\(location)",
            "/v1/availability/\(sku)?asOf=\(first)&channel=web&owner=o",
            "/v1/availability/\(sku)?asOf=\(first)&basis=occurred",
            "/v1/availability/\(sku)/\(location)?channel=app&method=ship",
            "/v1/availability/\(sku)/\(location)?asOf=\(first)",
            "/v1/availability/\(sku)/\(location)?asOf=\(first)&basis=occurred",
            "/v1/availability/\(sku)/\(location)/explain?channel=web&owner=o",
            "/v1/availability/\(sku)/\(location)/promise?days=180", "/v1/availability?band=low&q=%00&includeTotal=true",
            "/v1/availability?channel=web&includeTotal=true", "/v1/availability?band=inStock&q=\(escaped("%_\\'"))",
            "/v1/locations/\(location)/availability?includeTotal=true&band=low",
            "/v1/locations/\(location)/count-list", "/v1/locations/\(location)/sources",
            "/v1/locations/\(location)/discrepancies?from=9999-01-01&to=9999-12-31",
            "/v1/locations/\(location)/discrepancies", "/v1/count-accuracy?from=\(first)&to=\(second)",
            "/v1/count-accuracy",
            "/v1/items/\(sku)/rate", "/v1/fulfilment-costs?from=1970-01-01&to=9999-12-31", "/v1/fulfilment-costs",
            "/v1/endless-aisle?sku=\(sku)&at=\(location)", "/v1/exceptions?includeTotal=true", "/v1/exceptions/summary",
            "/v1/movements?location=\(location)&from=\(first)&to=\(second)&basis=occurred",
            "/v1/movements?sku=\(sku)&from=\(first)&limit=5", "/v1/movements?location=\(location)&to=\(second)",
            "/v1/reservations?location=\(location)&state=open&dueBefore=\(first)&includeTotal=true",
            "/v1/reservations?overdue=true", "/v1/reservations?atRisk=true", "/v1/reservations?pickupCode=%00",
            "/v1/transfers?to=\(location)", "/v1/expected-supply?sku=\(sku)", "/v1/reconciliations",
            "/v1/inspection-queue?location=\(location)", "/v1/ring-fences",
            "/v1/availability/\(sku)/\(location)?channel=%00",
        ])
    }
}
