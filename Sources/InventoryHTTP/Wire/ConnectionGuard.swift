import NIOCore
import NIOHTTP1

/// The body of a request did not arrive in its time.
struct BodyTimeout: Error {}

/// Stands between a connection's bytes and everything else, and holds its client to the rules that only a connection
/// can see: a `Host` as RFC 9112, section 3.2, asks for, an end of the connection where HTTP/1.0 or the client wants
/// one, and a time for each body, also when no byte of it comes.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A body that is being received.
    private struct Arrival {
        let isImport: Bool
        /// Nil until it turned out that the body does not come together with its head.
        var deadline: NIODeadline?
        /// Since the deadline was set.
        var bytes = 0
    }

    /// After the last answer, for the client to read it before the connection is gone.
    private static let lingering: TimeAmount = .seconds(2)

    private let bodyWithin: TimeAmount
    private let importBytesMin: Int
    private var arrival: Arrival?
    private var isAlarmSet = false
    /// Whether the connection waits for its client; where it is the service that does not read on, no time runs.
    private var waitsForClient = false
    /// Requests that went on, and whose answers have not gone out.
    private var unanswered = 0
    /// No further request is read, and the answer under way is the last.
    private var isClosing = false
    /// The client cannot be understood any more: what else it sends is thrown away.
    private var isBroken = false
    /// The next answer is the framework's own to a head that it could not read.
    private var isUnreadableHead = false
    /// Nothing more is said.
    private var isDone = false

    init(_ limits: HTTPLimits) {
        bodyWithin = TimeAmount(limits.bodyWithin)
        importBytesMin = limits.importBytesMin
    }

    // MARK: - Requests

    func read(context: ChannelHandlerContext) {
        waitsForClient = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waitsForClient = false
        guard !isBroken else { return }
        switch unwrapInboundIn(data) {
        case .head(var head):
            guard !isClosing else { return }
            let isOld = head.version.major < 1 || head.version.major == 1 && head.version.minor < 1
            if isOld || !head.isKeepAlive {
                isClosing = true
                // The one spelling that the framework knows.
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            checkHost(&head, isOld: isOld)
            arrival = Arrival(isImport: head.method == .POST && Self.isImport(head.uri))
            unanswered += 1
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(let bytes):
            arrival?.bytes += bytes.readableBytes
            context.fireChannelRead(data)
        case .end:
            guard arrival != nil else { return }
            arrival = nil
            context.fireChannelRead(data)
        }
    }

    /// A request whose `Host` cannot be meant goes on without any, and is answered as such in its turn.
    private func checkHost(_ head: inout HTTPRequestHead, isOld: Bool) {
        switch head.headers["host"].count {
        case 1: break
        // HTTP/1.0 did not know it.
        case 0 where isOld: head.headers.add(name: "host", value: "")
        default: head.headers.remove(name: "host")
        }
    }

    private static func isImport(_ uri: String) -> Bool {
        guard uri.hasPrefix("/v1/imports") else { return false }
        let rest = uri.dropFirst("/v1/imports".count).first
        return rest == nil || rest == "?"
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if arrival != nil, arrival?.deadline == nil {
            startWaiting()
            setAlarm(context)
        }
        context.fireChannelReadComplete()
    }

    private func startWaiting() {
        arrival?.deadline = .now() + bodyWithin
        arrival?.bytes = 0
    }

    /// One alarm at a time for a connection, however many bodies come: it looks which one it meets.
    private func setAlarm(_ context: ChannelHandlerContext) {
        guard !isAlarmSet, let deadline = arrival?.deadline else { return }
        isAlarmSet = true
        context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.isAlarmSet = false
            self.alarm(context)
        }
    }

    private func alarm(_ context: ChannelHandlerContext) {
        guard !isBroken, let arrival, let deadline = arrival.deadline, context.channel.isActive else { return }
        if .now() >= deadline {
            guard !waitsForClient || arrival.isImport && arrival.bytes >= importBytesMin else {
                return fail(context, BodyTimeout())
            }
            startWaiting()
        }
        setAlarm(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isUnreadableHead = error is HTTPParserError && arrival == nil
        fail(context, error)
    }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        isBroken = true
        isClosing = true
        // Of a request that has its answer already, nobody waits for another.
        if arrival != nil, unanswered == 0 {
            isDone = true
            closeSoon(context)
        }
        context.fireErrorCaught(error)
    }

    private func closeSoon(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) { context.close(promise: nil) }
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isDone else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let part = unwrapOutboundIn(data)
        let isLast = isClosing && unanswered <= 1
        if case .end = part { unanswered = max(0, unanswered - 1) }
        guard isLast else { return context.write(data, promise: promise) }
        switch part {
        case .head(var head):
            head.headers.replaceOrAdd(name: "connection", value: "close")
            guard isUnreadableHead, head.status == .badRequest else {
                return context.write(wrapOutboundOut(.head(head)), promise: promise)
            }
            // The framework says only the status; here every error is a problem.
            let problem = Problem.unreadableRequest.bytes
            head.headers.replaceOrAdd(name: "content-type", value: Problem.mediaType)
            head.headers.replaceOrAdd(name: "content-length", value: "\(problem.count)")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: problem)))), promise: nil)
        case .body: context.write(data, promise: promise)
        case .end:
            isDone = true
            context.write(data, promise: promise)
            closeSoon(context)
        }
    }
}

// Lives on its connection's event loop.
@available(*, unavailable)
extension ConnectionGuard: Sendable {}
