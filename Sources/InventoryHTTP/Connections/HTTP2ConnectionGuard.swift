import NIOCore
import NIOHTTP2

/// Closes HTTP/2 connections that the protocol has given up: after an error at once, after a farewell when their streams
/// had time to end. The library says `GOAWAY` in both cases and leaves the rest to the client. Nor does it hold a client to
/// a number of streams before the client has confirmed that it knows the number; this does.
final class HTTP2ConnectionGuard: ChannelDuplexHandler, NIOHTTP2FrameDelegate {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// After an error, for the client to read what was wrong.
    private static let lingering: TimeAmount = .seconds(2)
    /// After a farewell, for streams to end and for the client to say that it has heard.
    private let draining: TimeAmount
    private let streamsMax: Int
    private var streams = 0
    private var lastStream = HTTP2StreamID.rootStream
    private var context: ChannelHandlerContext?
    private var isDraining = false
    /// Nothing more is read.
    private var isBroken = false

    init(_ limits: HTTPLimits) {
        draining = TimeAmount(limits.drainWithin)
        streamsMax = limits.streamsMax
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func wroteFrame(_ frame: HTTP2Frame) {
        guard case .goAway(_, let code, _) = frame.payload else { return }
        if code == .noError { drain() } else { fail() }
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        closeSoon(in: draining)
    }

    private func fail() {
        guard !isBroken else { return }
        isBroken = true
        closeSoon(in: Self.lingering)
    }

    private func closeSoon(in time: TimeAmount) {
        guard let context else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    private func opened(_ stream: HTTP2StreamID) {
        streams += 1
        lastStream = max(lastStream, stream)
        guard streams > streamsMax, !isBroken, let context else { return }
        let farewell = HTTP2Frame.FramePayload.goAway(
            lastStreamID: lastStream, errorCode: .enhanceYourCalm, opaqueData: nil)
        context.writeAndFlush(wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: farewell)), promise: nil)
        fail()
    }

    private func closed() { streams -= 1 }

    func read(context: ChannelHandlerContext) {
        if !isBroken { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that sends nothing more cannot even say that it has room for an answer.
        if let end = event as? ChannelEvent, end == .inputClosed { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Errors of single streams end here: the stream is reset already. Before the first frame there is no GOAWAY.
        if error is NIOHTTP2Errors.BadClientMagic { fail() }
    }
}

extension HTTP2ConnectionGuard {
    /// Tells the guard of streams that begin and end, and another that counts them too.
    struct Streams<Other: NIOHTTP2StreamDelegate & Sendable>: NIOHTTP2StreamDelegate, Sendable {
        private let connection: NIOLoopBound<HTTP2ConnectionGuard>
        private let other: Other

        init(_ connection: HTTP2ConnectionGuard, and other: Other, eventLoop: any EventLoop) {
            self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
            self.other = other
        }

        // Both are called on the event loop of the connection.
        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
            other.streamCreated(id, channel: channel)
            connection.value.opened(id)
        }

        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
            other.streamClosed(id, channel: channel)
            connection.value.closed()
        }
    }
}

// Lives on its connection's event loop.
@available(*, unavailable)
extension HTTP2ConnectionGuard: Sendable {}
