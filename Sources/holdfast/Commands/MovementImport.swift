import Inventory
import InventoryHTTP
import InventoryImport
import InventoryService
import StrictJSON

/// Reads windows of records, sends each source's lines of a window as one request, and keeps a few windows in flight.
struct MovementImport: Sendable {
    let facts: FactService

    private static let windowRecords = 1_000
    private static let windowsInFlightMax = 4

    func run(_ reader: RecordReader, _ progress: ProgressBar) async throws -> ImportReport {
        var report = ImportReport()
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: WindowResult.self) { group in
            var inFlight = 0
            while let window = try Self.window(reader, &report.counts) {
                if inFlight >= Self.windowsInFlightMax, let result = try await group.next() {
                    report.add(result)
                    inFlight -= 1
                }
                group.addTask { try await send(window) }
                inFlight += 1
                let rate = Double(report.counts.lines) / max(0.001, started.seconds)
                progress.show(
                    fraction: reader.progress,
                    "\(report.counts.lines.grouped) lines  \(Int(rate).grouped)/s  \(report.counts.text)")
            }
            for try await result in group { report.add(result) }
        }
        report.seconds = started.seconds
        progress.finish("\(report.counts.lines.grouped) lines")
        return report
    }

    fileprivate struct WindowResult: Sendable {
        var counts = VerdictCounts()
        var rejections: [String] = []
    }

    /// - Returns: records by source, each in the order of the file; nil at the end.
    private static func window(
        _ reader: RecordReader, _ counts: inout VerdictCounts
    ) throws -> [String: [MappedRecord]]? {
        var window: [String: [MappedRecord]] = [:]
        var count = 0
        while count < windowRecords, let next = try reader.next() {
            switch next {
            case .skipped(let reason): counts.skip(because: reason)
            case .record(let record):
                window[record.values["source"] ?? "", default: []].append(record)
                count += 1
            }
        }
        return count == 0 ? nil : window
    }

    private func send(_ window: [String: [MappedRecord]]) async throws -> WindowResult {
        try await withThrowingTaskGroup(of: WindowResult.self) { group in
            for (source, records) in window {
                group.addTask {
                    let id: SourceID
                    do throws(IdentifierError) {
                        id = try SourceID(source)
                    } catch {
                        return Self.refused(records, error.description)
                    }
                    guard id != .holdfast else { return Self.refused(records, "'holdfast' is the service's own name") }
                    return try await send(records, of: id)
                }
            }
            var total = WindowResult()
            for try await result in group {
                total.counts.add(result.counts)
                total.rejections.append(contentsOf: result.rejections)
            }
            return total
        }
    }

    private func send(_ records: [MappedRecord], of source: SourceID) async throws -> WindowResult {
        var writer = JSONWriter(reservingCapacity: records.count * 200)
        writer.array(records) { $0.movementLine($1) }
        let document = try JSONDocument(parsing: writer.bytes)
        let lineReader = FactLineReader(codeSystem: nil, hash: sha256)
        let lines = (document.root.elements ?? []).map(lineReader.read)
        let answer = try await submit(lines, of: source)
        var result = WindowResult()
        for (record, line) in zip(records, answer.lines) {
            result.counts.add(verdict: line.verdict.name, problemCode: line.problem?.code.rawValue)
            if line.verdict == .rejected, let problem = line.problem {
                result.rejections.append("line \(record.line): \(problem.detail)")
            }
        }
        return result
    }

    private static func refused(_ records: [MappedRecord], _ why: String) -> WindowResult {
        var result = WindowResult()
        for record in records {
            result.counts.add(verdict: "rejected", problemCode: "badSource")
            result.rejections.append("line \(record.line): source: \(why)")
        }
        return result
    }

    /// An overloaded or restarting database is waited for: event ids make sending again harmless.
    private func submit(_ lines: [SubmittedLine], of source: SourceID) async throws -> FactAnswer {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await facts.submit(source: source, lines: lines, isAtomic: false)
            } catch .broken(let what) {
                throw StoreError.broken(what)
            } catch {
                try await Task.sleep(for: .seconds(1))
            }
        }
        return try await facts.submit(source: source, lines: lines, isAtomic: false)
    }

    private static let attemptsMax = 30
}

extension ImportReport {
    fileprivate mutating func add(_ result: MovementImport.WindowResult) {
        counts.add(result.counts)
        let room = Self.examplesMax - examples.count
        if room > 0 { examples.append(contentsOf: result.rejections.prefix(room)) }
    }
}

extension ContinuousClock.Instant {
    /// Since this instant.
    var seconds: Double {
        let elapsed = duration(to: .now).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }
}
