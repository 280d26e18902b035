package import Hummingbird
package import Inventory
import Logging
import NIOCore

/// What a handler knows of its request beside the request itself.
package struct AppContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// What the body is charged to as it arrives; nil where none is read.
    package var charge: BodyCharge?
    /// Nil where a request came without a connection, as in some tests.
    let connection: ClientConnection?
    /// Where the request comes from: the other end of its connection or, where that is a trusted proxy, who the proxy
    /// says. Nil without a connection.
    package var clientAddress: IPAddress?
    /// What the client has shown when it connected.
    package var clientCertificate: ClientCertificate? { connection?.certificate }
    /// Who sent the request; set before any handler sees it.
    package var caller: Caller = .anybody
    /// Whether its path may name what is not there yet, as that of a `PUT` does.
    var makesNames = false

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        connection = ClientConnection.current
        clientAddress = connection?.address
    }

    /// Of a request that comes without the router.
    init(_ connection: ClientConnection, on channel: any NIOCore.Channel, _ parameters: Parameters, logger: Logger) {
        coreContext = .init(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        coreContext.parameters = parameters
        self.connection = connection
        clientAddress = connection.address
    }

    /// Finds out whose request a trusted proxy hands on.
    package mutating func locateClient(of request: Request) {
        guard let connection, let proxies = connection.proxies, let proxy = connection.address else { return }
        clientAddress = proxies.client(behind: proxy, request.headers)
    }

    /// A path element as an identifier.
    func identifier<Kind: IdentifierKind>(_ name: String, _: Kind.Type = Kind.self) throws -> Identifier<Kind> {
        guard let sent = parameters.get(name),
            let text = sent.utf8.contains(UInt8(ascii: "%")) ? sent.percentDecoded : sent
        else {
            throw Problem.invalid(parameter: name, "is not valid percent-encoding")
        }
        do {
            return makesNames ? try Identifier<Kind>(text) : try Identifier<Kind>(naming: text)
        } catch {
            throw Problem.invalid(parameter: name, error.description)
        }
    }
}

extension String {
    /// RFC 3986, section 2.1; nil where it is not valid, or not UTF-8. Foundation's takes a U+FEFF at the start away, and
    /// so finds what was not asked for.
    var percentDecoded: String? { decoded(plus: UInt8(ascii: "+")) }

    /// The same of a query's parts, as `application/x-www-form-urlencoded` has them: a plus is a blank.
    var formDecoded: String? { decoded(plus: UInt8(ascii: " ")) }

    private func decoded(plus: UInt8) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var sent = utf8.makeIterator()
        while let byte = sent.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? plus : byte)
                continue
            }
            guard let high = sent.next()?.hexDigit, let low = sent.next()?.hexDigit else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
