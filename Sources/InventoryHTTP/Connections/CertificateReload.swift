package import InventoryService

/// Takes up a new certificate from its files while the service runs.
package struct CertificateReload: PeriodicWork {
    package static let name = "certificateReload"
    package static let schedule = PeriodicSchedule(every: .seconds(10), firstAfter: .seconds(10))

    private let certificates: ServerCertificates

    package init(_ certificates: ServerCertificates) { self.certificates = certificates }

    /// What is wrong with the files is logged by the certificates, once, and is no failure of this work.
    package func pass() async -> PeriodicPass {
        PeriodicPass(items: certificates.reload() == .changed ? 1 : 0)
    }
}
