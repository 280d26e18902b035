import ArgumentParser
import Foundation
import InventoryImport
import Logging

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load a CSV file, plain or gzip, through a mapping.",
        discussion: """
            Reads with bounded memory, and may be run again: facts that are in the ledger already are answered \
            'duplicate'. Runs beside a serving holdfast on the same database.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case items, locations, movements
    }

    @Argument(help: "What the file holds: items, locations or movements.")
    var kind: Kind

    @Argument(help: "The CSV file; gzip is recognised by its content.")
    var file: String

    @Option(help: "A YAML file that says how columns become fields.")
    var mapping: String

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await Settings.load(options)
        let logger = Log.start(level: settings.logLevel)
        let mapping = try Mapping(path: mapping)
        guard mapping.kind.rawValue == kind.rawValue else {
            throw ValidationError("the mapping is for \(mapping.kind.rawValue), not for \(kind.rawValue)")
        }
        // Opened before the database is, so that a wrong name costs nothing.
        _ = try RecordReader(file: file, mapping: mapping)
        let (file, kind) = (file, kind)
        let report = try await Stack.oneOff(settings, logger: logger) { stack in
            let progress = ProgressBar(title: "importing \(kind.rawValue)")
            let reader = try RecordReader(file: file, mapping: mapping)
            switch kind {
            case .items: return try await ItemImport(master: stack.master, facts: stack.facts).run(reader, progress)
            case .locations: return try await LocationImport(master: stack.master).run(reader, progress)
            case .movements: return try await MovementImport(facts: stack.facts).run(reader, progress)
            }
        }
        print(report)
    }
}

/// What an import has to say at its end.
struct ImportReport: Sendable, CustomStringConvertible {
    var counts = VerdictCounts()
    /// The first lines that were rejected, with their place in the file.
    var examples: [String] = []
    var seconds = 0.0

    static let examplesMax = 20

    var description: String {
        let rate = seconds > 0 ? Int(Double(counts.lines) / seconds) : 0
        let time = String(format: "%.1f", seconds)
        var lines = ["\(counts.lines.grouped) lines in \(time) s, \(rate.grouped) lines/s: \(counts.text)"]
        lines.append(contentsOf: counts.details)
        lines.append(contentsOf: examples)
        lines.append("peak memory of this process: \(Memory.peakMegabytes) MB")
        return lines.joined(separator: "\n")
    }
}

enum Memory {
    /// The most that this process had resident.
    static var peakMegabytes: Int {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        // Kilobytes on Linux.
        return Int(usage.ru_maxrss) / 1024
    }
}
