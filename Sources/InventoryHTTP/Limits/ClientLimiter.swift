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

/// What one client has asked for lately, and has under way.
package final class ClientAccount: Sendable {
    fileprivate struct State {
        var buckets = [TokenBucket](repeating: TokenBucket(), count: RequestClass.allCases.count)
        var denials = TokenBucket()
        var underWay = 0
        /// The limiter has given it up: nothing is counted here any more.
        var isForgotten = false

        var fullAt: Int64 { max(buckets.map(\.fullAt).max() ?? .min, denials.fullAt) }
    }

    fileprivate let state = Mutex(State())
    /// Of those for whom there was no place: not to be remembered, since there may be one the next time.
    let isShared: Bool

    fileprivate init(isShared: Bool = false) { self.isShared = isShared }

    /// - Returns: nil where it was forgotten.
    fileprivate func with<Answer>(_ body: (inout State) -> Answer) -> Answer? {
        state.withLock { $0.isForgotten ? nil : body(&$0) }
    }

    /// Gives it up if nothing is under way and the condition holds.
    /// - Returns: whether it did.
    fileprivate func forget(where condition: (State) -> Bool = { _ in true }) -> Bool {
        state.withLock { state in
            guard state.underWay == 0, condition(state) else { return false }
            state.isForgotten = true
            return true
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

    /// Clients that wait for each other's turn; each has so many of all.
    private final class Shard: Sendable {
        let accounts = Mutex<[LimitedClient: ClientAccount]>([:])
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
    private let others = ClientAccount(isShared: true)
    private let now: @Sendable () -> Int64
    /// When the last bucket of denials is full again, whoever's it is: until then an address may have to be refused.
    private let deniedUntil = Atomic<Int64>(.min)

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

    /// - Returns: where the request is counted, and what the client may.
    package func begin(_ client: LimitedClient, _ requests: RequestClass) -> (ClientAccount, Admission) {
        with(client) { state, now in admission(of: requests, &state, now) }
    }

    /// The same where the client's account is known from an earlier request.
    /// - Returns: nil where it was forgotten since.
    package func begin(_ account: ClientAccount, _ requests: RequestClass) -> Admission? {
        let now = now()
        return account.with { admission(of: requests, &$0, now) }
    }

    private func admission(
        of requests: RequestClass, _ state: inout ClientAccount.State, _ now: Int64
    ) -> Admission {
        if let max = limits.underWayMax, state.underWay >= max { return .tooManyUnderWay }
        guard let rate = limits.rate(of: requests) else {
            state.underWay += 1
            return .admitted(nil)
        }
        let standing = state.buckets[requests.rawValue].take(rate, at: now)
        guard standing.isAllowed else { return .refused(standing) }
        state.underWay += 1
        return .admitted(standing)
    }

    package func end(_ account: ClientAccount) {
        account.state.withLock { $0.underWay -= 1 }
    }

    /// Counts a request that nobody could be found for.
    package func denied(_ client: LimitedClient) {
        guard let rate = limits.denials else { return }
        let (_, fullAt) = with(client) { state, now in
            _ = state.denials.take(rate, at: now)
            return state.denials.fullAt
        }
        _ = deniedUntil.max(fullAt, ordering: .relaxed)
    }

    /// Whether there were too many such requests; nil where there is room for more.
    package func refusalOfDenied(_ client: LimitedClient) -> BucketStanding? {
        guard let rate = limits.denials else { return nil }
        let now = now()
        guard deniedUntil.load(ordering: .relaxed) > now,
            let account = shard(of: client).accounts.withLock({ $0[client] }),
            var bucket = account.with(\.denials), !bucket.isFull(at: now)
        else { return nil }
        let standing = bucket.take(rate, at: now)
        return standing.isAllowed ? nil : standing
    }

    /// Makes a client that is over its limit wait for its refusal, or it would ask again at once: refusing thousands of
    /// requests a second takes time from others too. Only so many wait, as only so many may be under way.
    func holdBack(_ client: LimitedClient) async {
        let (counted, waits) = with(client) { state, _ in
            guard state.underWay < limits.underWayMax ?? Self.heldBackMax else { return false }
            state.underWay += 1
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
        _ client: LimitedClient, _ body: (inout ClientAccount.State, Int64) -> Answer
    ) -> (ClientAccount, Answer) {
        let now = now()
        let max = Swift.max(1, clientsMax / shards.count)
        let shard = shard(of: client)
        while true {
            let account = shard.accounts.withLock { accounts in
                if let known = accounts[client] { return known }
                // Everybody who is known here may have requests under way.
                guard client != .others, Self.makeRoom(in: &accounts, max: max, at: now) else { return others }
                let new = ClientAccount()
                accounts[client] = new
                return new
            }
            // One that is given up this moment has made room for another.
            if let answer = account.with({ body(&$0, now) }) { return (account, answer) }
        }
    }

    private static func makeRoom(
        in accounts: inout [LimitedClient: ClientAccount], max: Int, at now: Int64
    ) -> Bool {
        guard accounts.count >= max else { return true }
        accounts = accounts.filter { !$0.value.forget { $0.fullAt <= now } }
        guard accounts.count >= max else { return true }
        let idle = accounts.lazy.compactMap { client, account in
            account.with { $0.underWay == 0 ? (client: client, account: account, fullAt: $0.fullAt) : nil } ?? nil
        }
        guard let least = idle.min(by: { $0.fullAt < $1.fullAt }), least.account.forget() else { return false }
        accounts[least.client] = nil
        return true
    }
}
