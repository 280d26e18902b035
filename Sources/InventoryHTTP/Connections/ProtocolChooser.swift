import NIOCore
import NIOTLS

/// Waits at the end of a new connection's handlers until it is known what its client speaks, then gives its place to the
/// handlers of that protocol. With TLS the handshake says it; without, the first bytes do.
final class ProtocolChooser<Chosen: Sendable>: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    enum Choice { case http1, http2 }

    private let isTLS: Bool
    private let within: TimeAmount
    /// Whether the connection may come in at all.
    private let admits: (ChannelHandlerContext) -> Bool
    /// Puts the handlers of the chosen protocol behind this one.
    private let configure: (Choice, ChannelHandlerContext) throws -> Chosen
    private let chosen: EventLoopPromise<Chosen>
    private var received = ByteBuffer()
    private var isDone = false
    private var deadline: Scheduled<Void>?

    /// - Parameters:
    ///   - within: from now on, until the choice must be possible.
    ///   - admits: asked once, when the connection is there; false closes it.
    ///   - chosen: told what `configure` made, or that the connection has ended before.
    init(
        isTLS: Bool, within: TimeAmount, chosen: EventLoopPromise<Chosen>,
        admits: @escaping (ChannelHandlerContext) -> Bool,
        configure: @escaping (Choice, ChannelHandlerContext) throws -> Chosen
    ) {
        self.isTLS = isTLS
        self.within = within
        self.chosen = chosen
        self.admits = admits
        self.configure = configure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: within) { context.close(promise: nil) }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard admits(context) else { return context.close(promise: nil) }
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(ChannelError.eof) }

    func channelInactive(context: ChannelHandlerContext) {
        end(ChannelError.eof)
        context.fireChannelInactive()
    }

    private func end(_ error: any Error) {
        deadline?.cancel()
        guard !isDone else { return }
        isDone = true
        chosen.fail(error)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        guard !isTLS, let choice = HTTP2Preface.choice(received.readableBytesView) else { return }
        choose(choice ? .http2 : .http1, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let name):
            choose(name == "h2" ? .http2 : .http1, context)
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        // Whoever ends before it is known what was meant waits for nothing.
        case let end as ChannelEvent where end == .inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func choose(_ choice: Choice, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        deadline?.cancel()
        do {
            chosen.succeed(try configure(choice, context))
        } catch {
            chosen.fail(error)
            return context.close(promise: nil)
        }
        if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}

/// How a client begins that knows already that the service speaks HTTP/2: RFC 9113, section 3.4.
enum HTTP2Preface {
    private static let bytes = Array("PRI * HTTP/2.0\r\n\r\n".utf8)

    /// Whether it is HTTP/2; nil while it may still become it.
    static func choice(_ received: some Collection<UInt8>) -> Bool? {
        guard zip(received, bytes).allSatisfy({ $0 == $1 }) else { return false }
        return received.count >= bytes.count ? true : nil
    }
}

// Lives on its connection's event loop.
@available(*, unavailable)
extension ProtocolChooser: Sendable {}
