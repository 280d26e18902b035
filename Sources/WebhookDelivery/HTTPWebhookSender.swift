import AsyncHTTPClient
package import InventoryService
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Sends webhooks by HTTP.
///
/// The name is looked up here, its addresses are checked, and the connection goes to one that was: a name that means another
/// address a moment later leads nowhere else. Each connection's address is checked once more when it stands. Redirects are not
/// followed.
package final class HTTPWebhookSender: WebhookSender {
    package typealias Resolve = @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress]

    private let guarding: AddressGuard
    private let resolve: Resolve
    private let routes = Mutex(Routes())

    /// How long an address is good for a name.
    private static let addressLife: Duration = .seconds(30)
    private static let lookupTimeout: Duration = .seconds(4)
    private static let connectTimeout: TimeAmount = .seconds(4)
    private static let answerTimeout: TimeAmount = .seconds(10)
    /// Bytes that are read of an answer's body, so that the connection can be used again; a longer one is cut off.
    private static let answerBytesMax = 16 << 10
    /// Hosts that connections are kept to: more than webhooks may name at one time.
    private static let hostsMax = 2 * Webhook.countMax
    /// Connections to one address.
    private static let connectionsMax = 4
    /// Idle ones are closed after so long.
    private static let idleTimeout: TimeAmount = .seconds(20)

    /// - Parameter allowsPrivate: requests may go to loopback, link-local and private addresses, and by plain HTTP.
    package convenience init(allowsPrivate: Bool) {
        self.init(allowsPrivate: allowsPrivate, resolve: NameLookup.addresses)
    }

    /// - Parameter resolve: looks a name up.
    package init(allowsPrivate: Bool, resolve: @escaping Resolve) {
        guarding = AddressGuard(allowsPrivate: allowsPrivate)
        self.resolve = resolve
    }

    /// Closes all connections. Nothing is sent afterwards.
    package func shutdown() async {
        let clients = routes.withLock { routes in
            routes.isClosed = true
            defer { routes.byHost = [:] }
            return routes.byHost.values.map(\.client)
        }
        for client in clients { try? await client.shutdown() }
    }

    package func objection(to url: WebhookURL) -> String? {
        guard url.isSecure || guarding.allowsPrivate else { return "must be an https address" }
        guard let address = try? SocketAddress(ipAddress: url.host, port: url.port) else { return nil }
        return guarding.allows(address) ? nil : Self.notAllowed
    }

    private static let notAllowed =
        "is an address of this machine, of a private network or of no host; webhooks go to public ones "
        + "(HOLDFAST_WEBHOOK_ALLOW_PRIVATE allows others)"

    package func send(_ request: WebhookRequest) async -> WebhookResponse {
        if let objection = objection(to: request.url) { return .unreachable("not sent: the URL \(objection)") }
        // Nothing that an endpoint does may hold a delivery up for longer, not even an answer that comes byte by byte.
        return await withTaskGroup(of: WebhookResponse?.self) { tasks in
            tasks.addTask { await self.request(request) }
            tasks.addTask {
                try? await Task.sleep(for: .seconds(WebhookLimits.sendSecondsMax))
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first ?? .unreachable("no answer in \(WebhookLimits.sendSecondsMax) seconds")
        }
    }

    private func request(_ request: WebhookRequest) async -> WebhookResponse {
        let client: HTTPClient
        do {
            client = try await self.client(for: request.url)
        } catch let refused as Refused {
            return .unreachable(refused.why)
        } catch {
            return .unreachable("no address found for '\(request.url.host)'")
        }
        var sent = HTTPClientRequest(url: request.url.text)
        sent.method = .POST
        for (name, value) in request.headers { sent.headers.add(name: name, value: value) }
        sent.body = .bytes(ByteBuffer(bytes: request.body))
        do {
            let response = try await client.execute(sent, timeout: .seconds(WebhookLimits.sendSecondsMax))
            let answer = WebhookResponse.answered(
                status: Int(response.status.code),
                retryAfterSeconds: response.headers.first(name: "retry-after").flatMap { Int64($0) })
            var bytes = 0
            do {
                for try await part in response.body {
                    bytes += part.readableBytes
                    if bytes > Self.answerBytesMax { break }
                }
            } catch {
                // The status says all that is asked.
            }
            return answer
        } catch {
            return .unreachable(Self.words(for: error))
        }
    }

    // MARK: - Addresses

    private struct Refused: Error {
        let why: String
    }

    private struct Routes {
        var byHost: [String: Route] = [:]
        var isClosed = false
    }

    /// The client whose connections go to an address that was checked.
    private struct Route {
        let address: String
        let client: HTTPClient
        var checkedAt: ContinuousClock.Instant
    }

    private func client(for url: WebhookURL) async throws -> HTTPClient {
        let key = "\(url.host) \(url.port)"
        let known = routes.withLock { $0.byHost[key] }
        if let known, known.checkedAt.duration(to: .now) < Self.addressLife { return known.client }
        let addresses = try await lookUp(url)
        // One that may not be asked says that the name is not what it should be, whatever else it has.
        guard addresses.allSatisfy(guarding.allows), let address = addresses[0].ipAddress else {
            throw Refused(why: "not sent: '\(url.host)' \(Self.notAllowed)")
        }
        return try routes.withLock { routes in
            guard !routes.isClosed else { throw Refused(why: "not sent: this process is ending") }
            if routes.byHost[key]?.address == address {
                routes.byHost[key]?.checkedAt = .now
            } else {
                var old = routes.byHost.removeValue(forKey: key)
                if routes.byHost.count >= Self.hostsMax,
                    let oldest = routes.byHost.min(by: { $0.value.checkedAt < $1.value.checkedAt })?.key
                {
                    old = routes.byHost.removeValue(forKey: oldest)
                }
                routes.byHost[key] = Route(
                    address: address, client: makeClient(url.host, at: address), checkedAt: .now)
                if let old { Task { try? await old.client.shutdown() } }
            }
            guard let route = routes.byHost[key] else { throw Refused(why: "not sent") }
            return route.client
        }
    }

    private func lookUp(_ url: WebhookURL) async throws -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: url.host, port: url.port) { return [address] }
        let resolve = resolve
        return try await withThrowingTaskGroup(of: [SocketAddress].self) { tasks in
            tasks.addTask { try await resolve(url.host, url.port) }
            tasks.addTask {
                try await Task.sleep(for: Self.lookupTimeout)
                throw Refused(why: "the address of '\(url.host)' was not found in time")
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? []
        }
    }

    private func makeClient(_ host: String, at address: String) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: Self.connectTimeout, read: Self.answerTimeout)
        configuration.connectionPool = .init(
            idleTimeout: Self.idleTimeout,
            concurrentHTTP1ConnectionsPerHostSoftLimit: Self.connectionsMax)
        // One look decides: what cannot be reached now is tried again later, and told to whoever asks.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .automatic
        if host != address { configuration.dnsOverride = [host: address] }
        let guarding = guarding
        let check: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            guard let address = channel.remoteAddress, guarding.allows(address) else {
                return channel.eventLoop.makeFailedFuture(Refused(why: "not sent"))
            }
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        configuration.http1_1ConnectionDebugInitializer = check
        configuration.http2ConnectionDebugInitializer = check
        return HTTPClient(configuration: configuration)
    }

    /// What an operator may see of a failure: nothing of its request or answer.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: "no connection in time"
            case .readTimeout, .deadlineExceeded: "no answer in time"
            case .tlsHandshakeTimeout: "no TLS in time"
            case .remoteConnectionClosed: "the connection was closed before an answer came"
            default: "failed: \(error.shortDescription)"
            }
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: "TLS failed: the certificate may not be good"
        case is NIOConnectionError: "no connection"
        case is Refused: "not sent: the address is not allowed"
        case is ChannelError: "the connection failed"
        case let error as IOError: "the connection failed (error \(error.errnoCode))"
        default: "failed: \(type(of: error))"
        }
    }
}
