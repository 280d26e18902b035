import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Holds the client of one HTTP/2 stream to the rules that `ConnectionGuard` has for HTTP/1: whom the request is for is
/// said once, heads have a bounded number of fields, and each body has its time. A stream that ends early never looks
/// like the end of a body.
final class StreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let rules: ArrivalRules
    private let headersMax: Int
    private var untaken: UntakenAnswer
    private var hasHead = false
    private var arrival: BodyArrival?
    private var isAlarmSet = false
    /// Whether the stream waits for its client; where it is the service that does not read on, no time runs.
    private var waitsForClient = false
    /// What else the client sends is thrown away.
    private var isBroken = false
    private var isAnswered = false

    init(_ limits: HTTPLimits) {
        rules = ArrivalRules(limits)
        headersMax = limits.headersMax
        untaken = UntakenAnswer(limits)
    }

    // MARK: - The request

    func read(context: ChannelHandlerContext) {
        waitsForClient = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waitsForClient = false
        guard !isBroken else { return }
        switch unwrapInboundIn(data) {
        case .head(var head):
            guard head.headerFields.count <= headersMax else { return refuse(context) }
            hasHead = true
            Self.checkAuthority(&head)
            // Other places look at this to see that a body comes whose length nobody knows yet.
            if head.headerFields[.contentLength] == nil, head.method == .post || head.method == .put {
                head.headerFields[.transferEncoding] = "chunked"
            }
            arrival = BodyArrival(isPost: head.method == .post, path: head.path ?? "")
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

    private static let hostName = HTTPField.Name("Host")

    /// RFC 9113, section 8.3.1: `Host` may stand for `:authority`, and may not differ from it. A request of which it cannot
    /// be told whom it is for goes on without any, and is answered as such.
    private static func checkAuthority(_ head: inout HTTPRequest) {
        let hosts = hostName.map { head.headerFields[values: $0] } ?? []
        if head.authority == nil, hosts.count == 1 {
            head.authority = hosts[0]
        } else if hosts.count > 1 || hosts.count == 1 && hosts[0] != head.authority {
            head.authority = nil
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if arrival != nil, arrival?.deadline == nil {
            arrival?.startWaiting(rules.bodyWithin)
            setAlarm(context)
        }
        context.fireChannelReadComplete()
    }

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
        guard arrival?.isLate(waitsForClient: waitsForClient, rules) == true else { return setAlarm(context) }
        isBroken = true
        context.fireErrorCaught(BodyTimeout())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard hasHead else { return refuse(context) }
        isBroken = true
        // Whatever it was, this client sends nothing more that can be understood.
        context.fireErrorCaught(ChannelError.eof)
    }

    func channelInactive(context: ChannelHandlerContext) {
        untaken.cancel()
        // Otherwise half a body would look like a whole one.
        if arrival != nil, !isBroken { context.fireErrorCaught(ChannelError.eof) }
        context.fireChannelInactive()
    }

    // MARK: - The answer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isAnswered else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        isAnswered = true
        guard arrival != nil else { return context.write(data, promise: promise) }
        // The rest of the request is not wanted. RFC 9113, section 8.1: the client still reads the answer then.
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { Self.reset(context) }
        context.write(data, promise: written)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        untaken.writabilityChanged(context)
        context.fireChannelWritabilityChanged()
    }

    private static func reset(_ context: ChannelHandlerContext) {
        context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: .noError), promise: nil)
    }

    /// Answers a head that nobody else will see.
    private func refuse(_ context: ChannelHandlerContext) {
        guard !isBroken, context.channel.isActive else { return }
        isBroken = true
        isAnswered = true
        let problem = Problem.unreadableRequest.bytes
        let head = HTTPResponse(
            status: .badRequest,
            headerFields: [.contentType: Problem.mediaType, .contentLength: "\(problem.count)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: problem))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { Self.reset(context) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}

// Lives on its connection's event loop.
@available(*, unavailable)
extension StreamGuard: Sendable {}
