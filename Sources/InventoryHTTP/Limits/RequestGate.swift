import HTTPTypes
import Hummingbird
import Inventory
import InventoryService
import InventoryWire

/// Whom the service listens to: what a request must be allowed before its body is read. It asks who the client is and
/// whether it may call the operation, and holds it to its limits.
///
/// In two ways with the same answer: `admit` asks whoever has to be asked and says no in its time; `admitAtOnce` is for the
/// fast lane, and leaves to the other all that would wait or be refused.
struct RequestGate: Sendable {
    let limiter: ClientLimiter
    /// Nil: nobody is asked.
    let authenticator: Authenticator?
    let table: AccessTable
    /// What answers say of each class's limit; nil where there is none.
    private let policies: [String?]

    init(limiter: ClientLimiter, authenticator: Authenticator?, table: AccessTable) {
        self.limiter = limiter
        self.authenticator = authenticator
        self.table = table
        policies = RequestClass.allCases.map { requests in
            limiter.limits.rate(of: requests).map { RateHeaders.policy(requests.name, $0) }
        }
    }

    /// A request that was let in. To be ended with `end`, once.
    struct Passage: Sendable {
        /// As whom it is counted; nil where it is not.
        fileprivate let counted: ClientAccount?
        /// What its answer says of the client's limits, if it is no problem.
        let rate: RateHeaders?
    }

    /// Whether there is anything to ask.
    var isOpen: Bool { authenticator == nil && !limiter.limits.areSet }

    func end(_ passage: Passage) {
        if let counted = passage.counted { limiter.end(counted) }
    }

    // MARK: - At once

    /// - Parameters:
    ///   - authorization: the one value of the request's header; nil where it has none.
    ///   - last: who sent the connection's last request: most often the next comes from the same.
    ///   - context: is told who calls.
    /// - Returns: nil where somebody has to be asked first, or where the client may not come in. Nothing is counted then.
    func admitAtOnce(
        _ request: Request, showing authorization: String?, after last: inout LastCaller?,
        _ context: inout AppContext, to operation: OperationAccess, at path: String
    ) -> Passage? {
        if let authenticator {
            if let address = Self.address(context), limiter.refusalOfDenied(address) != nil { return nil }
            guard let caller = rememberedCaller(of: request, authorization, after: &last, context, authenticator),
                (try? Self.check(caller, for: operation)) != nil
            else { return nil }
            context.caller = caller
        }
        guard limiter.limits.areSet else { return Passage(counted: nil, rate: nil) }
        let requests = RequestClass(request, operation, at: path)
        if let account = last?.account, let admission = limiter.begin(account, requests) {
            guard case .admitted(let standing) = admission else { return nil }
            return passage(account, requests, standing)
        }
        guard let client = LimitedClient(context.caller.client, context.clientAddress) else {
            return Passage(counted: nil, rate: nil)
        }
        guard case (let account, .admitted(let standing)) = limiter.begin(client, requests) else { return nil }
        if !account.isShared { last?.account = account }
        return passage(account, requests, standing)
    }

    /// - Parameter last: becomes whoever sends this one, or nobody where it shows no token or key.
    /// - Returns: nil where somebody has to be asked.
    private func rememberedCaller(
        of request: Request, _ authorization: String?, after last: inout LastCaller?, _ context: AppContext,
        _ authenticator: Authenticator
    ) -> Caller? {
        if let last, last.authorization == authorization { return authenticator.rememberedCaller(last.bearer) }
        last = nil
        guard let credential = try? Credential(request, context) else { return nil }
        guard case .bearer(let text) = credential, let authorization, let known = authenticator.known(bearer: text)
        else { return authenticator.rememberedCaller(credential) }
        last = LastCaller(authorization, known)
        return authenticator.rememberedCaller(known)
    }

    private func passage(
        _ counted: ClientAccount, _ requests: RequestClass, _ standing: BucketStanding?
    ) -> Passage {
        guard let standing, let policy = policies[requests.rawValue] else {
            return Passage(counted: counted, rate: nil)
        }
        return Passage(counted: counted, rate: RateHeaders(requests.name, policy: policy, standing))
    }

    // MARK: - In its time

    /// - Parameter operation: nil for the files of the viewer, which anybody may read.
    /// - Throws: `Problem`, for whoever may not come in.
    func admit(
        _ request: Request, _ context: inout AppContext, to operation: OperationAccess?, at path: String
    ) async throws -> Passage {
        if let authenticator, let operation {
            let caller = try await caller(of: request, context, authenticator)
            // First of all, so that a refusal is known to be this client's.
            context.caller = caller
            try Self.check(caller, for: operation)
        }
        guard limiter.limits.areSet, let client = LimitedClient(context.caller.client, context.clientAddress) else {
            return Passage(counted: nil, rate: nil)
        }
        let requests = RequestClass(request, operation, at: path)
        let (counted, admission) = limiter.begin(client, requests)
        switch admission {
        case .tooManyUnderWay: throw Problem.rateLimited(underWay: limiter.limits.underWayMax ?? 0)
        case .refused(let standing):
            await limiter.holdBack(client)
            throw Problem.rateLimited(requests.name, limiter.limits.rate(of: requests), standing)
        case .admitted(let standing): return passage(counted, requests, standing)
        }
    }

    /// Keeps those off for a while who come with nothing that says who they are, again and again: to look at a token costs
    /// more than to send one.
    private func caller(
        of request: Request, _ context: AppContext, _ authenticator: Authenticator
    ) async throws -> Caller {
        if let address = Self.address(context), let standing = limiter.refusalOfDenied(address) {
            await limiter.holdBack(address)
            throw Problem.rateLimited("denials", limiter.limits.denials, standing)
        }
        do throws(AccessDenial) {
            return try await authenticator.caller(Credential(request, context))
        } catch {
            throw Problem(error)
        }
    }

    /// Counts a request that nobody could be found for.
    func denied(_ context: AppContext) {
        if authenticator != nil, let address = Self.address(context) { limiter.denied(address) }
    }

    private static func address(_ context: AppContext) -> LimitedClient? {
        context.clientAddress.map { .address($0.network) }
    }

    private static func check(_ caller: Caller, for operation: OperationAccess) throws {
        guard operation.scopes.isEmpty || !caller.scopes.isDisjoint(with: operation.scopes) else {
            throw Problem(needing: operation.scopes)
        }
        if operation.bound == .refused, caller.binding.isBound {
            throw Problem(
                .forbidden,
                "this is about all locations, and the client is bound to some; use a client that is not bound")
        }
    }
}

/// Who sent a connection's last request: what need not be worked out again when the next comes from the same. That the token or
/// key is still good, it does not say.
struct LastCaller: Sendable {
    /// The header's value, and what it comes to.
    let authorization: String
    let bearer: KnownBearer
    /// Where its requests are counted; nil where that is not known yet, or they are not.
    var account: ClientAccount?

    /// As many bytes are kept for each connection.
    static let authorizationBytesMax = 2_048

    /// - Returns: nil where the header is longer than what is kept.
    init?(_ authorization: String, _ bearer: KnownBearer) {
        guard authorization.utf8.count <= Self.authorizationBytesMax else { return nil }
        self.authorization = authorization
        self.bearer = bearer
    }
}

/// The gate before the routes. Before the body: whoever may not come in is not listened to.
struct GateMiddleware: RouterMiddleware {
    typealias NoteRefused = @Sendable (Problem, OperationAccess, Caller) -> Void

    let gate: RequestGate
    /// Told of every problem that a request was answered with.
    let noteRefused: NoteRefused

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        let path = context.endpointPath
        let operation = path.flatMap { gate.table.operation(request.method, $0) }
        // The router does not let a route be without; what is not known is closed.
        guard operation != nil || gate.authenticator == nil else { throw Problem(.internalError, "internal error") }
        var context = context
        do {
            let passage = try await gate.admit(request, &context, to: operation, at: path ?? "")
            defer { gate.end(passage) }
            var response = try await next(request, context)
            if let rate = passage.rate { response.headers.set(rate) }
            return response
        } catch let problem as Problem {
            if problem.code == .unauthenticated { gate.denied(context) }
            // Of operations alone: the pages' files are nobody's.
            if let operation { noteRefused(problem, operation, context.caller) }
            throw problem
        }
    }
}
