import ArgumentParser
import Foundation
import Inventory
import InventoryHTTP
import InventoryPostgres
import InventoryService

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the ledger and daily balances to a folder, a gzip file of NDJSON a day.",
        discussion: """
            Writes every closed day (UTC) that is not in the folder yet, oldest first, and names it in manifest.json once \
            it is whole. A day is closed when nothing can be recorded on it any more, about a minute after its end. Killed and \
            started again it goes on with the day it was at; days in the manifest are never written again. Reads in short \
            pages, beside a serving holdfast. Ends with status 1 when a day is no longer what it was when it was exported \
            first.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case ledger, balances
    }

    @Option(help: "The folder; it is made if it is not there.")
    var out: String

    @Option(help: "Only ledger, or only balances (default: both).")
    var only: Kind?

    @Option(help: "The first day, such as 2026-01-15 (default: that of the first ledger line).")
    var from: String?

    @Option(help: "The last day (default: the last closed one).")
    var to: String?

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        for (name, text) in [("--from", from), ("--to", to)] {
            if let text, ExportDay(text) == nil { throw ValidationError("\(name) is a day such as 2026-01-15") }
        }
        if let first = from.flatMap({ ExportDay($0) }), let last = to.flatMap({ ExportDay($0) }),
            first.number > last.number
        {
            throw ValidationError("--from, \(first), is after --to, \(last): there is no day between them")
        }
    }

    func run() async throws {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: settings.logLevel)
        let kinds = ExportKind.allCases.filter { only == nil || $0.rawValue == only?.rawValue }
        let (first, last) = (from.flatMap { ExportDay($0) }, to.flatMap { ExportDay($0) })
        let (written, folder) = try await Stack.oneOff(settings, logger: logger) { [out] stack in
            let store = PostgresExportStore(pools: stack.pools)
            let span = try await Self.span(store, until: last)
            // Not before the database has answered: where there is none, nothing is left behind.
            let folder = try ExportFolder(path: out)
            guard let span else { return (0, folder) }
            let begin = max(span.first, first ?? span.first)
            let end = min(span.lastClosed, last ?? span.lastClosed)
            guard begin <= end else { return (0, folder) }
            var written = 0
            let progress = ProgressBar(title: "exporting")
            for number in begin.number...end.number {
                let day = ExportDay(number)
                for kind in kinds where !folder.has(kind, day) {
                    let (done, all) = (number - begin.number, end.number - begin.number + 1)
                    try await folder.write(DayExport(kind, day, from: store), store) { lines in
                        progress.show(
                            fraction: Double(done) / Double(all), "\(day) \(kind.rawValue) \(Int(lines).grouped) lines")
                    }
                    written += 1
                }
            }
            return (written, folder)
        }
        let files = folder.manifest.files
        if written == 0, let last, files.isEmpty || !kinds.allSatisfy({ folder.has($0, last) }) {
            print(
                "\(last) is not closed yet: something that writes still runs, or the ledger does not reach so far; try again later"
            )
        }
        print(
            "wrote \(written) \(written == 1 ? "file" : "files"); \(out) has \(files.count) whole ones, with "
                + "\(files.reduce(0) { $0 + Int($1.lines) }.grouped) lines")
    }

    /// What can be exported. While something that writes runs no day is known to be closed, which soon passes.
    /// - Parameter last: the last day that is asked for; nil for as many as are closed.
    private static func span(_ store: PostgresExportStore, until last: ExportDay?) async throws -> ExportSpan? {
        let today = Int64(Date().timeIntervalSince1970 / 86_400)
        let giveUp = ContinuousClock.now.advanced(by: .seconds(20))
        while true {
            let span = try await store.span()
            let isReached = span.map { $0.lastClosed.number >= min(last?.number ?? 0, today - 1) } ?? true
            if isReached || ContinuousClock.now >= giveUp { return span }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
