import Inventory
package import InventoryService
import StrictJSON

/// Events as CloudEvents 1.0 in structured JSON.
package enum EventJSON {
    /// One event on one line.
    package static func bytes(_ event: FeedEvent) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.cloudEvent(event)
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func cloudEvent(_ event: FeedEvent) {
        object {
            $0.field("specversion", "1.0")
            $0.field("id", event.cursor.description)
            $0.field("source", FeedEvent.source)
            $0.field("type", event.type.rawValue)
            $0.field("subject", event.data.subjectName)
            $0.field("time", event.time)
            $0.field("datacontenttype", "application/json")
            // The extension "partitioning": events of one key stay in order.
            $0.field("partitionkey", event.data.partitionKey)
            $0.name("data")
            $0.data(event)
        }
    }

    private mutating func data(_ event: FeedEvent) {
        switch event.data {
        case .movement(let entry): ledgerEntry(entry)
        case .availability(let view): availability(view, heard: nil)
        case .band(let change): band(change)
        case .reservation(let answer): reservation(answer, [:])
        case .transfer(let answer): transfer(answer)
        case .count(let recorded): count(recorded)
        case .exception(let exception): self.exception(exception, asOf: event.time)
        case .silence(let location, let silentSince):
            object {
                $0.field("location", location.text)
                $0.field("silentSince", silentSince)
            }
        case .supply(let id, let stored):
            if let stored { supply(stored.value) } else { object { $0.field("id", id.text) } }
        case .proof(let sku, let location, let defect):
            object {
                $0.field("sku", sku.text)
                $0.field("location", location.text)
                $0.field("detail", defect)
            }
        case .gone(let id): object { $0.field("id", id) }
        }
    }

    /// - Parameter isChange: whether it says what was before.
    mutating func band(_ change: BandChange, isChange: Bool = true) {
        object {
            $0.field("sku", change.sku.text)
            switch change.place {
            case .location(let location):
                $0.field("location", location.text)
                $0.field("group", nil as String?)
            case .group(let group):
                $0.field("location", nil as String?)
                $0.field("group", group.text)
            case .network:
                $0.field("location", nil as String?)
                $0.field("group", nil as String?)
            }
            $0.field("channel", change.channel?.text)
            $0.field("band", change.band.rawValue)
            if isChange { $0.field("previousBand", change.previousBand.rawValue) }
            $0.field("version", change.version)
        }
    }
}
