/// The scopes that a kind of client usually needs, under one name. A token or a key may name roles, scopes or both.
package enum Role: String, Sendable, Hashable, CaseIterable {
    /// A web shop: shows bands, and holds and confirms its own baskets.
    case storefront
    case till
    case storeAssociate
    /// An OMS: promises, moves and follows every order.
    case orderSystem
    /// Loads master data, stock and counts of other systems.
    case integrator
    /// Runs it at night: everything.
    case `operator`
    /// Reads everything and changes nothing.
    case analyst

    package var scopes: Scopes {
        switch self {
        case .storefront: Scopes([.availabilityPublic, .reservationsWrite])
        case .till: Scopes([.availabilityRead, .movementsWrite])
        case .storeAssociate:
            Scopes([
                .availabilityRead, .movementsWrite, .countsWrite, .transfersWrite, .reservationsRead,
                .reservationsWrite, .exceptionsWrite, .eventsRead,
            ])
        case .orderSystem:
            Scopes([.availabilityRead, .reservationsRead, .reservationsWrite, .transfersWrite, .eventsRead])
        case .integrator:
            Scopes([
                .availabilityRead, .movementsWrite, .countsWrite, .transfersWrite, .catalogWrite, .rulesWrite,
                .eventsRead, .webhooksManage,
            ])
        case .operator: .all
        case .analyst: Scopes([.availabilityRead, .reservationsRead, .eventsRead])
        }
    }
}
