import NIOCore

/// What a proxy says first on a connection when it speaks the PROXY protocol: for whom it connects. Version 1 is a line of
/// text, version 2 is binary.
/// See https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
enum ProxyProtocol {
    enum Reading: Equatable {
        case incomplete
        case unreadable
        /// - Parameters:
        ///   - length: of the header, in bytes.
        ///   - client: nil where the proxy connects for itself, to see whether the service lives.
        case header(length: Int, client: IPAddress?)
    }

    /// A line of version 1, its end included.
    private static let lineMax = 107
    /// Of version 2, behind its first 16 bytes: addresses, and what a proxy adds to them.
    static let addressesMax = 2_048
    private static let binaryStart: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    private static let textStart = Array("PROXY ".utf8)

    static func read(_ bytes: some RandomAccessCollection<UInt8>) -> Reading {
        let bytes = Array(bytes.prefix(16 + addressesMax))
        if startsAlike(bytes, binaryStart) { return bytes.count < 16 ? .incomplete : binary(bytes) }
        return startsAlike(bytes, textStart) ? text(bytes) : .unreadable
    }

    private static func startsAlike(_ bytes: [UInt8], _ start: [UInt8]) -> Bool {
        zip(bytes, start).allSatisfy { $0 == $1 }
    }

    private static func binary(_ bytes: [UInt8]) -> Reading {
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, length <= addressesMax else { return .unreadable }
        guard bytes.count >= 16 + length else { return .incomplete }
        switch (bytes[12] & 15, bytes[13]) {
        case (0, _): return .header(length: 16 + length, client: nil)
        case (1, 0x11) where length >= 12:
            return .header(length: 16 + length, client: IPAddress(bytes[16..<20]))
        case (1, 0x21) where length >= 36:
            return .header(length: 16 + length, client: IPAddress(bytes[16..<32]))
        // Unknown or Unix addresses: whoever it is, it is behind the proxy.
        case (1, 0x00), (1, 0x31): return .header(length: 16 + length, client: nil)
        default: return .unreadable
        }
    }

    private static func text(_ bytes: [UInt8]) -> Reading {
        guard let end = bytes.prefix(lineMax).firstIndex(of: 10) else {
            return bytes.count < lineMax ? .incomplete : .unreadable
        }
        guard end > 0, bytes[end - 1] == 13 else { return .unreadable }
        let words = String(decoding: bytes[..<(end - 1)], as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2 else { return .unreadable }
        if words[1] == "UNKNOWN" { return .header(length: end + 1, client: nil) }
        guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6", let client = IPAddress(words[2]),
            IPAddress(words[3]) != nil, UInt16(words[4]) != nil, UInt16(words[5]) != nil
        else { return .unreadable }
        return .header(length: end + 1, client: client)
    }
}

/// The address of a connection's client as far as it is known while the connection opens. Of one event loop.
final class ConnectingAddress {
    private(set) var value: IPAddress?

    init(_ address: SocketAddress?) { value = IPAddress(address) }

    func set(_ client: IPAddress) { value = client }
}

/// Takes the header of the PROXY protocol off a connection of a trusted proxy, where it must be. Connections of others
/// pass: they have no say in whose they are.
final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let address: ConnectingAddress
    private let proxies: TrustedProxies
    private let within: TimeAmount
    private var received = ByteBuffer()
    private var isDone = false
    private var deadline: Scheduled<Void>?

    init(_ address: ConnectingAddress, proxies: TrustedProxies, within: TimeAmount) {
        self.address = address
        self.proxies = proxies
        self.within = within
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: within) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let peer = address.value ?? IPAddress(context.channel.remoteAddress)
        guard let peer, proxies.trusts(peer) else { return pass(data, context) }
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        switch ProxyProtocol.read(received.readableBytesView) {
        case .incomplete: return
        case .unreadable:
            isDone = true
            context.close(promise: nil)
        case .header(let length, let client):
            if let client { address.set(client) }
            received.moveReaderIndex(forwardBy: length)
            pass(wrapInboundOut(received), context)
        }
    }

    private func pass(_ data: NIOAny, _ context: ChannelHandlerContext) {
        isDone = true
        if unwrapInboundIn(data).readableBytes > 0 { context.fireChannelRead(data) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

// Live on their connection's event loop.
@available(*, unavailable)
extension ConnectingAddress: Sendable {}
@available(*, unavailable)
extension ProxyProtocolHandler: Sendable {}
