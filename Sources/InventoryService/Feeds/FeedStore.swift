package import Inventory

/// A location that a feed is about.
package struct FeedPlace: Sendable, Hashable {
    package let number: LocationNumber
    package let id: LocationID
    /// Nil: it offers no pickup, or could never have one ready.
    package let pickup: PickupSLA?

    package init(number: LocationNumber, id: LocationID, pickup: PickupSLA?) {
        self.number = number
        self.id = id
        self.pickup = pickup
    }
}

/// What a place has of an item.
package struct FeedRow: Sendable, Hashable {
    package let item: ItemNumber
    /// What the feed calls it; nil where it has no name for it.
    package let code: String?
    package let availableToSell: Int64
    package let band: Band
    /// A sale restriction keeps it from being picked up there.
    package let isPickupRestricted: Bool

    package init(
        item: ItemNumber, code: String?, availableToSell: Int64, band: Band, isPickupRestricted: Bool = false
    ) {
        self.item = item
        self.code = code
        self.availableToSell = availableToSell
        self.band = band
        self.isPickupRestricted = isPickupRestricted
    }
}

/// Named feeds, and what is in them.
package protocol FeedStore: Sendable {
    func putFeed(
        _ feed: Feed, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Feed>>
    func feeds(_ page: PageRequest) async throws(StoreError) -> Page<Stored<Feed>>
    func deleteFeed(
        _ name: FeedName, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>

    /// A feed, and a text that differs from all earlier ones as soon as any figure in it may: by what was committed, by a
    /// hold that ended, by a change of the feed itself. Whatever is read afterwards is at least as new.
    func feed(_ name: FeedName) async throws(StoreError) -> (feed: Feed, state: String)?

    /// Places in the order of their ids, behind `after`, at most `limit`.
    func places(of feed: Feed, after: LocationID?, limit: Int) async throws(StoreError) -> [FeedPlace]

    /// Items that the place has ever had, in the order of their numbers, behind `after`, at most `limit`. None when the place
    /// is no longer one of the feed.
    func rows(
        of feed: Feed, at place: FeedPlace, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> [FeedRow]
}
