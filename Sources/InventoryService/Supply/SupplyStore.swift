package import Inventory

/// Where dated supply is put: all that files need of its store.
package protocol SupplyWriter: Sendable {
    /// - Parameter item: by a code, `quantity` counts codes; the supply's own `sku` and `firstExpectedAt` are ignored.
    func putSupply(
        _ supply: ExpectedSupply, of item: ItemReference, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ExpectedSupply>>
}

/// Dated supply: who says what will come, where and when.
package protocol SupplyStore: SupplyWriter {
    func supply(_ id: SupplyID) async throws(StoreError) -> Stored<ExpectedSupply>?
    /// In order of id.
    /// - Parameters: nil for any.
    func supplies(
        of sku: SKU?, at location: LocationID?, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<ExpectedSupply>>
    func deleteSupply(_ id: SupplyID, _ precondition: Precondition, by actor: ActorName?) async throws(StoreError)
        -> MasterResult<Void>

    /// All that is expected of an item, by date, at most `supplyMax`.
    /// - Parameter location: nil for everywhere.
    func inbound(of sku: SKU, at location: LocationID?) async throws(StoreError) -> [ExpectedSupply]
}

/// Supplies of one item that one answer looks at.
package let supplyMax = 1_000
