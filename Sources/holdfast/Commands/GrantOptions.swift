import ArgumentParser
import Inventory

/// What a key or a token lets its client do.
struct GrantOptions: ParsableArguments {
    @Option(help: "A role, such as till or storefront. May be given several times.")
    var role: [Role] = []

    @Option(help: "A scope beside those of the roles, such as counts:write. May be given several times.")
    var scope: [Scope] = []

    @Option(help: "A location that the client is bound to. May be given several times; without, it is not bound.")
    var location: [String] = []

    @Option(help: "A source that the client is bound to. May be given several times; without, it is not bound.")
    var source: [String] = []

    func grant() throws -> AccessGrant {
        guard !role.isEmpty || !scope.isEmpty else {
            throw ValidationError("give at least one --role or --scope; one that may do nothing is of no use")
        }
        return AccessGrant(
            roles: role, scopes: Scopes(scope),
            binding: AccessBinding(
                locations: location.isEmpty ? nil : Set(try location.map { try LocationID($0) }),
                sources: source.isEmpty ? nil : Set(try source.map { try SourceID($0) })))
    }
}

extension Role: ExpressibleByArgument {}
extension Scope: ExpressibleByArgument {}
