import HTTPTypes
import Hummingbird
import Inventory

/// Holds each client to its limits, before its body is read. In front of it stands who the client is.
struct LimitMiddleware: RouterMiddleware {
    let limiter: ClientLimiter
    let table: AccessTable

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard let client = LimitedClient(context.caller.client, context.clientAddress) else {
            return try await next(request, context)
        }
        let requests = requests(request, context)
        let (counted, admission) = limiter.begin(client, requests)
        switch admission {
        case .tooManyUnderWay: throw Problem.rateLimited(underWay: limiter.limits.underWayMax ?? 0)
        case .refused(let standing):
            await limiter.holdBack(client)
            throw Problem.rateLimited(requests.name, limiter.limits.rate(of: requests), standing)
        case .admitted(let standing):
            defer { limiter.end(counted) }
            var response = try await next(request, context)
            if let standing, let rate = limiter.limits.rate(of: requests) {
                response.headers.set(RateHeaders(requests.name, rate, standing))
            }
            return response
        }
    }

    private func requests(_ request: Request, _ context: AppContext) -> RequestClass {
        guard let path = context.endpointPath, let operation = table.operation(request.method, path) else {
            // The viewer's own files.
            return request.method == .get ? .reads : .writes
        }
        if operation.isAdministration { return .admin }
        switch request.method {
        case .get where path == Self.contract: return .bulk
        case .get, .head: return .reads
        case .post where path == Self.imports: return .bulk
        case .post, .put: return request.isBulk ? .bulk : operation.isReading ? .reads : .writes
        default: return .writes
        }
    }

    private static let imports = "/v1/imports"
    /// Nearly a megabyte, for anybody.
    private static let contract = "/openapi.yaml"
}

extension OperationAccess {
    fileprivate var isAdministration: Bool {
        !scopes.isEmpty && scopes.isSubset(of: Scopes([.admin, .webhooksManage]))
    }

    /// A question, whatever its method.
    fileprivate var isReading: Bool {
        scopes.isSubset(of: Scopes([.availabilityRead, .availabilityPublic, .reservationsRead, .eventsRead]))
    }
}

/// Keeps those off for a while who come with nothing that says who they are, again and again: to look at a token costs more
/// than to send one. Around the middleware that asks.
struct DenialLimitMiddleware: RouterMiddleware {
    let limiter: ClientLimiter

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard let address = context.clientAddress.map({ LimitedClient.address($0.network) }) else {
            return try await next(request, context)
        }
        if let standing = limiter.refusalOfDenied(address) {
            await limiter.holdBack(address)
            throw Problem.rateLimited("denials", limiter.limits.denials, standing)
        }
        do {
            return try await next(request, context)
        } catch let problem as Problem where problem.code == .unauthenticated {
            limiter.denied(address)
            throw problem
        }
    }
}

/// The headers of draft-ietf-httpapi-ratelimit-headers: what a client may, and how much of it is left.
struct RateHeaders: Sendable {
    let policy: String
    let limit: String

    init(_ name: String, _ rate: RequestRate, _ standing: BucketStanding) {
        policy = "\"\(name)\";q=\(rate.burst);w=\(rate.windowSeconds)"
        limit = "\"\(name)\";r=\(standing.remaining);t=\(Self.seconds(standing.untilFull))"
    }

    /// Whole seconds, so that what is said to be over is over.
    static func seconds(_ nanoseconds: Int64) -> Int64 { (nanoseconds + 999_999_999) / 1_000_000_000 }

    fileprivate static let policyName = HTTPField.Name("RateLimit-Policy")
    fileprivate static let limitName = HTTPField.Name("RateLimit")
}

extension HTTPFields {
    mutating func set(_ rate: RateHeaders) {
        if let name = RateHeaders.policyName { self[name] = rate.policy }
        if let name = RateHeaders.limitName { self[name] = rate.limit }
    }
}

extension Problem {
    static func rateLimited(_ name: String, _ rate: RequestRate?, _ standing: BucketStanding) -> Problem {
        let seconds = max(RateHeaders.seconds(standing.untilNext), 1)
        let what = name == "denials" ? "requests without a good token or key" : "requests of the class \(name)"
        var problem = Problem(
            .rateLimited, "this client has sent too many \(what); send this one again in \(seconds) s")
        problem.retryAfterSeconds = seconds
        if let rate { problem.headers.set(RateHeaders(name, rate, standing)) }
        return problem
    }

    static func rateLimited(underWay max: Int) -> Problem {
        Problem(
            .rateLimited,
            "this client has \(max) requests under way, and may have no more at one time; wait for answers first")
    }
}
