import InventoryHTTP
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
