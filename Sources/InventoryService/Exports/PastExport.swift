package import Inventory

/// What was shown of every item at an instant, or what was there of it.
package struct PastExport: Sendable, Hashable {
    package enum Subject: String, Sendable, Hashable, CaseIterable {
        /// A row for each item at each location.
        case balance
        /// A row for each item, over all locations that are asked for.
        case item
    }

    package var instant: Timestamp
    package var basis = LedgerFilter.Basis.recorded
    package var subject = Subject.balance
    /// Of what was shown only, and without an owner.
    package var network = NetworkFilter()
    /// Nil: all.
    package var location: LocationID?
    /// Behind which item it goes on; nil from the first.
    package var after: SKU?

    package init(instant: Timestamp) { self.instant = instant }
}

/// Some items, in the order in which they were first heard of.
package struct PastExportPage: Sendable {
    package enum Rows: Sendable {
        /// Of each item the locations where there was something to show, as the answer about it alone has them.
        case known([ItemPlaces])
        case occurred([OccurredBalance])
    }

    package let rows: Rows
    /// The last item that was looked at; nil at the end.
    package let last: ItemNumber?

    package init(rows: Rows, last: ItemNumber?) {
        self.rows = rows
        self.last = last
    }
}

/// Why there is nothing to export.
package enum PastExportRefusal: Error, Sendable, Hashable {
    case future, group, location, item
}

/// The past read a page of items at a time, each in a statement of its own: what was so at an instant stays so.
package protocol PastExportStore: Sendable {
    /// - Returns: behind which item it starts; nil from the first.
    func start(_ export: PastExport) async throws(StoreError) -> Result<ItemNumber?, PastExportRefusal>

    func page(_ export: PastExport, after: ItemNumber?) async throws(StoreError) -> PastExportPage
}
