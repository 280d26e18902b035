import HTTPTypes
import Hummingbird
import Inventory

/// The headers of draft-ietf-httpapi-ratelimit-headers: what a client may, and how much of it is left.
struct RateHeaders: Sendable {
    let policy: String
    let limit: String

    init(_ name: String, _ rate: RequestRate, _ standing: BucketStanding) {
        self.init(name, policy: Self.policy(name, rate), standing)
    }

    /// - Parameter policy: what `policy` makes of the name and its rate.
    init(_ name: String, policy: String, _ standing: BucketStanding) {
        self.policy = policy
        limit = "\"\(name)\";r=\(standing.remaining);t=\(Self.seconds(standing.untilFull))"
    }

    static func policy(_ name: String, _ rate: RequestRate) -> String {
        "\"\(name)\";q=\(rate.burst);w=\(rate.windowSeconds)"
    }

    /// Whole seconds, so that what is said to be over is over.
    static func seconds(_ nanoseconds: Int64) -> Int64 { (nanoseconds + 999_999_999) / 1_000_000_000 }

    fileprivate static let policyName = HTTPField.Name("RateLimit-Policy")
    fileprivate static let limitName = HTTPField.Name("RateLimit")
}

extension HTTPFields {
    /// - Parameter rate: of an answer that has no such headers yet.
    mutating func set(_ rate: RateHeaders) {
        if let name = RateHeaders.policyName { append(HTTPField(name: name, value: rate.policy)) }
        if let name = RateHeaders.limitName { append(HTTPField(name: name, value: rate.limit)) }
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

extension RequestClass {
    private static let imports = "/v1/imports"
    /// Nearly a megabyte, for anybody.
    private static let contract = "/openapi.yaml"

    /// - Parameters:
    ///   - operation: nil for the files of the viewer.
    ///   - path: as the router has it.
    init(_ request: Request, _ operation: OperationAccess?, at path: String) {
        guard let operation else {
            self = request.method == .get ? .reads : .writes
            return
        }
        if operation.isAdministration {
            self = .admin
            return
        }
        switch request.method {
        case .get where path == Self.contract: self = .bulk
        case .get, .head: self = .reads
        case .post where path == Self.imports: self = .bulk
        case .post, .put: self = request.isBulk ? .bulk : operation.isReading ? .reads : .writes
        default: self = .writes
        }
    }
}

extension OperationAccess {
    private static let administration = Scopes([.admin, .webhooksManage])
    private static let questions = Scopes([.availabilityRead, .availabilityPublic, .reservationsRead, .eventsRead])

    fileprivate var isAdministration: Bool { !scopes.isEmpty && scopes.isSubset(of: Self.administration) }

    /// A question, whatever its method.
    fileprivate var isReading: Bool { scopes.isSubset(of: Self.questions) }
}
