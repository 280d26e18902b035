import InventoryService

extension Evidence.Obstacle {
    /// For people.
    var inWords: String {
        switch self {
        case .locationPaused: "the location is paused"
        case .locationClosed: "the location is closed"
        case .locationShadow: "the location is on trial (shadow)"
        case .noPickup: "nothing can be picked up there"
        case .noShipFrom: "nothing is shipped from there"
        case .notInGroup: "the location does not belong to the network that was asked for"
        case .itemStopSale: "the item is called back (stop sale)"
        case .saleRestriction: "a sale restriction says so"
        }
    }
}
