/// What a client may do. The raw values are the names in tokens (RFC 6749, section 3.3) and in the contract.
package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Stock and availability in full, master data, rules, the ledger.
    case availabilityRead = "availability:read"
    /// Bands and "only n left", as a shop window shows them.
    case availabilityPublic = "availability:public"
    case movementsWrite = "movements:write"
    case countsWrite = "counts:write"
    case transfersWrite = "transfers:write"
    /// Every reservation, and not only the client's own.
    case reservationsRead = "reservations:read"
    /// Makes reservations and acts on those of the client; with `reservationsRead` on all that it reads.
    case reservationsWrite = "reservations:write"
    case catalogWrite = "catalog:write"
    case rulesWrite = "rules:write"
    case exceptionsWrite = "exceptions:write"
    case eventsRead = "events:read"
    case webhooksManage = "webhooks:manage"
    /// API keys and the audit log. It holds no other scope.
    case admin
}

/// A set of scopes, as bits: each request asks it.
package struct Scopes: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package init(_ scopes: some Sequence<Scope>) {
        self.init(rawValue: scopes.reduce(0) { $0 | Self.bit($1) })
    }

    package static let all = Scopes(Scope.allCases)

    package func contains(_ scope: Scope) -> Bool { rawValue & Self.bit(scope) != 0 }

    /// In the order of their declaration.
    package var list: [Scope] { Scope.allCases.filter { contains($0) } }

    /// Separated by spaces, as a token's `scope` claim has them.
    package var description: String { list.map(\.rawValue).joined(separator: " ") }

    private static func bit(_ scope: Scope) -> UInt32 {
        // The place in the declaration; nothing stores these numbers.
        let place: UInt32 =
            switch scope {
            case .availabilityRead: 0
            case .availabilityPublic: 1
            case .movementsWrite: 2
            case .countsWrite: 3
            case .transfersWrite: 4
            case .reservationsRead: 5
            case .reservationsWrite: 6
            case .catalogWrite: 7
            case .rulesWrite: 8
            case .exceptionsWrite: 9
            case .eventsRead: 10
            case .webhooksManage: 11
            case .admin: 12
            }
        return 1 << place
    }
}
