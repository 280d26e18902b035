import Inventory
import Synchronization

/// What this process believes about names and balances, so that a batch can be decided before the database is asked.
///
/// Nothing in here is ever an answer. A belief decides a batch, and the gate of its one statement compares every
/// belief that counted: the balances by their versions, the names by the config epoch. So whatever `decide` reads of
/// a balance may only change together with its version, and whatever a name means only together with the epoch.
final class BatchCache: Sendable {
    fileprivate struct Item {
        let number: ItemNumber
        let sku: SKU
        let unitsPerCode: UnitsPerCode
        let status: ItemStatus
        let holdBack: ItemHoldBack?
    }

    fileprivate struct Place {
        let number: LocationNumber
        let id: LocationID
        let isEligible: Bool
        let holdBack: HoldBack?
    }

    fileprivate struct ItemName: Hashable {
        let item: ItemReference
        let source: SourceNumber?

        init(_ name: Name) {
            item = name.item
            if case .code(nil, _) = name.item { source = name.source } else { source = nil }
        }
    }

    fileprivate struct PlaceName: Hashable {
        let place: LocationReference
        let source: SourceNumber?

        init(_ name: Name) {
            place = name.place
            if case .code(nil, _) = name.place { source = name.source } else { source = nil }
        }
    }

    fileprivate struct State {
        /// All names were read at this epoch; they are forgotten together when it rises.
        var epoch: Int64 = 0
        var items = RecentlyUsed<ItemName, Item>(generationMax: BatchCache.itemsMax / 2)
        var places = RecentlyUsed<PlaceName, Place>(generationMax: BatchCache.placesMax / 2)
        /// Sources that were not deleted.
        var sources = RecentlyUsed<SourceNumber, Bool>(generationMax: BatchCache.sourcesMax / 2)
        var balances = RecentlyUsed<BalanceKey, CachedBalance>(generationMax: BatchCache.balancesMax / 2)
        /// Balances that other processes keep changing under us, with how often lately.
        var contended = RecentlyUsed<BalanceKey, Int>(generationMax: BatchCache.contendedMax / 2)
        /// Batches that first ask which of their event ids are known.
        var probesLeft = 0
    }

    /// Names of items: their skus and their codes. About 200 bytes each.
    static let itemsMax = 65_536
    static let placesMax = 16_384
    static let sourcesMax = 16_384
    /// A balance takes about 110 bytes, so all of them at most 90 MB. Three quarters of a power of two: dictionaries
    /// grow by doubling, and one entry more would double them.
    static let balancesMax = 786_432
    static let contendedMax = 8_192
    /// Misses of a balance after which its batches lock first and do not try the gate.
    static let missesMax = 4
    /// Batches after a duplicate that ask for known event ids before they are decided.
    static let probesAfterDuplicate = 32

    private let state = Mutex(State())

    /// Everything of a batch that is believed.
    struct Beliefs {
        var epoch: Int64
        var snapshot: Snapshot
        /// Names that are not remembered.
        var unknown: [Name]
        /// Balances of known names that are not remembered, in lock order.
        var missing: [BalanceKey]
        /// Duplicates came lately, so it is worth asking first.
        var expectsDuplicates: Bool
    }

    /// - Returns: nil when a balance is in demand elsewhere, or a source may have to be brought back: then lock and
    ///   read.
    func beliefs(about names: Set<Name>, of sources: Set<SourceNumber>) -> Beliefs? {
        state.withLock { state in
            for source in sources where state.sources.value(for: source) == nil { return nil }
            var snapshot = Snapshot()
            snapshot.names.reserveCapacity(names.count)
            snapshot.balances.reserveCapacity(names.count)
            var unknown: [Name] = []
            var missing: Set<BalanceKey> = []
            for name in names {
                guard let item = state.items.value(for: ItemName(name)),
                    let place = state.places.value(for: PlaceName(name))
                else {
                    unknown.append(name)
                    continue
                }
                let key = BalanceKey(item: item.number, location: place.number)
                snapshot.names[name] = .known(
                    KnownName(
                        key: key, sku: item.sku, location: place.id, unitsPerCode: item.unitsPerCode,
                        itemStatus: item.status, isEligible: place.isEligible,
                        itemHoldBack: item.holdBack, placeHoldBack: place.holdBack))
                if state.contended.count > 0, state.contended.value(for: key) ?? 0 >= Self.missesMax { return nil }
                if snapshot.balances[key] != nil || missing.contains(key) { continue }
                if let balance = state.balances.value(for: key) {
                    snapshot.balances[key] = balance.balance
                } else {
                    missing.insert(key)
                }
            }
            return Beliefs(
                epoch: state.epoch, snapshot: snapshot, unknown: unknown, missing: missing.sorted(),
                expectsDuplicates: state.probesLeft > 0)
        }
    }

    /// What was read, and what became of it.
    /// - Parameters:
    ///   - sources: those that are known to be there.
    ///   - epoch: read no later than the names.
    func learn(
        _ snapshot: Snapshot, changed: [BalanceKey: Balance] = [:], sources: Set<SourceNumber> = [], epoch: Int64
    ) {
        state.withLock { state in
            if epoch > state.epoch { state.forgetNames(epoch) }
            if epoch == state.epoch {
                for case (let name, .known(let known)) in snapshot.names { state.remember(name, known) }
                for source in sources { state.sources.insert(true, for: source) }
            }
            for (key, balance) in snapshot.balances {
                state.compare(balance, for: key)
                let after = changed[key] ?? balance
                // One without a line is not there any more.
                if after.version > 0 { state.remember(after, for: key) } else { state.balances.remove(key) }
            }
        }
    }

    /// Balances as committed, whoever changed them.
    func learn(_ balances: [BalanceKey: Balance]) {
        state.withLock { state in
            for (key, balance) in balances { state.remember(balance, for: key) }
        }
    }

    /// The same of those that a batch changed.
    func learn(changed balances: [ChangedBalance]) {
        state.withLock { state in
            for balance in balances { state.remember(balance.value, for: balance.key) }
        }
    }

    /// The epoch has gone on: no name may be believed any more.
    func learn(epoch: Int64) {
        state.withLock { state in
            if epoch > state.epoch { state.forgetNames(epoch) }
        }
    }

    /// A batch met an event id that was known already, or met none.
    func learn(duplicates: Bool) {
        state.withLock { state in
            state.probesLeft = duplicates ? Self.probesAfterDuplicate : max(0, state.probesLeft - 1)
        }
    }

    /// It is not known what became of these.
    func forget(_ keys: some Sequence<BalanceKey>) {
        state.withLock { state in
            for key in keys { state.balances.remove(key) }
        }
    }

}

extension BatchCache.State {
    fileprivate mutating func forgetNames(_ epoch: Int64) {
        self.epoch = epoch
        items.removeAll()
        places.removeAll()
        sources.removeAll()
    }

    fileprivate mutating func remember(_ name: Name, _ known: KnownName) {
        items.insert(
            .init(
                number: known.key.item, sku: known.sku, unitsPerCode: known.unitsPerCode, status: known.itemStatus,
                holdBack: known.itemHoldBack),
            for: .init(name))
        places.insert(
            .init(
                number: known.key.location, id: known.location, isEligible: known.isEligible,
                holdBack: known.placeHoldBack),
            for: .init(name))
    }

    /// An older reading never replaces a newer one.
    fileprivate mutating func remember(_ balance: Balance, for key: BalanceKey) {
        if let known = balances.value(for: key), known.version > balance.version { return }
        balances.insert(CachedBalance(balance), for: key)
    }

    /// Keeps count of how often a balance is not what we believed.
    fileprivate mutating func compare(_ balance: Balance, for key: BalanceKey) {
        guard let believed = balances.value(for: key) else { return }
        let misses = contended.value(for: key) ?? 0
        if believed.version != balance.version {
            contended.insert(min(misses + 2, BatchCache.missesMax * 4), for: key)
        } else if misses > 1 {
            contended.insert(misses - 1, for: key)
        } else if misses == 1 {
            contended.remove(key)
        }
    }
}
