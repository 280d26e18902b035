/// What a location is like for who promises units there.
package struct LocationTerms: Sendable, Hashable {
    /// What becomes of goods that nobody fetches in time.
    package enum LatePolicy: String, Sendable, Hashable, CaseIterable {
        /// They are given back by themselves.
        case release
        /// A person decides.
        case exception
    }

    package var isActive: Bool
    package var isLive: Bool
    package var capabilities: Set<LocationCapability>
    /// From promise to ready; nil: nobody said, so nothing is said of when.
    package var leadTimeMinutes: Int64?
    /// Nil: always open.
    package var hours: OpeningHours?
    package var zone: ZoneOffsets
    /// Hours that a pickup is kept from `readyBy`; nil: without end.
    package var pickupWindowHours: Int64?
    /// Channels whose network is a group that the location does not belong to.
    package var foreignChannels: Set<Channel> = []
    /// The local day on which a shipment made now counts; nil where that was not asked.
    package var shippingDay: ShippingDay?

    package init(
        isActive: Bool = true, isLive: Bool = true, capabilities: Set<LocationCapability> = [.pickup, .shipFrom],
        leadTimeMinutes: Int64? = nil, hours: OpeningHours? = nil, zone: ZoneOffsets = .utc,
        pickupWindowHours: Int64? = nil
    ) {
        self.isActive = isActive
        self.isLive = isLive
        self.capabilities = capabilities
        self.leadTimeMinutes = leadTimeMinutes
        self.hours = hours
        self.zone = zone
        self.pickupWindowHours = pickupWindowHours
    }

    /// When what is promised at `instant` is ready; nil without a lead time, and when the store is not open for that long in
    /// the next 60 days.
    package func readyBy(from instant: Timestamp) -> Timestamp? {
        guard let leadTimeMinutes else { return nil }
        guard let hours else { return instant.advanced(byMicroseconds: leadTimeMinutes * 60_000_000) }
        return hours.finish(of: leadTimeMinutes, from: instant, in: zone)
    }

    /// Why nothing can be promised there, for a person; nil when it can.
    func obstacle(to method: FulfilmentMethod, for channel: Channel?) -> String? {
        if !isActive { return "is not active" }
        if !isLive { return "is in shadow mode and promises nothing" }
        if !capabilities.contains(method.capability) { return "does not offer \(method.capability.rawValue)" }
        if let channel, foreignChannels.contains(channel) { return "is not in the network of channel '\(channel)'" }
        return nil
    }
}

/// A local day of a location, and what it takes.
package struct ShippingDay: Sendable, Hashable {
    /// As days since 1970-01-01.
    package let day: Int64
    /// Shipments that it takes; nil: without limit.
    package let shipmentsMax: Int64?
    /// Shipments that count on it now.
    package let shipments: Int64

    package init(day: Int64, shipmentsMax: Int64?, shipments: Int64) {
        self.day = day
        self.shipmentsMax = shipmentsMax
        self.shipments = shipments
    }
}
