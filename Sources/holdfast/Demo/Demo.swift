import ArgumentParser
import Foundation
import InventoryImport
import InventoryService
import Logging
import ServiceLifecycle
import UnixSignals

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load a real chain's week of sales through the API, sum it up, and stay up to be asked.",
        discussion: "Started again on the same data directory it resumes with the same data.")

    @Option(help: "The folder with the sample's CSV files.")
    var sample = "Samples/completejourney"

    @Option(help: "The folder with the mappings.")
    var mappings = "Mappings"

    @Flag(help: "Stop after the summary instead of serving on.")
    var exit = false

    @Flag(help: "Let nothing happen in the chain after the summary.")
    var still = false

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await Settings.load(options)
        guard settings.access.mode == .open else {
            throw ValidationError("the demo calls its own service without a token: set HOLDFAST_AUTH_MODE=open")
        }
        try ListeningAddress(settings).check()
        let files = try SampleFiles(
            folder: InstalledFiles.find(sample, installedAs: "samples/completejourney"),
            mappings: InstalledFiles.find(mappings, installedAs: "mappings"))
        let logger = Log.start(level: options.logLevel == nil ? .warning : settings.logLevel)
        print("Holdfast demo: a week of real till sales of a grocery chain, through the HTTP API.")
        try await Database.withDatabase(settings, .serving, logger: logger) { database in
            try await run(settings, database, files, logger: logger)
        }
    }

    private func run(_ settings: Settings, _ database: Database, _ files: SampleFiles, logger: Logger) async throws {
        let stack = try Stack(settings, database, logger: logger)
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let server = try stack.server { port in running.yield(port) }
        let group = ServiceGroup(
            configuration: .init(
                services: stack.servingServices() + [.init(service: server), stack.stopBound],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        let (host, exits, isStill) = (settings.httpHost, exit, still)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { running.finish() }
                try await group.run()
            }
            tasks.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return }
                let base = "http://\(host):\(port)"
                do {
                    let api = DemoClient(base: base)
                    try await DemoRun(api: api, base: base, files: files, contract: stack.contract) {
                        _ = try await stack.events.endOfAll()
                    }.run()
                    if !exits, !isStill { try await DemoLife(api: api, files: files).run() }
                } catch is CancellationError {
                    return
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                if exits { await group.triggerGracefulShutdown() }
            }
            // The services end on a signal, which ends the demo's own work too; the demo's end alone ends nothing.
            for _ in 0..<2 {
                try await tasks.next()
                if stack.facts.isDraining { tasks.cancelAll() }
            }
        }
    }
}

/// The sample, its mappings, and a check that all is there before anything starts.
struct SampleFiles: Sendable {
    let folder: String
    let mappings: String

    struct Missing: Error, CustomStringConvertible {
        let path: String

        var description: String {
            "\(path) is missing: start from the project's folder, or name the sample with --sample and --mappings"
        }
    }

    init(folder: String, mappings: String) throws {
        self.folder = folder
        self.mappings = mappings
        for path in [stores.file, items.file, opening.file, sales.file, stores.map, items.map, opening.map, sales.map]
        where !FileManager.default.fileExists(atPath: path) {
            throw Missing(path: path)
        }
    }

    private func pair(_ file: String, _ map: String) -> (file: String, map: String) {
        ("\(folder)/\(file).csv", "\(mappings)/completejourney-\(map).yaml")
    }

    var stores: (file: String, map: String) { pair("stores", "locations") }
    var items: (file: String, map: String) { pair("products", "items") }
    var opening: (file: String, map: String) { pair("opening-stock", "opening") }
    var sales: (file: String, map: String) { pair("sales", "sales") }

    /// Every record that the mapping does not leave out, with why others were.
    func read(_ pair: (file: String, map: String)) throws -> (records: [MappedRecord], skipped: VerdictCounts) {
        let reader = try RecordReader(file: pair.file, mapping: Mapping(path: pair.map))
        var records: [MappedRecord] = []
        var skipped = VerdictCounts()
        while let next = try reader.next() {
            switch next {
            case .record(let record): records.append(record)
            case .skipped(_, let reason): skipped.skip(because: reason)
            case .damaged(_, let problem, _): skipped.skip(because: problem.detail)
            case .unfinished: continue
            }
        }
        return (records, skipped)
    }
}
