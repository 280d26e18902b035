import Inventory
import LibPQ
import Synchronization

/// Which items of a network are in stock and which are low, remembered, and brought up to date with what has been committed
/// since before each use.
///
/// Exact, whoever commits: PostgreSQL's snapshots say which transactions an answer has seen, so those that a later one sees
/// besides are known without regard to their order, and each names the items it touched. Rules, statuses and parts count
/// with the config epoch: when that rises, all items are judged again.
///
/// Not for a streaming replica, whose snapshots do not list what runs on the primary.
final class NetworkBands: Sendable {
    /// All that the judgement of an item depends on besides committed rows.
    struct Network: Hashable, Sendable {
        /// The term of safety stock by place, -1 where a location is not eligible; nil where all are and nothing is held back.
        let heldBack: [Int64]?
        /// What else there is to look for somewhere: `AvailabilityFormula.placeRules`.
        let rules: Int16
        let channel: Channel?
        let method: FulfilmentMethod?
        /// What is low of an item that no rule names.
        let threshold: Int64
        let group: Int32?
        /// Nil where nothing is held back for silence.
        let lag: Lag?
        /// The location numbers at which places begin, ascending; nil where nothing is known by place.
        let numbers: [Int32]?
    }

    /// What is held back for silence, by place: for how long a sale, and when the location was heard last.
    struct Lag: Hashable, Sendable {
        let seconds: [Int32]
        /// Of those that are silent.
        let silentSince: [Timestamp]
    }

    /// Of one network, as one statement saw it.
    struct Known: Sendable {
        fileprivate var seen: SeenCommits
        /// New items are out until something touches them.
        fileprivate var bands = BandPages()
        fileprivate var lowCount = 0
        fileprivate var inStockCount = 0

        fileprivate init(_ seen: SeenCommits) { self.seen = seen }

        fileprivate var isSmallEnough: Bool { bands.pageCount <= NetworkBands.pagesMax }

        fileprivate mutating func set(_ items: [Int64], to band: Band) {
            var (low, inStock) = (0, 0)
            bands.set(items, to: band) { before in
                low += (band == .low ? 1 : 0) - (before == .low ? 1 : 0)
                inStock += (band == .inStock ? 1 : 0) - (before == .inStock ? 1 : 0)
            }
            lowCount += low
            inStockCount += inStock
        }
    }

    /// Networks of which bands are remembered: a group, a channel and a way of getting goods each make one.
    static let networksMax = 16
    /// Pages of item numbers that are remembered of a network: 2 MB, so at most 32 MB in all.
    static let pagesMax = 2_048

    private let known = Mutex(RecentlyUsed<Network, Known>(generationMax: NetworkBands.networksMax / 2))

    /// Whether what is remembered of a network was seen later than an instant, so that it says nothing of then.
    func isAhead(of instant: Timestamp, in network: Network) -> Bool {
        known.withLock { $0.value(for: network) }.map { $0.seen.at > instant } ?? false
    }

    /// The bands of all items, of committed rows as of now. Two round trips when nothing usable is remembered, else one.
    func current(_ network: Network, on session: Session) throws(PQError) -> Known {
        if let older = known.withLock({ $0.value(for: network) }),
            let newer = try Self.update(older, of: network, on: session)
        {
            remember(newer, of: network)
            return newer
        }
        let row = try session.query(.networkBands) { $0.network(network) }[0]
        let all = ColumnReader<NetworkBandsColumn>(row, from: SeenCommitsColumn.count)
        var found = Known(SeenCommits(ColumnReader(row)))
        found.set(all.int8s(.inStock), to: .inStock)
        found.set(all.int8s(.low), to: .low)
        remember(found, of: network)
        return found
    }

    /// - Returns: nil where the older answer says nothing about now.
    private static func update(
        _ older: Known, of network: Network, on session: Session
    ) throws(PQError) -> Known? {
        let row = try session.query(.networkBandsChanged) {
            $0.network(network)
            $0.seen(older.seen)
        }[0]
        let changed = ColumnReader<BandsChangedColumn>(row, from: SeenCommitsColumn.count + NetworkBandsColumn.count)
        guard changed.bool(.isUsable) else { return nil }
        let bands = ColumnReader<NetworkBandsColumn>(row, from: SeenCommitsColumn.count)
        var newer = older
        newer.seen = SeenCommits(ColumnReader(row))
        newer.set(changed.int8s(.changed), to: .out)
        newer.set(bands.int8s(.inStock), to: .inStock)
        newer.set(bands.int8s(.low), to: .low)
        return newer
    }

    private func remember(_ found: Known, of network: Network) {
        guard found.isSmallEnough else { return }
        known.withLock {
            // Of two answers at once either will do; the earlier one would only cost the next a little more.
            if let other = $0.value(for: network), other.seen.at > found.seen.at { return }
            $0.insert(found, for: network)
        }
    }
}

extension NetworkBands {
    /// The items of one band.
    struct InBand {
        private let band: Band
        private let known: Known

        init(_ band: Band, _ known: Known) {
            self.band = band
            self.known = known
        }

        /// How many, where that is known: not of those that are out, since new items are not noticed.
        var count: Int64? {
            switch band {
            case .inStock: Int64(known.inStockCount)
            case .low: Int64(known.lowCount)
            case .out: nil
            }
        }

        /// How many are not out.
        var countOfOthers: Int64 { Int64(known.inStockCount + known.lowCount) }

        /// How many of these items are in the band.
        func count(of items: [Int64]) -> Int64 {
            Int64(items.count { known.bands[$0] == band })
        }

        /// Which items alone to look at. Nil where most are in the band anyway, since lists of numbers cost more than looking.
        var only: [Int64]? {
            switch band {
            case .low: known.bands.items { $0 == .low }
            case .inStock where known.inStockCount * 2 < known.bands.capacity: known.bands.items { $0 == .inStock }
            case .inStock, .out: nil
            }
        }

        /// Which items not to look at, where most are not out.
        var except: [Int64]? {
            band == .out && countOfOthers * 2 > known.bands.capacity ? known.bands.items { $0 != .out } : nil
        }
    }
}

extension NetworkBands.Network {
    func isEligible(_ location: LocationNumber) -> Bool {
        guard let heldBack else { return true }
        // As `width_bucket` counts: the last place that begins at or before the number.
        let number = location.rawValue
        var (low, high) = (0, numbers?.count ?? 0)
        while low < high {
            let middle = (low + high) / 2
            if let begin = numbers?[middle], begin <= number { low = middle + 1 } else { high = middle }
        }
        return low > 0 && heldBack[low - 1] >= 0
    }
}

extension ParameterWriter {
    mutating func network(_ network: NetworkBands.Network) {
        int8s(ifPresent: network.heldBack)
        int2(network.rules)
        text(network.channel?.text)
        int8(network.threshold)
        int4(network.group)
        if let lag = network.lag {
            int4s(lag.seconds) { $0 }
            timestamptzs(lag.silentSince) { $0.microseconds }
        } else {
            null(.int4Array)
            null(.timestamptzArray)
        }
        if let numbers = network.numbers { int4s(numbers) { $0 } } else { null(.int4Array) }
        text(network.method?.rawValue)
    }
}
