import Inventory
package import InventoryService
import Synchronization

/// Reads every file as the records that a test gave it, whatever is in it, a few at a time.
package final class ScriptedImportReader: ImportReader {
    private let records: [ImportRecord]
    private let problemAtOpening: ImportProblem?
    private let problemAtEnd: ImportProblem?
    private let opened = Mutex<[ImportFile]>([])

    /// - Parameters:
    ///   - problemAtOpening: what the beginning of the file shows.
    ///   - problemAtEnd: what only who has passed over all of it finds.
    package init(
        _ records: [ImportRecord], problemAtOpening: ImportProblem? = nil, problemAtEnd: ImportProblem? = nil
    ) {
        self.records = records
        self.problemAtOpening = problemAtOpening
        self.problemAtEnd = problemAtEnd
    }

    /// The files that were opened, in order.
    package var files: [ImportFile] { opened.withLock { $0 } }

    package func kind(ofMapping text: String) throws(ImportProblem) -> ImportKind {
        guard let kind = ImportKind(rawValue: text) else {
            throw ImportProblem(code: "badMapping", detail: "a mapping of these tests is a kind's name")
        }
        return kind
    }

    package func open(_ file: ImportFile) throws(ImportProblem) -> any ImportRecords {
        opened.withLock { $0.append(file) }
        if let problemAtOpening { throw problemAtOpening }
        return Records(records, problemAtEnd)
    }

    private final class Records: ImportRecords {
        private let records: [ImportRecord]
        private let problem: ImportProblem?
        private var position = 0

        init(_ records: [ImportRecord], _ problem: ImportProblem?) {
            self.records = records
            self.problem = problem
        }

        func pass(_ limit: Int) throws(ImportProblem) -> Int? {
            let passed = try next(limit)
            if passed == nil, let problem { throw problem }
            return passed.map { $0.reduce(0) { $0 + $1.rows } }
        }

        func next(_ limit: Int) throws(ImportProblem) -> [ImportRecord]? {
            guard position < records.count else { return nil }
            let end = min(position + limit, records.count)
            defer { position = end }
            return Array(records[position..<end])
        }

        /// Every record is whole, and known by what it says.
        var unread: [UnreadRow] { [] }
        var unknownCodes: [ItemReference] { [] }
        func know(_: [ItemReference: SKU]) {}

        func rewind() throws(ImportProblem) { position = 0 }

        func event(of place: FigurePlace) -> EventID {
            EventID(stored: "\(place.source) \(place.location) \(place.asOf)")
        }
    }
}
