package import Inventory
import NIOCore
import Synchronization

/// Whose requests are counted together.
package enum LimitedClient: Sendable, Hashable {
    case client(ClientID)
    /// An IPv6 network of 64 bits counts as one address: that is what one customer gets.
    case address(IPAddress)
    /// Those for whom there was no place.
    case others

    package init?(_ client: ClientID?, _ address: IPAddress?) {
        if let client {
            self = .client(client)
        } else if let address {
            self = .address(address.network)
        } else {
            return nil
        }
    }
}

/// Counts what each client asks for. It knows so many clients at one time, and forgets those first that have used the
/// least of what they may.
package final class ClientLimiter: Sendable {
    package enum Admission: Sendable {
        /// To be ended with `end`.
        case admitted(BucketStanding?)
        case refused(BucketStanding)
        /// As many requests are under way as the client may have.
        case tooManyUnderWay
    }

    private struct Account {
        var buckets = [TokenBucket](repeating: TokenBucket(), count: RequestClass.allCases.count)
        var denials = TokenBucket()
        var underWay = 0

        func fullAt() -> Int64 { max(buckets.map(\.fullAt).max() ?? .min, denials.fullAt) }
    }

    /// Clients that wait for each other's turn; each has so many of all.
    private final class Shard: Sendable {
        let accounts = Mutex<[LimitedClient: Account]>([:])
    }

    /// Clients that are known at one time.
    package static let clientsMax = 16_384
    private static let shardsCount = 16
    /// How long a refusal is held back; and of how many requests of a client at one time, where those are not limited.
    private static let holdBackTime: Duration = .milliseconds(100)
    private static let heldBackMax = 256

    package static let uptime: @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds) }

    let limits: ClientLimits
    private let clientsMax: Int
    private let shards: [Shard]
    private let now: @Sendable () -> Int64

    /// - Parameter now: nanoseconds of a clock that never goes back.
    package init(
        _ limits: ClientLimits, clientsMax: Int = ClientLimiter.clientsMax,
        now: @escaping @Sendable () -> Int64 = ClientLimiter.uptime
    ) {
        self.limits = limits
        self.clientsMax = clientsMax
        self.now = now
        shards = (0..<Self.shardsCount).map { _ in Shard() }
    }

    /// - Returns: as whom the client is counted, which is `others` where there is no place, and what it may.
    package func begin(_ client: LimitedClient, _ requests: RequestClass) -> (LimitedClient, Admission) {
        with(client) { account, now in
            if let max = limits.underWayMax, account.underWay >= max { return .tooManyUnderWay }
            guard let rate = limits.rate(of: requests) else {
                account.underWay += 1
                return .admitted(nil)
            }
            let standing = account.buckets[requests.rawValue].take(rate, at: now)
            guard standing.isAllowed else { return .refused(standing) }
            account.underWay += 1
            return .admitted(standing)
        }
    }

    package func end(_ client: LimitedClient) {
        shard(of: client).accounts.withLock { $0[client]?.underWay -= 1 }
    }

    /// Counts a request that nobody could be found for.
    package func denied(_ client: LimitedClient) {
        guard let rate = limits.denials else { return }
        _ = with(client) { account, now in account.denials.take(rate, at: now) }
    }

    /// Whether there were too many such requests; nil where there is room for more.
    package func refusalOfDenied(_ client: LimitedClient) -> BucketStanding? {
        guard let rate = limits.denials else { return nil }
        let now = now()
        guard var bucket = shard(of: client).accounts.withLock({ $0[client]?.denials }), !bucket.isFull(at: now) else {
            return nil
        }
        let standing = bucket.take(rate, at: now)
        return standing.isAllowed ? nil : standing
    }

    /// Makes a client that is over its limit wait for its refusal, or it would ask again at once: refusing thousands of
    /// requests a second takes time from others too. Only so many wait, as only so many may be under way.
    func holdBack(_ client: LimitedClient) async {
        let (counted, waits) = with(client) { account, _ in
            guard account.underWay < limits.underWayMax ?? Self.heldBackMax else { return false }
            account.underWay += 1
            return true
        }
        guard waits else { return }
        try? await Task.sleep(for: Self.holdBackTime)
        end(counted)
    }

    private func shard(of client: LimitedClient) -> Shard {
        shards[Int(UInt(bitPattern: client.hashValue) % UInt(shards.count))]
    }

    private func with<Answer>(
        _ client: LimitedClient, _ body: (inout Account, Int64) -> Answer
    ) -> (LimitedClient, Answer) {
        let now = now()
        let max = Swift.max(1, clientsMax / shards.count)
        let found: Answer? = shard(of: client).accounts.withLock { accounts in
            guard accounts[client] != nil || Self.makeRoom(in: &accounts, max: max, at: now) else { return nil }
            return body(&accounts[client, default: Account()], now)
        }
        if let found { return (client, found) }
        // Everybody who is known here has requests under way.
        return (
            .others,
            shard(of: .others).accounts.withLock { body(&$0[.others, default: Account()], now) }
        )
    }

    private static func makeRoom(in accounts: inout [LimitedClient: Account], max: Int, at now: Int64) -> Bool {
        guard accounts.count >= max else { return true }
        accounts = accounts.filter { $0.value.underWay > 0 || $0.value.fullAt() > now }
        guard accounts.count >= max else { return true }
        let idle = accounts.lazy.filter { $0.value.underWay == 0 && $0.key != .others }
        guard let least = idle.min(by: { $0.value.fullAt() < $1.value.fullAt() }) else { return false }
        accounts[least.key] = nil
        return true
    }
}
