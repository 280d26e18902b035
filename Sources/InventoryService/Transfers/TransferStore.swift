package import Inventory

/// What a list of transfers is narrowed to; every given part must match.
package struct TransferFilter: Sendable, Hashable {
    package var from: LocationID?
    package var to: LocationID?
    package var state: TransferState?
    package var reference: Reference?
    /// Whether something should have come by now and has not.
    package var overdue: Bool?

    package init() {}
}

/// Units of a transfer that are on their way to a location.
package struct InboundTransfer: Sendable, Hashable {
    package let id: TransferID
    package let reference: Reference?
    package let location: LocationID
    /// Base units.
    package let units: Int64
    package let expectedAt: Timestamp?
    package let firstExpectedAt: Timestamp?
    package let isOverdue: Bool

    package init(
        id: TransferID, reference: Reference?, location: LocationID, units: Int64, expectedAt: Timestamp?,
        firstExpectedAt: Timestamp?, isOverdue: Bool
    ) {
        self.id = id
        self.reference = reference
        self.location = location
        self.units = units
        self.expectedAt = expectedAt
        self.firstExpectedAt = firstExpectedAt
        self.isOverdue = isOverdue
    }
}

/// Units that came back and wait for somebody to look at them.
package struct InspectionEntry: Sendable, Hashable {
    package let sku: SKU
    package let location: LocationID
    package let units: Int64
    /// When the balance last had none.
    package let since: Timestamp?
    /// Of the last return that brought some.
    package let reference: Reference?

    package init(sku: SKU, location: LocationID, units: Int64, since: Timestamp?, reference: Reference?) {
        self.sku = sku
        self.location = location
        self.units = units
        self.since = since
        self.reference = reference
    }
}

package enum UnknownInInspection: Error, Sendable, Hashable {
    case item, location
}

/// Transfers as they are committed; they change only through the batches of `BatchStore`.
package protocol TransferStore: Sendable {
    func transfer(_ id: TransferID) async throws(StoreError) -> TransferAnswer?

    /// Those with a reference, the newest first.
    /// - Parameter limit: 1 or more.
    func transfers(with reference: Reference, limit: Int) async throws(StoreError) -> [TransferID]

    /// In the order in which they were made.
    /// - Parameter after: the last of the page before; nil from the start.
    func transfers(
        _ filter: TransferFilter, after: TransferID?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<TransferAnswer>>

    /// Balances with units in inspection, in order of location and sku.
    func inspections(
        of item: ItemReference?, at location: LocationID?, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<InspectionEntry>, UnknownInInspection>
}
