import ArgumentParser
import Foundation
import Inventory
import InventoryImport
import InventoryService
import Logging

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load a CSV or NDJSON file, plain or gzip.",
        discussion: """
            Reads with bounded memory. Killed and started again it resumes where it stopped; run again after its end it \
            starts over, and facts that are in the ledger already are answered 'duplicate'. Runs beside a serving \
            holdfast on the same database.
            """)

    @Argument(help: "What the file holds: \(ImportKind.documented.map(\.rawValue).joined(separator: ", ")).")
    var kind: ImportKind

    @Argument(help: "The file; gzip is recognised by its content.")
    var file: String

    @Option(help: "A YAML file that says how columns become fields. Without: columns are named as the fields.")
    var mapping: String?

    @Option(help: "csv or ndjson. Without: told by the content.")
    var format: ImportFormat?

    @Option(help: "The source of facts that name none.")
    var source: String?

    @Option(help: "The code system of codes that name none.")
    var codeSystem: String?

    @Flag(help: "Look at the whole file and say what would come of it; write nothing.")
    var dryRun = false

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: settings.logLevel)
        let (file, bytes) = try importFile()
        // Read before the database is opened, so that a wrong name or column costs nothing.
        _ = try Stack.importReader.open(file)
        let title = kind.rawValue
        let report = try await Stack.oneOff(settings, logger: logger) { stack in
            try await Self.run(stack.imports, file, bytes, title)
        }
        print(report)
        if report.problem != nil { throw ExitCode(1) }
    }

    private func importFile() throws -> (file: ImportFile, bytes: Int64) {
        var order = ImportOrder(kind: kind)
        order.name = URL(filePath: file).lastPathComponent
        order.format = format
        order.isDryRun = dryRun
        do {
            order.source = try source.map { try SourceID($0) }
            order.codeSystem = try codeSystem.map { try CodeSystem($0) }
        } catch let error as IdentifierError {
            throw ValidationError(error.description)
        }
        var folder: String?
        if let mapping {
            // Says what is wrong with it in its own words.
            _ = try Mapping(path: mapping)
            order.mapping = try String(contentsOfFile: mapping, encoding: .utf8)
            folder = URL(filePath: mapping).deletingLastPathComponent().path(percentEncoded: false)
        }
        let (digest, bytes) = try ImportService.digest(of: file)
        return (ImportFile(path: file, mappingFolder: folder, order: order, digest: digest), bytes)
    }

    private static func run(
        _ imports: ImportService, _ file: ImportFile, _ bytes: Int64, _ title: String
    ) async throws -> ImportReport {
        let started = ContinuousClock.now
        let progress = ProgressBar(title: "importing \(title)")
        let first = FirstProgress()
        let ended = try await imports.runLocal(file, bytes: bytes) {
            progress.show(fraction: nil, "waiting for another process that works on this file")
        } onProgress: { job in
            let done = job.progress.recordsDone
            let here = done - first.records(done)
            let rate = Int(Double(here) / max(0.001, started.seconds))
            progress.show(
                fraction: Double(done) / Double(max(1, job.recordsTotal ?? 1)),
                "\(Int(done).grouped) of \(Int(job.recordsTotal ?? 0).grouped) records  \(rate.grouped)/s")
        }
        guard let ended, let job = try await imports.store.importJob(ended.id) else {
            throw ValidationError("another process works on this file; wait for its end")
        }
        progress.finish("\(Int(job.progress.recordsDone).grouped) records")
        guard ended.end != .givenBack, ended.end != .lost else {
            throw ValidationError("stopped after \(job.progress.recordsDone) records; the same command goes on there")
        }
        // What somebody has to see to comes first; of a dry run all of it is what it was made for.
        var lines: [ImportReportLine] = []
        for verdict in job.order.isDryRun ? [nil] : [ImportVerdict.rejected, .conflict, .unknown, .variance] {
            let limit = ImportReport.examplesMax - lines.count
            if limit > 0 {
                lines += try await imports.store.report(ended.id, verdict: verdict, after: 0, limit: limit)
            }
        }
        return ImportReport(
            job: job, here: job.progress.recordsDone - first.records(0), seconds: started.seconds, examples: lines)
    }
}

extension ImportKind: ExpressibleByArgument {
    /// All but older names.
    fileprivate static let documented = allCases.filter { $0 != .snapshots }
}

extension ImportFormat: ExpressibleByArgument {}
