package import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOSSL

extension HTTPServerBuilder {
    /// HTTP/1.1 and HTTP/2 as the framework serves them, with a guard on each connection and each stream.
    /// - Parameter lane: answers what is asked most on connections of HTTP/1.1; nil for none.
    package static func guarded(
        _ limits: HTTPLimits, _ options: ConnectionOptions = ConnectionOptions(), lane: FastLane? = nil
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            HoldfastConnection(
                responder: responder, limits: limits, options: options, lane: lane,
                counter: options.perAddressMax.map { ConnectionCounter(max: $0) })
        }
    }
}

/// The handlers of one connection, and what serves it.
private struct HoldfastConnection: HTTPChannelHandler {
    /// Of HTTP/1, or of one stream.
    typealias Requests = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    enum Exchange: Sendable {
        case http1(Requests)
        case http2(NIOHTTP2Handler.AsyncStreamMultiplexer<Requests>)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Fails when the connection ends before it is known what its client speaks.
        let opened: EventLoopFuture<(Exchange, ClientConnection)>
    }

    let responder: Responder
    let limits: HTTPLimits
    let options: ConnectionOptions
    let lane: FastLane?
    let counter: ConnectionCounter?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let address = ConnectingAddress(channel.remoteAddress)
            if options.usesProxyProtocol, address.value.map(options.proxies.trusts) != false {
                let handler = ProxyProtocolHandler(
                    address, proxies: options.proxies, within: TimeAmount(limits.handshakeWithin))
                try pipeline.addHandler(handler)
            }
            if let certificates = options.certificates {
                try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
            }
            let isTLS = options.certificates != nil
            let isProxy = address.value.map(options.proxies.trusts) == true
            let opened = channel.eventLoop.makePromise(of: (Exchange, ClientConnection).self)
            let chooser = ProtocolChooser(
                isTLS: isTLS,
                within: isTLS ? TimeAmount(limits.handshakeWithin) : .seconds(limits.idleSeconds), chosen: opened,
                // How many a proxy connects for is not limited; whom it connects for is known only later.
                admits: { context in isProxy || count(context.channel, from: address.value) }
            ) { choice, context in
                if isProxy, let client = address.value, !options.proxies.trusts(client),
                    !count(context.channel, from: client)
                {
                    throw ChannelError.ioOnClosedChannel
                }
                let certificate = isTLS ? try context.pipeline.syncOperations.nioSSL_peerCertificate() : nil
                let client = ClientConnection(
                    address: address.value ?? IPAddress(context.channel.remoteAddress),
                    certificate: try certificate.map { ClientCertificate(der: try $0.toDERBytes()) },
                    proxies: options.proxies)
                switch choice {
                case .http1: return (.http1(try http1(context.channel, client, isTLS: isTLS, logger: logger)), client)
                case .http2: return (.http2(try http2(context.channel)), client)
                }
            }
            try pipeline.addHandler(chooser)
            return Value(channel: channel, opened: opened.futureResult)
        }
    }

    /// - Returns: false where the address has as many connections as it may have.
    private func count(_ channel: any Channel, from address: IPAddress?) -> Bool {
        guard let counter, let address else { return true }
        guard counter.begin(address) else { return false }
        channel.closeFuture.whenComplete { _ in counter.ended(address) }
        return true
    }

    private func http1(
        _ channel: any Channel, _ client: ClientConnection, isTLS: Bool, logger: Logger
    ) throws -> Requests {
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderListSize = limits.headBytesMax
        decoding.maxHeaderFieldSize = limits.headBytesMax
        decoding.maxHeaderFieldCount = limits.headersMax
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoding)
        try pipeline.addHandler(ConnectionGuard(limits))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: isTLS))
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: .seconds(limits.idleSeconds), logger: logger))
        if let lane { try pipeline.addHandler(FastLaneHandler(lane, for: client, logger: logger)) }
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    private func http2(_ channel: any Channel) throws -> NIOHTTP2Handler.AsyncStreamMultiplexer<Requests> {
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: .seconds(limits.idleSeconds), maxAge: nil, maxGraceTime: TimeAmount(limits.drainWithin),
                keepalive: nil))
        let connection = HTTP2ConnectionGuard(limits)
        let pipeline = channel.pipeline.syncOperations
        let streams = try pipeline.configureAsyncHTTP2Pipeline(
            mode: .server,
            streamDelegate: HTTP2ConnectionGuard.Streams(
                connection, and: manager.http2StreamDelegate, eventLoop: channel.eventLoop),
            frameDelegate: connection,
            configuration: .bounded(limits)
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                try pipeline.addHandler(StreamGuard(limits))
                return try Requests(wrappingChannelSynchronously: stream)
            }
        }
        try pipeline.addHandler(connection)
        try pipeline.addHandler(manager)
        // It counts idle time from when the connection becomes active, which is over.
        manager.channelActive(context: try pipeline.context(handler: manager))
        return streams
    }

    func handle(value: Value, logger: Logger) async {
        // One that ended before it had said anything needs no answer.
        guard let (exchange, client) = try? await value.opened.get() else { return }
        await ClientConnection.$current.withValue(client) {
            switch exchange {
            case .http1(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .http2(let streams):
                try? await withThrowingDiscardingTaskGroup { tasks in
                    for try await stream in streams.inbound {
                        tasks.addTask { await handleHTTP(asyncChannel: stream, logger: logger) }
                    }
                }
            }
        }
    }
}

extension NIOHTTP2Handler.Configuration {
    /// What one client may ask of one connection. Resets, other control frames and errors of streams are limited by the
    /// library, to 200 of each kind in 30 seconds: many requests that are taken back at once cost more than they ask for.
    fileprivate static func bounded(_ limits: HTTPLimits) -> Self {
        var configuration = Self()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headBytesMax),
        ]
        configuration.connection.maximumBufferedControlFrames = 1_000
        return configuration
    }
}
