/// What a request is counted as: the classes wear out different things, and a client that has used up one still has the
/// others.
package enum RequestClass: Int, Sendable, CaseIterable {
    case reads, writes
    /// Bodies that are longer than a single call's, and imports.
    case bulk
    case admin

    /// In the headers.
    var name: String {
        switch self {
        case .reads: "reads"
        case .writes: "writes"
        case .bulk: "bulk"
        case .admin: "admin"
        }
    }
}

/// What one client may ask for. A client is who the token, key or certificate says; without one, its address.
package struct ClientLimits: Sendable, Hashable {
    /// By class; nil for any number.
    package var reads: RequestRate?
    package var writes: RequestRate?
    package var bulk: RequestRate?
    package var admin: RequestRate?
    /// Requests without a good token or key, from one address.
    package var denials: RequestRate?
    /// Requests under way at one time.
    package var underWayMax: Int?
    /// Connections at one time from one address that is no trusted proxy's.
    package var connectionsMax: Int?
    /// Event streams at one time; for whoever may see only what shoppers see, from one address.
    package var eventStreamsMax: Int?

    private init() {}

    /// Nobody is held back: for loopback, where nobody is asked who they are.
    package static let none = ClientLimits()

    /// For a service that strangers can reach. More than any shop's client needs, and less than a process can do.
    package static let usual: ClientLimits = {
        var limits = ClientLimits()
        limits.reads = RequestRate(perSecond: 2_000)
        limits.writes = RequestRate(perSecond: 1_000)
        limits.bulk = RequestRate(perSecond: 50)
        limits.admin = RequestRate(perSecond: 20)
        limits.denials = RequestRate(perSecond: 100, burst: 1_000)
        limits.underWayMax = 256
        limits.connectionsMax = 2_000
        limits.eventStreamsMax = 1_000
        return limits
    }()

    /// Whether there is anything to hold somebody to.
    var areSet: Bool { self != .none }

    func rate(of requests: RequestClass) -> RequestRate? {
        switch requests {
        case .reads: reads
        case .writes: writes
        case .bulk: bulk
        case .admin: admin
        }
    }
}
