import AccessTokens
import InventoryHTTP
import InventoryService
import Logging
import ServiceLifecycle
import UnixSignals

/// Takes up a new certificate and the issuers' new keys at once when the process gets a hangup, as servers are told to after a
/// renewal.
struct HangupSignal: Service {
    /// Nil where the service has none.
    let certificates: ServerCertificates?
    let keys: [IssuerKeys]
    let logger: Logger

    func run() async {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals {
                certificates?.reload()
                for issuer in keys { await refresh(issuer) }
            }
        }
    }

    /// Those that cannot be read stay as they were, and are read again by and by.
    private func refresh(_ issuer: IssuerKeys) async {
        do {
            try await issuer.refresh()
        } catch {
            logger.warning("issuer's keys not read after a hangup", metadata: ["error": "\(error)"])
        }
    }
}

extension Stack {
    /// What takes up new certificates and keys while the service runs. It does not wait for the database.
    ///
    /// Where there is neither, a hangup ends the process, as that of a terminal should.
    func reloadServices(
        _ certificates: ServerCertificates?, _ access: Access?
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let certificates {
            let work = PeriodicService(CertificateReload(certificates), figures: backgroundFigures, logger: logger)
            services.append(.init(service: work, successTerminationBehavior: .ignore))
        }
        let keys = access?.keys ?? []
        if certificates != nil || !keys.isEmpty {
            let signal = HangupSignal(certificates: certificates, keys: keys, logger: logger)
            services.append(.init(service: signal, successTerminationBehavior: .ignore))
        }
        return services
    }
}
