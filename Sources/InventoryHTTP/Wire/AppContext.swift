import Foundation
package import Hummingbird
package import Inventory

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

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        connection = ClientConnection.current
        clientAddress = connection?.address
    }

    /// Finds out whose request a trusted proxy hands on.
    package mutating func locateClient(of request: Request) {
        guard let connection, let proxies = connection.proxies, let proxy = connection.address else { return }
        clientAddress = proxies.client(behind: proxy, request.headers)
    }

    /// A path element as an identifier.
    func identifier<Kind: IdentifierKind>(_ name: String, _: Kind.Type = Kind.self) throws -> Identifier<Kind> {
        guard let sent = parameters.get(name),
            let text = sent.utf8.contains(UInt8(ascii: "%")) ? sent.removingPercentEncoding : sent
        else {
            throw Problem.invalid(parameter: name, "is not valid percent-encoding")
        }
        do {
            return try Identifier<Kind>(text)
        } catch {
            throw Problem.invalid(parameter: name, error.description)
        }
    }
}
