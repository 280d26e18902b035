import Inventory
import InventoryService
import LibPQ
import Synchronization

/// Locations as plans see them, remembered under the config epoch at which they were read.
final class SourcingPlaceCache: Sendable {
    struct Place: Sendable {
        let number: LocationNumber
        let place: SourcingPlace
        let dailyCapacity: Int64?
        let timeZone: String
    }

    /// About 200 bytes each.
    static let placesMax = 50_000

    /// A group, a channel and a method make one, of 8 bytes a location.
    static let networksMax = 16

    private let state = Mutex<(epoch: Int64, places: [LocationNumber: Place])?>(nil)
    private let networks = Mutex(
        RecentlyUsed<NetworkFilter, KnownNetwork>(generationMax: networksMax / 2))

    private struct KnownNetwork: Sendable {
        let epoch: Int64
        let until: Timestamp?
        let network: NetworkBands.Network
    }

    /// - Parameter now: by the database's clock.
    func network(_ filter: NetworkFilter, at epoch: Int64, _ now: Timestamp) -> NetworkBands.Network? {
        networks.withLock { networks in
            guard let known = networks.value(for: filter), known.epoch == epoch,
                known.until.map({ now < $0 }) ?? true
            else { return nil }
            return known.network
        }
    }

    /// - Parameter instant: when a rule begins or ends; nil: none does.
    func learn(_ network: NetworkBands.Network, of filter: NetworkFilter, epoch: Int64, until instant: Timestamp?) {
        networks.withLock { $0.insert(KnownNetwork(epoch: epoch, until: instant, network: network), for: filter) }
    }

    func places(at epoch: Int64) -> [LocationNumber: Place]? {
        state.withLock { state in
            guard let state, state.epoch == epoch else { return nil }
            return state.places
        }
    }

    func learn(_ places: [LocationNumber: Place], epoch: Int64) {
        guard places.count <= Self.placesMax else { return }
        state.withLock { $0 = (epoch, places) }
    }
}
