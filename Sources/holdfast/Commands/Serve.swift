import ArgumentParser
import Foundation
import InventoryHTTP
import Logging
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve the HTTP API.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: settings.logLevel)
        // Before anything else: a database that is made or migrated for a server that cannot listen is of no use.
        try ListeningAddress(settings).check()
        try await Database.withDatabase(settings, .serving, logger: logger) { database in
            try await serve(settings, database, logger: logger)
        }
    }

    private func serve(_ settings: Settings, _ database: Database, logger: Logger) async throws {
        let stack = try Stack(settings, database, logger: logger)
        let host = settings.httpHost
        let access = try stack.access()
        let connections = try settings.network.options(logger: logger)
        let scheme = connections.certificates == nil ? "http" : "https"
        let server = try stack.server(access, connections) { port in
            print("holdfast listens on \(scheme)://\(host):\(port)")
            // Somebody may be waiting for this line behind a pipe.
            fflush(nil)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: stack.servingServices(access) + stack.reloadServices(connections.certificates, access)
                    + [.init(service: server), stack.stopBound],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
    }
}
