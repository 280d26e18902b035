package enum ClientKind: IdentifierKind {
    package static var name: String { "client" }
    package static var lengthMax: Int { 128 }
    // Identity providers make them of addresses and of URLs.
    package static var forbidsPathMarks: Bool { false }
    package static var standsInPaths: Bool { false }
}

/// What holds for the client of a new key: it is an id like all others that are given here, since no identity provider made it.
package enum KeyClientKind: IdentifierKind {
    package static var name: String { "client" }
}

/// A program that calls: a token's `client_id` (RFC 9068), or the client that a key was made for.
package typealias ClientID = Identifier<ClientKind>

package enum ActorKind: IdentifierKind {
    package static var name: String { "actor" }
    package static var lengthMax: Int { 2 * ClientKind.lengthMax + 5 }
    package static var forbidsPathMarks: Bool { false }
    package static var standsInPaths: Bool { false }
    package static var allowsOuterSpaces: Bool { true }
}
/// Who did something: a client, or a person through one, as in `maria via store-app`.
package typealias ActorName = Identifier<ActorKind>

/// Where a client may look and act. What it may not see is not there for it.
package struct AccessBinding: Sendable, Hashable {
    /// Nil: at all locations, those to come included. Up to `valuesMax`.
    package let locations: Set<LocationID>?
    /// Nil: in the name of any source. Up to `valuesMax`.
    package let sources: Set<SourceID>?

    package static let valuesMax = 1_000
    package static let none = AccessBinding(locations: nil, sources: nil)

    package init(locations: Set<LocationID>?, sources: Set<SourceID>?) {
        self.locations = locations
        self.sources = sources
    }

    package var isBound: Bool { locations != nil || sources != nil }

    package func allows(_ location: LocationID) -> Bool { locations?.contains(location) ?? true }

    package func allows(_ source: SourceID) -> Bool { sources?.contains(source) ?? true }
}

/// Who sent a request, and what it may do.
package struct Caller: Sendable, Hashable {
    /// Nil where the service serves without asking who is there: on loopback, in mode `open`.
    package let client: ClientID?
    /// Nil where `client` is.
    package let actor: ActorName?
    package let scopes: Scopes
    package let binding: AccessBinding

    /// - Parameter subject: the person that it acts for; nil, or the client itself, where it acts for nobody.
    package init(client: ClientID, subject: ClientID? = nil, scopes: Scopes, binding: AccessBinding = .none) {
        self.client = client
        if let subject, subject != client {
            actor = ActorName(stored: "\(subject) via \(client)")
        } else {
            actor = ActorName(stored: client.text)
        }
        self.scopes = scopes
        self.binding = binding
    }

    /// Whoever calls a service in mode `open`: may do everything, and has no name.
    package static let anybody = Caller()

    private init(actor: ActorName? = nil) {
        client = nil
        self.actor = actor
        scopes = .all
        binding = .none
    }

    /// Who ordered what the service does by itself afterwards, having looked at once whether he may.
    package static func order(of actor: ActorName?) -> Caller { Caller(actor: actor) }

    /// Whether it may read what client `owner` reserved, and act on it as far as it may act at all.
    package func sees(reservationOf owner: ClientID?) -> Bool {
        client == nil || scopes.contains(.reservationsRead) || owner == client
    }
}
