import AccessTokens
import InventoryService
import ServiceLifecycle

extension Stack {
    /// What tells who sends a request; nil where nobody is asked.
    struct Access: Sendable {
        let authenticator: Authenticator
        /// Of each issuer.
        let keys: [IssuerKeys]
    }

    func access() throws -> Access? {
        guard settings.access.mode == .token else { return nil }
        var issuers: [TokenSettings] = []
        if let issuer = settings.access.issuer { issuers.append(issuer) }
        if settings.access.takesDevelopmentTokens {
            issuers.append(try DevelopmentTokens(folder: settings.dataFolder).settings)
        }
        let keys = issuers.map { IssuerKeys($0, logger: logger) }
        return Access(
            authenticator: Authenticator(
                keys: apiKeyStore, tokens: keys.isEmpty ? nil : JWTVerifier(keys), uses: apiKeyUses), keys: keys)
    }

    /// Read the issuers' keys again and again. Not after the database's start: who calls can be told without it.
    func readersOfKeys(_ access: Access?) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        (access?.keys ?? []).map { keys in
            .init(
                service: PeriodicService(IssuerKeysRefresh(keys), figures: backgroundFigures, logger: logger),
                successTerminationBehavior: .ignore)
        }
    }
}
