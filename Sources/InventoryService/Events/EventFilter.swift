package import Inventory

/// Which events a reader wants; every given part must match.
package struct EventFilter: Sendable, Hashable {
    /// Empty: all.
    package var types: Set<EventType> = []
    package var sku: SKU?
    package var location: LocationID?
    /// Events at its locations, and bands of its network.
    package var group: GroupID?
    /// Events at the locations of the channel's group, bands of its network, and reservations of the channel; without a
    /// group, those at all locations.
    package var channel: Channel?
    /// What its reader is bound to; nil: everywhere. An event that is about another location as well is left out, as
    /// a transfer to elsewhere is; network bands are left out too.
    package var within: Set<LocationID>?
    /// The same of sources: of what a source has sent. Whatever has none is left out where it could have one.
    package var sources: Set<SourceID>?
    /// Whether its reader may read the reservations of everybody: else those of `client` alone.
    package var readsReservations = true
    package var client: ClientID?
    /// False for storefronts, which get bands and nothing with a figure in it; reservations are left to the two above.
    package var readsStock = true

    package init() {}

    package static let typesMax = EventType.allCases.count
}

extension EventType {
    /// What a client calls by this name: one type, or a family as `reservation.*`. Empty: nothing.
    package static func called(_ name: some StringProtocol) -> [EventType] {
        guard name.hasSuffix(".*") else { return EventType(rawValue: String(name)).map { [$0] } ?? [] }
        return allCases.filter { $0.rawValue.hasPrefix(name.dropLast()) }
    }
}

/// A filter with what its group and channel mean just now.
package struct ResolvedEventFilter: Sendable {
    package let filter: EventFilter
    /// The group of `filter`, or of its channel; nil: neither is given, or the channel has none.
    package let group: GroupID?
    /// The locations of `group`.
    package let members: Set<LocationID>?

    package init(_ filter: EventFilter, group: GroupID? = nil, members: Set<LocationID>? = nil) {
        self.filter = filter
        self.group = group
        self.members = members
    }

    package func matches(type: EventType) -> Bool {
        (filter.types.isEmpty || filter.types.contains(type))
            && (type.isOfReservation || filter.readsStock || type == .bandChanged)
    }

    package func matches(_ event: RenderedEvent) -> Bool {
        guard matches(type: event.type) else { return false }
        let subject = event.subject
        if let sku = filter.sku, !subject.skus.contains(sku) { return false }
        if let location = filter.location, !subject.locations.contains(location) { return false }
        if let within = filter.within {
            if subject.isNetwork || !subject.locations.isSubset(of: within) || subject.locations.isEmpty {
                return false
            }
        }
        if let sources = filter.sources, case .some(let source) = subject.source {
            guard source.map(sources.contains) ?? false else { return false }
        }
        if event.type.isOfReservation, !filter.readsReservations, event.client != filter.client { return false }
        if filter.group != nil || filter.channel != nil {
            if subject.isNetwork {
                guard subject.group == group else { return false }
            } else if let members {
                guard !subject.locations.isDisjoint(with: members) else { return false }
            }
            if event.type.isOfReservation, let channel = filter.channel, subject.channel != channel { return false }
        }
        return true
    }
}
