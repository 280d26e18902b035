import Inventory
import InventoryHTTP
import Synchronization
import TestSupport
import Testing

@Suite struct TokenBucketTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `a full bucket gives its burst at once, and then one token at a time`() throws {
        let rate = RequestRate(perSecond: 10, burst: 20)
        var bucket = TokenBucket()
        for left in (0..<20).reversed() {
            let standing = bucket.take(rate, at: 5)
            #expect(standing.isAllowed && standing.remaining == left)
        }
        let refused = bucket.take(rate, at: 5)
        #expect(!refused.isAllowed && refused.remaining == 0)
        #expect(refused.untilNext == Self.second / 10 && refused.untilFull == 2 * Self.second)
        // Who keeps trying is not kept out for it.
        for _ in 0..<100 { _ = bucket.take(rate, at: 5) }
        let next = bucket.take(rate, at: 5 + Self.second / 10)
        #expect(next.isAllowed && next.remaining == 0)
        let later = bucket.take(rate, at: 5 + 10 * Self.second)
        #expect(later.isAllowed && later.remaining == 19)
    }

    @Test func `whatever comes when, no time has more than its burst and its rate`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let rate = RequestRate(perSecond: 50, burst: 80)
        var bucket = TokenBucket()
        var now: Int64 = 0
        var taken: [Int64] = []
        for _ in 0..<5_000 {
            now += Int64.random(in: 0...(Self.second / 100), using: &random)
            if bucket.take(rate, at: now).isAllowed { taken.append(now) }
        }
        for first in stride(from: 0, to: taken.count, by: 37) {
            for last in stride(from: first, to: taken.count, by: 41) {
                let seconds = Double(taken[last] - taken[first]) / Double(Self.second)
                #expect(Double(last - first + 1) <= 80 + 50 * seconds + 1, "seed \(seed)")
            }
        }
        // And what is allowed is given: with so much asked for, the rate is used up.
        #expect(Double(taken.count) >= 50 * Double(now) / Double(Self.second), "seed \(seed)")
    }
}

@Suite struct ClientLimiterTests {
    private final class Clock: Sendable {
        let now = Mutex<Int64>(1_000)
        func pass(seconds: Int64) { now.withLock { $0 += seconds * 1_000_000_000 } }
    }

    private static func limiter(_ clock: Clock, clientsMax: Int = 1_000, _ limits: ClientLimits) -> ClientLimiter {
        ClientLimiter(limits, clientsMax: clientsMax) { clock.now.withLock { $0 } }
    }

    private static func limits(_ set: (inout ClientLimits) -> Void) -> ClientLimits {
        var limits = ClientLimits.none
        set(&limits)
        return limits
    }

    private func address(_ number: Int) throws -> LimitedClient {
        try #require(LimitedClient(nil, IPAddress("10.0.\(number / 256).\(number % 256)")))
    }

    private func isAdmitted(_ limiter: ClientLimiter, _ client: LimitedClient, _ requests: RequestClass) -> Bool {
        guard case (let counted, .admitted) = limiter.begin(client, requests) else { return false }
        limiter.end(counted)
        return true
    }

    @Test func `each client has its own, and each class`() throws {
        let clock = Clock()
        let limiter = Self.limiter(clock, Self.limits { $0.writes = RequestRate(perSecond: 1, burst: 2) })
        let till = try #require(LimitedClient(ClientID("till"), nil))
        let shop = try #require(LimitedClient(ClientID("shop"), IPAddress("10.0.0.1")))
        #expect((0..<3).map { _ in isAdmitted(limiter, till, .writes) } == [true, true, false])
        #expect((0..<3).map { _ in isAdmitted(limiter, shop, .writes) } == [true, true, false])
        #expect((0..<9).allSatisfy { _ in isAdmitted(limiter, till, .reads) })
        clock.pass(seconds: 1)
        #expect((0..<2).map { _ in isAdmitted(limiter, till, .writes) } == [true, false])
    }

    @Test func `requests under way are bounded, and their end makes room`() throws {
        let limiter = Self.limiter(Clock(), Self.limits { $0.underWayMax = 2 })
        let client = try address(1)
        var accounts: [ClientAccount] = []
        for _ in 0..<2 {
            guard case (let account, .admitted) = limiter.begin(client, .reads) else {
                Issue.record("was refused")
                return
            }
            accounts.append(account)
        }
        guard case (_, .tooManyUnderWay) = limiter.begin(client, .reads) else {
            Issue.record("was admitted")
            return
        }
        limiter.end(try #require(accounts.first))
        #expect(isAdmitted(limiter, client, .reads))
    }

    @Test func `an account that is known counts on, until the limiter has given it up`() throws {
        let clock = Clock()
        let limiter = Self.limiter(
            clock, clientsMax: 16, Self.limits { $0.reads = RequestRate(perSecond: 1, burst: 2) })
        let client = try address(1)
        guard case (let account, .admitted) = limiter.begin(client, .reads) else {
            Issue.record("was refused")
            return
        }
        guard case .admitted = limiter.begin(account, .reads), case .refused = limiter.begin(account, .reads) else {
            Issue.record("what came before did not count")
            return
        }
        #expect(!isAdmitted(limiter, client, .reads))
        limiter.end(account)
        limiter.end(account)
        // All others together have more clients than there are places; it has used nothing for long.
        clock.pass(seconds: 10)
        for number in 2..<200 { _ = isAdmitted(limiter, try address(number), .reads) }
        #expect(limiter.begin(account, .reads) == nil)
        #expect(isAdmitted(limiter, client, .reads))
    }

    @Test func `a flood of addresses frees nobody who has used much`() throws {
        let clock = Clock()
        let limiter = Self.limiter(
            clock, clientsMax: 64, Self.limits { $0.reads = RequestRate(perSecond: 1, burst: 100) })
        let heavy = try address(60_000)
        while isAdmitted(limiter, heavy, .reads) {}
        for number in 0..<2_000 { #expect(isAdmitted(limiter, try address(number), .reads)) }
        #expect(!isAdmitted(limiter, heavy, .reads))
    }

    @Test func `one IPv6 customer is one client, whatever addresses it takes`() throws {
        let limiter = Self.limiter(Clock(), Self.limits { $0.reads = RequestRate(perSecond: 1, burst: 1) })
        let first = try #require(LimitedClient(nil, IPAddress("2001:db8::1")))
        let second = try #require(LimitedClient(nil, IPAddress("2001:db8::ffff:2")))
        let other = try #require(LimitedClient(nil, IPAddress("2001:db8:0:1::1")))
        #expect([first, second, other].map { isAdmitted(limiter, $0, .reads) } == [true, false, true])
    }

    @Test func `denials are counted apart, and pass`() throws {
        let clock = Clock()
        let limiter = Self.limiter(clock, Self.limits { $0.denials = RequestRate(perSecond: 1, burst: 3) })
        let client = try address(1)
        for _ in 0..<3 {
            #expect(limiter.refusalOfDenied(client) == nil)
            limiter.denied(client)
        }
        #expect(limiter.refusalOfDenied(client)?.untilNext == 1_000_000_000)
        #expect(isAdmitted(limiter, client, .reads))
        clock.pass(seconds: 1)
        #expect(limiter.refusalOfDenied(client) == nil)
    }
}
