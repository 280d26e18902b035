import NIOCore
import NIOHTTP1

/// Stands between the bytes of an HTTP/1 connection and everything else, and holds its client to the rules that only a
/// connection can see: a `Host` as RFC 9112, section 3.2, asks for, an end of the connection where HTTP/1.0 or the client wants
/// one, and a time for each body, also when no byte of it comes. `StreamGuard` does the same for streams of HTTP/2.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// After the last answer, for the client to read it before the connection is gone.
    private static let lingering: TimeAmount = .seconds(2)

    private let rules: ArrivalRules
    private var untaken: UntakenAnswer
    private var arrival: BodyArrival?
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
        rules = ArrivalRules(limits)
        untaken = UntakenAnswer(limits)
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
            arrival = BodyArrival(isPost: head.method == .POST, path: head.uri)
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

    func channelReadComplete(context: ChannelHandlerContext) {
        if arrival != nil, arrival?.deadline == nil {
            arrival?.startWaiting(rules.bodyWithin)
            setAlarm(context)
        }
        context.fireChannelReadComplete()
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
        guard !isBroken, arrival != nil, context.channel.isActive else { return }
        if arrival?.isLate(waitsForClient: waitsForClient, rules) == true { return fail(context, BodyTimeout()) }
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

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        untaken.writabilityChanged(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        untaken.cancel()
        context.fireChannelInactive()
    }

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
