package import Inventory
package import InventoryService
import Synchronization

extension InMemoryStore: TransferStore {
    package func transfer(_ id: TransferID) async throws(StoreError) -> TransferAnswer? {
        state.withLock { state in
            state.world.transfers[id].map { TransferAnswer(transfer: $0, asOf: state.world.now) }
        }
    }

    package func transfers(with reference: Reference, limit: Int) async throws(StoreError) -> [TransferID] {
        state.withLock { state in
            let found = state.world.transfers.values.filter { $0.reference == reference }.map(\.id)
            return Array(found.sorted { $0.description > $1.description }.prefix(limit))
        }
    }

    /// Refuses loudly: lists are not kept in memory.
    package func transfers(
        _ filter: TransferFilter, after: TransferID?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<TransferAnswer>> {
        throw .broken("lists of transfers are not kept in memory")
    }

    /// Refuses loudly, as above.
    package func inspections(
        of item: ItemReference?, at location: LocationID?, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<InspectionEntry>, UnknownInInspection> {
        throw .broken("inspections are not kept in memory")
    }
}
