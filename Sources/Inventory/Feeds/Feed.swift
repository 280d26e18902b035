package enum FeedKind: IdentifierKind {
    package static let name = "name"
}

package typealias FeedName = Identifier<FeedKind>

/// What a marketplace fetches: what each store has of each item, as it asks for it.
package struct Feed: Sendable, Hashable {
    package var name: FeedName
    package var format: FeedFormat
    package var separator: FeedSeparator
    /// How goods are got where a location offers pickup.
    package var pickupMethod: FeedPickupMethod
    /// Nil: the channel's network, or all locations.
    package var group: GroupID?
    /// Whose figures they are; nil for no channel's.
    package var channel: Channel?
    /// Codes of items; nil: our skus. Items without a code for a single unit are left out.
    package var itemCodeSystem: CodeSystem?

    package init(
        name: FeedName, format: FeedFormat = .googleLocalInventory, separator: FeedSeparator = .comma,
        pickupMethod: FeedPickupMethod = .reserve, group: GroupID? = nil, channel: Channel? = nil,
        itemCodeSystem: CodeSystem? = nil
    ) {
        self.name = name
        self.format = format
        self.separator = separator
        self.pickupMethod = pickupMethod
        self.group = group
        self.channel = channel
        self.itemCodeSystem = itemCodeSystem
    }
}

package enum FeedFormat: String, Sendable, Hashable, CaseIterable {
    /// Google's local inventory data specification.
    case googleLocalInventory
}

/// What stands between two fields.
package enum FeedSeparator: String, Sendable, Hashable, CaseIterable {
    case comma, tab
}

/// Google's `pickup_method`: paid for online, or at the counter.
package enum FeedPickupMethod: String, Sendable, Hashable, CaseIterable {
    case buy, reserve
}
