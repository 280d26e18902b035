package import Inventory

/// Which ledger lines are wanted, where every given part must match, and in what order.
package struct LedgerFilter: Sendable, Hashable {
    package enum Basis: String, Sendable, Hashable, CaseIterable {
        case recorded, occurred
    }

    package var item: ItemReference?
    package var location: LocationID?
    package var source: SourceID?
    package var event: EventID?
    package var kind: FactKind?
    package var reference: Reference?
    /// Who did it.
    package var actor: ActorName?
    /// Included.
    package var from: Timestamp?
    /// Excluded.
    package var to: Timestamp?
    /// Which instant `from` and `to` bound.
    package var basis: Basis = .recorded
    package var order: Order = .oldest

    /// By when lines were recorded.
    package enum Order: String, Sendable, Hashable, CaseIterable {
        /// In the order recorded.
        case oldest
        /// The last line first.
        case newest
    }

    package init() {}

    /// Whether lines must be looked at one by one to find those that match: no index has what is asked for.
    package var isSearched: Bool {
        event == nil && reference == nil && (kind != nil || actor != nil || source != nil)
    }
}

/// One page of ledger lines.
package struct LedgerPage: Sendable {
    package let entries: [LedgerEntry]
    /// Behind where the next page starts; nil at the end. A search that took its time may end a page before it is full.
    package let next: LedgerPosition?

    package init(entries: [LedgerEntry], next: LedgerPosition?) {
        self.entries = entries
        self.next = next
    }

    package var hasMore: Bool { next != nil }
}

/// Behind which line a page starts.
package struct LedgerPosition: Sendable, Hashable {
    package var recordedAt: Timestamp
    package var location: LocationNumber
    package var item: ItemNumber

    package init(recordedAt: Timestamp, location: LocationNumber, item: ItemNumber) {
        self.recordedAt = recordedAt
        self.location = location
        self.item = item
    }

    /// Behind everything that was recorded before an instant, of lines from the oldest on.
    package init(before instant: Timestamp) {
        self.init(
            recordedAt: instant.advanced(byMicroseconds: -1), location: LocationNumber(.max), item: ItemNumber(.max))
    }

    /// Behind everything that was recorded from an instant on, of lines from the newest back.
    package init(backFrom instant: Timestamp) {
        self.init(recordedAt: instant, location: LocationNumber(.min), item: ItemNumber(.min))
    }
}

/// A ledger line with the names that people know.
package struct LedgerEntry: Sendable, Hashable {
    package var line: LedgerLine
    package var sequence: Int64
    package var sku: SKU
    package var location: LocationID
    package var source: SourceID
    /// The kit as whose part the units moved.
    package var kit: SKU?
    /// Who did it; nil in mode `open`, and of what Holdfast writes itself.
    package var actor: ActorName?

    package init(
        line: LedgerLine, sequence: Int64, sku: SKU, location: LocationID, source: SourceID, kit: SKU? = nil,
        actor: ActorName? = nil
    ) {
        self.line = line
        self.sequence = sequence
        self.sku = sku
        self.location = location
        self.source = source
        self.kit = kit
        self.actor = actor
    }

    package var position: LedgerPosition {
        LedgerPosition(recordedAt: line.recordedAt, location: line.key.location, item: line.key.item)
    }
}

package protocol LedgerStore: Sendable {
    /// Lines in the filter's order, at most `limit`. Of a search, what is found in a few seconds.
    /// - Returns: `.failure` when a named item, location or source is unknown.
    func lines(
        _ filter: LedgerFilter, after: LedgerPosition?, limit: Int
    ) async throws(StoreError) -> Result<LedgerPage, UnknownInLedger>
}

package enum UnknownInLedger: Error, Sendable, Hashable {
    case item, location, source
}

/// A balance and, unless they are too many for one page, its lines.
package struct BalanceToProve: Sendable {
    package let key: BalanceKey
    package let balance: Balance
    /// Nil: to be read page by page.
    package var lines: [LedgerLine]?

    package init(key: BalanceKey, balance: Balance, lines: [LedgerLine]?) {
        self.key = key
        self.balance = balance
        self.lines = lines
    }
}

/// A balance that is not the fold of its lines.
package struct ProofFailure: Sendable, Hashable {
    package let sku: SKU
    package let location: LocationID
    package let detail: String

    package init(sku: SKU, location: LocationID, detail: String) {
        self.sku = sku
        self.location = location
        self.detail = detail
    }
}

/// The whole database held against itself.
package protocol ProofStore: Sendable {
    /// Balances in key order, at most `limit`, each with all its lines when it has at most `linesMax`, else without.
    /// No transaction spans two pages.
    func balancesToProve(after: BalanceKey?, limit: Int, linesMax: Int) async throws(StoreError) -> [BalanceToProve]

    /// Lines of one balance in order, at most `limit`, recorded later than `after`; nil from the first.
    func linesToProve(
        of key: BalanceKey, after: Timestamp?, limit: Int
    ) async throws(StoreError) -> [LedgerLine]

    /// Ledger lines whose balance row is missing, and event keys whose ledger line is missing.
    func strayCounts() async throws(StoreError) -> (linesWithoutBalance: Int64, eventsWithoutLine: Int64)

    /// Tells whoever follows the feed what was found.
    func tell(_ failures: [ProofFailure]) async throws(StoreError)

    /// How a balance and a line are named outside, for the report.
    func names(of key: BalanceKey) async throws(StoreError) -> (sku: SKU, location: LocationID)?
}
