import Inventory
import InventoryService
import Synchronization
import Testing

/// Who calls, while keys come and go and the store is away.
@Suite struct AuthenticatorTests {
    /// One key, and a store that can be away. Counts how often it is asked.
    private final class Keys: APIKeyStore {
        struct State {
            var key: APIKey
            var hash: Digest
            var isAway = false
            var isGone = false
            var asked = 0
            /// What happens while an answer is on its way.
            var meanwhile: (@Sendable () -> Void)?
        }
        let text: APIKeyText
        let state: Mutex<State>
        let now: Timestamp

        init(expiresAfter seconds: Int64? = nil) {
            let (text, now) = (APIKeyText.draw(), Timestamp(microseconds: 1_000_000_000_000))
            (self.text, self.now) = (text, now)
            let key = APIKey(
                id: text.id, client: ClientID(stored: "shop"), name: "", grant: AccessGrant(roles: [.analyst]),
                certificate: nil, createdAt: now, createdBy: nil,
                expiresAt: seconds.map { now.advanced(byMicroseconds: $0 * 1_000_000) })
            state = Mutex(State(key: key, hash: text.hash))
        }

        func presented(_ id: APIKeyID) async throws(StoreError) -> PresentedKey? {
            let found = state.withLock { state -> Result<PresentedKey?, StoreError> in
                state.asked += 1
                if state.isAway { return .failure(.unavailable) }
                guard !state.isGone, state.key.id == id else { return .success(nil) }
                return .success(PresentedKey(key: state.key, hash: state.hash, now: now))
            }
            state.withLock(\.meanwhile)?()
            return try found.get()
        }

        func presented(certificate: Digest) async throws(StoreError) -> PresentedKey? {
            try await presented(text.id)
        }

        func create(
            _ new: NewAPIKey, _ text: APIKeyText, _ request: RequestKey?, by actor: ActorName?
        ) async throws(StoreError) -> Result<MadeAPIKey, APIKeyRejection> { .failure(.notFound) }
        func rotate(
            _ id: APIKeyID, to text: APIKeyText, overlapSeconds: Int64, _ request: RequestKey?, by actor: ActorName?
        ) async throws(StoreError) -> Result<MadeAPIKey, APIKeyRejection> { .failure(.notFound) }
        func revoke(
            _ id: APIKeyID, by actor: ActorName?
        ) async throws(StoreError) -> Result<APIKey, APIKeyRejection> { .failure(.notFound) }
        func key(_ id: APIKeyID) async throws(StoreError) -> (key: APIKey, now: Timestamp)? { nil }
        func keys(
            of client: ClientID?, _ page: PageRequest
        ) async throws(StoreError) -> (page: Page<APIKey>, now: Timestamp) {
            (Page(elements: [], hasMore: false, total: nil), now)
        }
        func noteUses(_ uses: [APIKeyID: Timestamp]) async throws(StoreError) {}
    }

    private final class Clock: Sendable {
        let milliseconds = Mutex<Int64>(0)
        func pass(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1_000 } }
    }

    private func answer(_ authenticator: Authenticator, _ text: String) async -> Result<Caller, AccessDenial> {
        do throws(AccessDenial) {
            return .success(try await authenticator.caller(bearer: text))
        } catch {
            return .failure(error)
        }
    }

    private func remembered(_ text: String, _ authenticator: Authenticator) -> Caller? {
        authenticator.known(bearer: text).flatMap { authenticator.rememberedCaller($0) }
    }

    private func make(_ keys: Keys, _ clock: Clock) -> Authenticator {
        Authenticator(
            keys: keys, tokens: nil, uses: APIKeyUses(), milliseconds: { clock.milliseconds.withLock { $0 } })
    }

    @Test func `who needs an answer at once gets it only while a key is fresh, and takes nobody's turn to ask`() async {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        let text = keys.text.text
        #expect(remembered(text, authenticator) == nil)
        guard case .success(let caller) = await answer(authenticator, text) else {
            Issue.record("a good key was refused")
            return
        }
        #expect(remembered(text, authenticator) == caller)
        #expect(remembered(text + "x", authenticator) == nil)
        #expect(remembered("no key", authenticator) == nil)
        #expect(keys.state.withLock(\.asked) == 1)
        clock.pass(seconds: Authenticator.keyFreshSeconds)
        #expect(remembered(text, authenticator) == nil)
        // The next that may wait is the one that asks, and hears that the key is gone.
        keys.state.withLock { $0.isGone = true }
        #expect(await answer(authenticator, text) == .failure(.invalid("the key is not known")))
        #expect(keys.state.withLock(\.asked) == 2)
        #expect(remembered(text, authenticator) == nil)
    }

    @Test func `a key is looked up once in five seconds, and a revocation is obeyed by then`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        for _ in 0..<100 { #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop") }
        #expect(keys.state.withLock { $0.asked } == 1)
        keys.state.withLock { $0.key.revokedAt = keys.now }
        clock.pass(seconds: 6)
        #expect(await answer(authenticator, keys.text.text) == .failure(.invalid("the key was revoked")))
        #expect(keys.state.withLock { $0.asked } == 2)
    }

    @Test func `a key that ends while it is looked up is not remembered`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        keys.state.withLock { $0.meanwhile = { authenticator.forget(keys.text.id) } }
        // Whoever came before it ended may pass.
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
        keys.state.withLock { ($0.meanwhile, $0.isGone) = (nil, true) }
        #expect(remembered(keys.text.text, authenticator) == nil)
        #expect(await answer(authenticator, keys.text.text) == .failure(.invalid("the key is not known")))
    }

    @Test func `a key expires by the store's clock, remembered or not`() async throws {
        let (keys, clock) = (Keys(expiresAfter: 2), Clock())
        let authenticator = make(keys, clock)
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
        clock.pass(seconds: 3)
        // Neither fresh nor usable any more, so the store is asked; while it is away nobody can tell.
        keys.state.withLock { $0.isAway = true }
        guard case .failure(.unavailable) = await answer(authenticator, keys.text.text) else {
            Issue.record("an expired key was taken")
            return
        }
    }

    @Test func `a store that is away makes nobody a stranger and lets no stranger in`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
        keys.state.withLock { $0.isAway = true }
        for _ in 0..<4 {
            clock.pass(seconds: 60)
            #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
        }
        guard case .failure(.unavailable) = await answer(authenticator, APIKeyText.draw().text) else {
            Issue.record("a stranger was told more than that nobody can tell")
            return
        }
        clock.pass(seconds: 120)
        guard case .failure(.unavailable) = await answer(authenticator, keys.text.text) else {
            Issue.record("a key is taken for ever without the store")
            return
        }
        keys.state.withLock { $0.isAway = false }
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
    }

    @Test func `a wrong secret is told nothing, and asked for again only after a while`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        let forged = String(keys.text.text.dropLast()) + (keys.text.text.hasSuffix("A") ? "B" : "A")
        for _ in 0..<10 {
            #expect(await answer(authenticator, forged) == .failure(.invalid("the key is not known")))
        }
        #expect(keys.state.withLock { $0.asked } == 1)
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
    }

    @Test func `more strangers than are remembered push nobody out`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
        for _ in 0..<25_000 { _ = await answer(authenticator, APIKeyText.draw().text) }
        let asked = keys.state.withLock { $0.asked }
        #expect(try await authenticator.caller(bearer: keys.text.text).client?.text == "shop")
        #expect(keys.state.withLock { $0.asked } == asked)
    }

    @Test func `what is too long or can be no token is refused without being looked at`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        for text in [String(repeating: "a", count: 100_000), "hfk_", "hfk_short_secret", "a.b.c"] {
            switch await answer(authenticator, text) {
            case .failure(.malformed), .failure(.invalid): break
            case let other: Issue.record("\(text.prefix(20)): \(other)")
            }
        }
        #expect(keys.state.withLock { $0.asked } == 0)
    }

    @Test func `a certificate stands for its key, and the text of its hash does not`() async throws {
        let (keys, clock) = (Keys(), Clock())
        let authenticator = make(keys, clock)
        let certificate = sha256(Array("certificate in DER".utf8))
        #expect(try await authenticator.caller(certificate: certificate).client?.text == "shop")
        guard case .failure(.invalid) = await answer(authenticator, "certificate in DER") else {
            Issue.record("a public text stood for a key")
            return
        }
    }
}
