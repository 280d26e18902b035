package import Inventory

/// Everything that a consumer starts with, in pages: what the feed told until now of each balance and network.
package protocol SnapshotStore: Sendable {
    /// Balances and kits in the order of their numbers, as they are now.
    /// - Parameters:
    ///   - key: behind this one; nil from the start.
    ///   - locations: nil for all.
    /// - Returns: the last key looked at, nil at the end.
    func balances(
        after key: BalanceKey?, at locations: Set<LocationID>?, limit: Int
    ) async throws(StoreError) -> (views: [BalanceView], last: BalanceKey?)

    /// Bands of networks that are not out, in the order of items and groups.
    /// - Parameter group: only that one's; nil for all.
    func networkBands(
        after key: NetworkBandKey?, of group: GroupID?, limit: Int
    ) async throws(StoreError) -> (bands: [BandChange], last: NetworkBandKey?)
}

/// A network's band by numbers; group 0 stands for all locations.
package struct NetworkBandKey: Sendable, Hashable {
    package let item: ItemNumber
    package let group: Int32

    package init(item: ItemNumber, group: Int32) {
        self.item = item
        self.group = group
    }
}
