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
        RecentlyUsed<NetworkFilter, (epoch: Int64, network: NetworkBands.Network)>(generationMax: networksMax / 2))

    func network(_ filter: NetworkFilter, at epoch: Int64) -> NetworkBands.Network? {
        networks.withLock { networks in
            guard let known = networks.value(for: filter), known.epoch == epoch else { return nil }
            return known.network
        }
    }

    func learn(_ network: NetworkBands.Network, of filter: NetworkFilter, epoch: Int64) {
        networks.withLock { $0.insert((epoch, network), for: filter) }
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
