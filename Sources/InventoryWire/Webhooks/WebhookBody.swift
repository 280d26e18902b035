import Inventory
package import InventoryService
package import StrictJSON

extension Webhook {
    package init?(from reader: inout ObjectReader, id: WebhookID, reader owner: WebhookReader) {
        let url = reader.parsed("url", isRequired: true) { text throws(WebhookURL.Invalid) in try WebhookURL(text) }
        let description = reader.label("description")
        let types = reader.eventTypes()
        let sku = reader.identifier("sku", SKUKind.self)
        let location = reader.identifier("location", LocationKind.self)
        let group = reader.identifier("group", GroupKind.self)
        let channel = reader.identifier("channel", ChannelKind.self)
        let batchSize = reader.integer("batchSize", in: 1...Int64(Self.batchSizeMax))
        let isEnabled = reader.boolean("enabled")
        guard let url else { return nil }
        self.init(
            id: id, url: url, description: description ?? "", types: types, sku: sku, location: location, group: group,
            channel: channel, batchSize: Int(batchSize ?? 1), isEnabled: isEnabled ?? true, reader: owner)
    }
}

/// A text that is no cursor of the feed.
package struct InvalidCursor: Error, CustomStringConvertible {
    package var description: String { "must be the id of an event, such as 41-7, or a position, such as 41" }
}

extension ObjectReader {
    /// A place in the feed.
    package mutating func eventCursor(_ name: StaticString, isRequired: Bool = false) -> EventCursor? {
        parsed(name, isRequired: isRequired) { text throws(InvalidCursor) in
            guard let cursor = EventCursor(text) else { throw InvalidCursor() }
            return cursor
        }
    }

    /// Distinct types of events; absent is empty.
    fileprivate mutating func eventTypes() -> Set<EventType> {
        var found: Set<EventType> = []
        for (index, element) in (array("types", count: 0...EventFilter.typesMax) ?? []).enumerated() {
            guard let type = element.string.flatMap(EventType.init(rawValue:)) else {
                problems.report("\(pointer)/types/\(index)", "is not a type of event; see EventType")
                continue
            }
            if !found.insert(type).inserted { problems.report("\(pointer)/types/\(index)", "duplicate value") }
        }
        return found
    }
}

extension WebhookService.Range {
    /// Cursors, or times, and not both.
    package init?(from reader: inout ObjectReader) {
        let after = reader.eventCursor("after")
        let through = reader.eventCursor("through")
        let from = reader.timestamp("from")
        let to = reader.timestamp("to")
        let namesCursors = reader.value("after") != nil || reader.value("through") != nil
        let namesTimes = reader.value("from") != nil || reader.value("to") != nil
        if namesCursors, namesTimes {
            reader.report("from", "and cursors are both given; give a range of one kind")
            return nil
        }
        if namesTimes {
            if reader.value("from") == nil { reader.report("from", "is required with to") }
            guard let from else { return nil }
            self = .times(from: from, to: to)
        } else {
            if reader.value("after") == nil { reader.report("after", "is required, or from, or deadLetters") }
            guard let after else { return nil }
            self = .cursors(after: after, through: through)
        }
    }
}
