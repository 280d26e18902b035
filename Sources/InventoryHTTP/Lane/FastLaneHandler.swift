import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes

/// Stands before the router on a connection of HTTP/1.1, and answers what is the fast lane's. Answers go out in the order of
/// their requests: while the lane works on one, what comes after it waits here; while the router has one, all go to it.
///
/// A request is the lane's only when all of it came together: one that comes in pieces is the router's, with all that may
/// become of it on the way.
final class FastLaneHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Between two requests.
        case idle
        /// Of a request that may be the lane's, not all was read yet.
        case collecting(FastLane.Candidate, ByteBuffer?)
        /// The rest of a request is the router's.
        case passing
        /// The lane has a request that it has not answered.
        case answering
        /// What the lane has answered is still on its way out.
        case flushing
        case gone
    }

    /// What came while the lane was busy.
    private enum Held {
        case part(HTTPRequestPart)
        case event(Any)
        case error(any Error)
    }

    private let lane: FastLane
    private let client: ClientConnection
    private let logger: Logger
    private var state = State.idle
    /// Who sent the last request that was the lane's.
    private var last: LastCaller?
    /// Requests that the router has, and has not answered. It also answers what is no request.
    private var passed = 0
    /// No more than came with one round of reading: while anything waits here, nothing is read.
    private var held = CircularBuffer<Held>()
    private var isReadHeld = false

    init(_ lane: FastLane, for client: ClientConnection, logger: Logger) {
        self.lane = lane
        self.client = client
        self.logger = logger
    }

    private var isBusy: Bool {
        switch state {
        case .answering, .flushing: true
        default: !held.isEmpty
        }
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isBusy { return held.append(.part(part)) }
        receive(part, context)
    }

    private func receive(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.idle, .head(let head)):
            if passed == 0, let candidate = lane.candidate(head) {
                state = .collecting(candidate, nil)
            } else {
                passed += 1
                state = .passing
                context.fireChannelRead(wrapInboundOut(part))
            }
        case (.collecting(let candidate, nil), .body(let bytes)): state = .collecting(candidate, bytes)
        case (.collecting(let candidate, var body?), .body(var bytes)):
            body.writeBuffer(&bytes)
            state = .collecting(candidate, body)
        case (.collecting(let candidate, let body), .end):
            guard begin(candidate, body ?? ByteBuffer(), context) else {
                pass(context)
                state = .idle
                return context.fireChannelRead(wrapInboundOut(part))
            }
        case (.passing, .end):
            state = .idle
            context.fireChannelRead(wrapInboundOut(part))
        case (.gone, _): break
        default: context.fireChannelRead(wrapInboundOut(part))
        }
    }

    /// - Returns: false for what the router is to have.
    private func begin(_ candidate: FastLane.Candidate, _ body: ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        guard body.readableBytes == candidate.bodyBytes,
            let admitted = lane.admit(candidate, body, from: client, after: &last, on: context.channel, logger)
        else { return false }
        state = .answering
        let loop = context.eventLoop
        let here = NIOLoopBound((self, context), eventLoop: loop)
        lane.answer(admitted) { answer in
            loop.execute {
                // Whoever is counted is counted to the end, also where nobody waits any more.
                let answer = answer()
                let (handler, context) = here.value
                handler.send(answer, context)
            }
        }
        return true
    }

    /// Gives the router what was kept back of a request.
    private func pass(_ context: ChannelHandlerContext) {
        guard case .collecting(let candidate, let body) = state else { return }
        passed += 1
        state = .passing
        context.fireChannelRead(wrapInboundOut(.head(candidate.head)))
        if let body { context.fireChannelRead(wrapInboundOut(.body(body))) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !isBusy { pass(context) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    // MARK: - What else happens to a connection

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isBusy { return held.append(.event(event)) }
        pass(context)
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isBusy { return held.append(.error(error)) }
        pass(context)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    private func leave() {
        state = .gone
        held.removeAll()
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { passed = max(0, passed - 1) }
        context.write(data, promise: promise)
    }

    private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
        guard case .answering = state else { return }
        let head = HTTPResponse(status: answer.status, headerFields: answer.headers)
        // With the last bytes, since the end has none: a promise of its own would send an empty buffer along.
        let written = context.eventLoop.makePromise(of: Void.self)
        context.write(wrapOutboundOut(.head(head)), promise: answer.body == nil ? written : nil)
        if let body = answer.body { context.write(wrapOutboundOut(.body(body)), promise: written) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        state = .idle
        goOn(context, after: written.futureResult)
    }

    /// Takes what has waited. What ends the connection goes on only when the last answer is out: whoever hears of it closes.
    /// - Parameter written: nil where nothing is on its way out.
    private func goOn(_ context: ChannelHandlerContext, after written: EventLoopFuture<Void>?) {
        waiting: while let next = held.first {
            if case .part(let part) = next {
                held.removeFirst()
                receive(part, context)
                if case .answering = state { break waiting }
                continue
            }
            pass(context)
            if let written {
                let before = state
                state = .flushing
                return written.assumeIsolated().whenComplete { _ in
                    guard case .flushing = self.state else { return }
                    self.state = before
                    self.goOn(context, after: nil)
                }
            }
            held.removeFirst()
            switch next {
            case .event(let event): context.fireUserInboundEventTriggered(event)
            case .error(let error): context.fireErrorCaught(error)
            case .part: break
            }
        }
        // The end of the round in which it came has passed already.
        pass(context)
        context.fireChannelReadComplete()
        guard held.isEmpty, isReadHeld else { return }
        isReadHeld = false
        context.read()
    }
}

// Lives on its connection's event loop.
@available(*, unavailable)
extension FastLaneHandler: Sendable {}
