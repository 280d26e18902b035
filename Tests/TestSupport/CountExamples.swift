package import Inventory
package import InventoryService

extension PostedCount {
    /// A count as `POST /v1/counts` would make it.
    /// - Parameter content: stands for whatever else tells two counts apart.
    package static func of(
        _ event: String, at location: String = "L", _ countedAt: Timestamp?, _ units: KeyValuePairs<String, Int64>,
        isComplete: Bool = false, unread: [String] = [], source: String = "scanner", content: String = ""
    ) -> PostedCount {
        let event = EventID(stored: event)
        let place = LocationID(stored: location)
        let lines = units.enumerated().map { number, line in
            FactLine(
                eventID: event.line("\(number)"), item: .sku(SKU(stored: line.key)), location: place,
                change: .count(CountStatement(quantity: CountedQuantity(units: line.value) ?? .none)),
                occurredAt: countedAt)
        }
        let bytes = lines.flatMap(\.canonicalBytes) + Array("\(event) \(place) \(isComplete) \(content)".utf8)
        return PostedCount(
            source: SourceID(stored: source), event: event, location: place, countedAt: countedAt,
            isComplete: isComplete, excludesReady: false, lines: lines.map(\.submitted),
            unread: unread.enumerated().map { .init(number: units.count + $0, item: .sku(SKU(stored: $1))) },
            fingerprint: Fingerprint(sha256(bytes)), raw: [])
    }
}
