package import Inventory

extension TransferService {
    package func transfer(_ id: TransferID) async throws(StoreError) -> TransferAnswer? {
        try await store.transfer(id)
    }

    /// What a reference names.
    package enum Named: Sendable, Hashable {
        case none, several
        case one(TransferID)
    }

    /// Which transfer has a reference. References are the clients' own, so two may have one.
    package func transfer(named reference: Reference) async throws(StoreError) -> Named {
        let found = try await store.transfers(with: reference, limit: 2)
        guard let first = found.first else { return .none }
        return found.count == 1 ? .one(first) : .several
    }

    /// In the order in which they were made.
    /// - Parameter after: the last of the page before; nil from the start.
    package func transfers(
        _ filter: TransferFilter, after: TransferID?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<TransferAnswer>> {
        try await store.transfers(filter, after: after, limit: limit, includesTotal: includesTotal)
    }

    /// Balances with units in inspection, in order of location and sku.
    package func inspections(
        of item: ItemReference?, at location: LocationID?, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<InspectionEntry>, UnknownInInspection> {
        try await store.inspections(of: item, at: location, page)
    }
}
