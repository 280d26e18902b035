import Inventory

/// Finds the followers that an event may be for, without asking all: of thousands with a product or a store each, an event
/// concerns a few.
struct FollowerIndex {
    /// What every event that a filter lets through has in common.
    private enum Place {
        case sku(SKU)
        case location(LocationID)
        case anywhere

        init(_ filter: EventFilter) {
            if let sku = filter.sku {
                self = .sku(sku)
            } else if let location = filter.location {
                self = .location(location)
            } else if let within = filter.within, within.count == 1, let only = within.first {
                self = .location(only)
            } else {
                self = .anywhere
            }
        }
    }

    private var anywhere: [Int: FollowerQueue] = [:]
    private var atLocation: [LocationID: [Int: FollowerQueue]] = [:]
    private var ofSKU: [SKU: [Int: FollowerQueue]] = [:]

    mutating func insert(_ queue: FollowerQueue) {
        switch Place(queue.filter.filter) {
        case .sku(let sku): ofSKU[sku, default: [:]][queue.id] = queue
        case .location(let location): atLocation[location, default: [:]][queue.id] = queue
        case .anywhere: anywhere[queue.id] = queue
        }
    }

    mutating func remove(_ queue: FollowerQueue) {
        switch Place(queue.filter.filter) {
        case .sku(let sku):
            ofSKU[sku]?[queue.id] = nil
            if ofSKU[sku]?.isEmpty == true { ofSKU[sku] = nil }
        case .location(let location):
            atLocation[location]?[queue.id] = nil
            if atLocation[location]?.isEmpty == true { atLocation[location] = nil }
        case .anywhere: anywhere[queue.id] = nil
        }
    }

    /// Calls `body` once for each follower whose filter may let the event through, and for all whose filter does.
    func forEach(concernedBy event: RenderedEvent, _ body: (FollowerQueue) -> Void) {
        for queue in anywhere.values { body(queue) }
        if !atLocation.isEmpty {
            for location in event.subject.locations {
                guard let queues = atLocation[location] else { continue }
                for queue in queues.values { body(queue) }
            }
        }
        if !ofSKU.isEmpty {
            for sku in event.subject.skus {
                guard let queues = ofSKU[sku] else { continue }
                for queue in queues.values { body(queue) }
            }
        }
    }
}
