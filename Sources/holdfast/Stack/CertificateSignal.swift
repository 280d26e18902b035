import InventoryHTTP
import InventoryService
import ServiceLifecycle
import UnixSignals

/// Takes up a new certificate at once when the process gets a hangup, as servers are told to after a renewal.
struct CertificateSignal: Service {
    let certificates: ServerCertificates

    func run() async {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals { certificates.reload() }
        }
    }
}

extension Stack {
    /// What takes up new certificates while the service runs. It does not wait for the database.
    func certificateServices(
        _ certificates: ServerCertificates?
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        guard let certificates else { return [] }
        let work = PeriodicService(CertificateReload(certificates), figures: backgroundFigures, logger: logger)
        return [
            .init(service: work, successTerminationBehavior: .ignore),
            .init(service: CertificateSignal(certificates: certificates), successTerminationBehavior: .ignore),
        ]
    }
}
