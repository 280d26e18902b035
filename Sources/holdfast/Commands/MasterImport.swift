import Inventory
import InventoryImport
import InventoryService

/// Loads items, a bounded number to a transaction.
struct ItemImport: Sendable {
    let master: MasterService
    let facts: FactService

    func run(_ reader: RecordReader, _ progress: ProgressBar) async throws -> ImportReport {
        var report = ImportReport()
        let started = ContinuousClock.now
        var batch: [Item] = []
        while let next = try reader.next() {
            switch next {
            case .skipped(let reason): report.counts.skip(because: reason)
            case .record(let record):
                do throws(RecordProblem) {
                    batch.append(try Item(record))
                } catch {
                    report.reject(record, error)
                }
            }
            if batch.count == itemsPerCallMax { try await store(&batch, &report) }
            progress.show(fraction: reader.progress, "\(report.counts.lines.grouped) items")
        }
        try await store(&batch, &report)
        // Lines that waited for any of these.
        try await facts.applyParked(.all, stepsMax: 1_000)
        report.seconds = started.seconds
        progress.finish("\(report.counts.lines.grouped) items")
        return report
    }

    private func store(_ batch: inout [Item], _ report: inout ImportReport) async throws {
        guard !batch.isEmpty else { return }
        try await master.store.putItems(batch)
        for _ in batch { report.counts.add(verdict: "stored", problemCode: nil) }
        batch = []
    }
}

/// Loads locations. A file of till lines names each store many times; each is put once.
struct LocationImport: Sendable {
    let master: MasterService

    func run(_ reader: RecordReader, _ progress: ProgressBar) async throws -> ImportReport {
        var report = ImportReport()
        let started = ContinuousClock.now
        var seen: Set<String> = []
        while let next = try reader.next() {
            switch next {
            case .skipped(let reason): report.counts.skip(because: reason)
            case .record(let record):
                guard seen.insert(record.values["id"] ?? "").inserted else { continue }
                let location: Location
                do throws(RecordProblem) {
                    location = try Location(record)
                } catch {
                    report.reject(record, error)
                    continue
                }
                // One that is there keeps what people have set on it since.
                let result = try await master.put(location, .absent)
                let verdict = if case .success = result { "stored" } else { "there already" }
                report.counts.add(verdict: verdict, problemCode: nil)
            }
            progress.show(fraction: reader.progress, "\(report.counts.lines.grouped) locations")
        }
        report.seconds = started.seconds
        progress.finish("\(report.counts.lines.grouped) locations")
        return report
    }
}

/// What is wrong with one record of master data.
struct RecordProblem: Error {
    let text: String
}

extension ImportReport {
    fileprivate mutating func reject(_ record: MappedRecord, _ problem: RecordProblem) {
        counts.add(verdict: "rejected", problemCode: nil)
        if examples.count < Self.examplesMax { examples.append("line \(record.line): \(problem.text)") }
    }
}

extension Item {
    fileprivate init(_ record: MappedRecord) throws(RecordProblem) {
        let sku = try record.identifier("sku", SKUKind.self)
        let unit = try record.choice("unit", Unit.self) ?? .each
        let status = try record.choice("status", ItemStatus.self) ?? .active
        self.init(sku: sku, name: try record.label("name"), unit: unit, status: status)
    }
}

extension Location {
    fileprivate init(_ record: MappedRecord) throws(RecordProblem) {
        self.init(id: try record.identifier("id", LocationKind.self), name: try record.label("name"))
        kind = try record.choice("kind", Kind.self) ?? .store
    }
}

extension MappedRecord {
    fileprivate func identifier<Kind: IdentifierKind>(
        _ name: String, _: Kind.Type
    ) throws(RecordProblem) -> Identifier<Kind> {
        do {
            return try Identifier<Kind>(values[name] ?? "")
        } catch {
            throw RecordProblem(text: error.description)
        }
    }

    fileprivate func choice<T: RawRepresentable<String> & CaseIterable>(
        _ name: String, _: T.Type
    ) throws(RecordProblem) -> T? {
        guard let text = values[name], !text.isEmpty else { return nil }
        guard let choice = T(rawValue: text) else {
            throw RecordProblem(
                text: "\(name) '\(text)' is not one of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    fileprivate func label(_ name: String) throws(RecordProblem) -> String {
        let text = values[name] ?? ""
        guard (1...200).contains(text.unicodeScalars.count), text.unicodeScalars.allSatisfy(\.isPrintable) else {
            throw RecordProblem(text: "\(name) must have 1 to 200 printable characters")
        }
        return text
    }
}
