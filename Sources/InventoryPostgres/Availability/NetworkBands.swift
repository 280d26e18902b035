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
        /// Units held back by location number, -1 where one is not eligible; nil where all are and nothing is held back.
        let heldBack: [Int64]?
        /// What else there is to look for somewhere: `AvailabilityFormula.placeRules`.
        let rules: Int16
        let channel: Channel?
        /// What is low of an item that no rule names.
        let threshold: Int64
        let group: Int32?
        /// Nil where nothing is held back for silence.
        let lag: Lag?
    }

    /// What is held back for silence, by location number: for how long a sale, and when the location was heard last.
    struct Lag: Hashable, Sendable {
        let seconds: [Int32]
        /// Of those that are silent.
        let silentSince: [Timestamp]
    }

    /// Of one network, as one statement saw it.
    struct Known: Sendable {
        fileprivate var seen: Seen
        /// By item number, a byte each. New items are out until something touches them.
        fileprivate var bands: [Band] = []
        fileprivate var lowCount = 0
        fileprivate var inStockCount = 0

        fileprivate init(_ seen: Seen) { self.seen = seen }

        fileprivate var isSmallEnough: Bool { bands.count <= NetworkBands.itemNumberMax + 1 }

        fileprivate mutating func set(_ items: [Int64], to band: Band) {
            guard let last = items.max() else { return }
            if last >= bands.count { bands += repeatElement(.out, count: Int(last) + 1 - bands.count) }
            for item in items.map(Int.init) {
                lowCount += (band == .low ? 1 : 0) - (bands[item] == .low ? 1 : 0)
                inStockCount += (band == .inStock ? 1 : 0) - (bands[item] == .inStock ? 1 : 0)
                bands[item] = band
            }
        }
    }

    fileprivate struct Seen: Sendable {
        /// `pg_current_snapshot`.
        let commits: String
        let at: Timestamp
        let epoch: Int64
    }

    /// Networks of which bands are remembered: a group, a channel and a way of getting goods each make one.
    static let networksMax = 16
    /// The greatest item number that is remembered: a byte each, so at most 32 MB in all.
    static let itemNumberMax: Int64 = 2_000_000

    private let known = Mutex(RecentlyUsed<Network, Known>(generationMax: NetworkBands.networksMax / 2))

    /// The bands of all items, of committed rows as of now. Two round trips when nothing usable is remembered, else one.
    func current(_ network: Network, on session: Session) throws(PQError) -> Known {
        if let older = known.withLock({ $0.value(for: network) }),
            let newer = try Self.update(older, of: network, on: session)
        {
            remember(newer, of: network)
            return newer
        }
        let all = ColumnReader<NetworkBandsColumn>(try session.query(.networkBands) { $0.network(network) }[0])
        var found = Known(Seen(all))
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
            $0.text(older.seen.commits)
            $0.timestamptz(older.seen.at.microseconds)
            $0.int8(older.seen.epoch)
        }[0]
        let changed = ColumnReader<BandsChangedColumn>(row, from: NetworkBandsColumn.count)
        guard changed.bool(.isUsable) else { return nil }
        let bands = ColumnReader<NetworkBandsColumn>(row)
        var newer = older
        newer.seen = Seen(bands)
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
            Int64(items.count { ($0 < known.bands.count ? known.bands[Int($0)] : .out) == band })
        }

        /// Which items alone to look at. Nil where most are in the band anyway, since lists of numbers cost more than looking.
        var only: [Int64]? {
            switch band {
            case .low: items { $0 == .low }
            case .inStock where known.inStockCount * 2 < known.bands.count: items { $0 == .inStock }
            case .inStock, .out: nil
            }
        }

        /// Which items not to look at, where most are not out.
        var except: [Int64]? {
            band == .out && countOfOthers * 2 > known.bands.count ? items { $0 != .out } : nil
        }

        private func items(where isIncluded: (Band) -> Bool) -> [Int64] {
            known.bands.indices.compactMap { isIncluded(known.bands[$0]) ? Int64($0) : nil }
        }
    }
}

extension NetworkBands.Network {
    func isEligible(_ location: LocationNumber) -> Bool {
        guard let heldBack else { return true }
        let index = Int(location.rawValue) - 1
        return heldBack.indices.contains(index) && heldBack[index] >= 0
    }
}

extension NetworkBands.Seen {
    fileprivate init(_ row: ColumnReader<NetworkBandsColumn>) {
        commits = row.text(.commits)
        at = row.requiredTimestamp(.at)
        epoch = row.int8(.epoch)
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
    }
}
