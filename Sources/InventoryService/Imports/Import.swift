package import Inventory

package enum ImportFormat: String, Sendable, Hashable, CaseIterable {
    case csv, ndjson
}

package enum ImportState: String, Sendable, Hashable, CaseIterable {
    /// Its body is arriving.
    case receiving
    /// Nobody works on it yet.
    case waiting
    case running
    /// Every record was looked at; the report says what became of them.
    case done
    /// Nothing of the file was applied, or what was before a defect of the service.
    case failed
    /// Somebody wanted no more of it; what was applied before stays.
    case cancelled
}

/// What became of a record. The order is that of the stored counts.
package enum ImportVerdict: String, Sendable, Hashable, CaseIterable {
    case applied, duplicate, recordedBeforeCount, appliedUncovered, parked, rejected
    /// Master data that is new or was changed.
    case stored
    /// Master data that is as it was.
    case unchanged
    /// Left out by the mapping, or named by an earlier record of the file.
    case skipped
    /// Another record of the file says something else of the same thing; neither was applied.
    case conflict
    /// Nothing is wrong with the record itself; of dry runs, which apply nothing.
    case sound
    /// A book figure, by what came of comparing it with the ledger; in a dry run, what would have come of it.
    case matched, withinTolerance, explained, variance, corrected, unknown

    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .applied: .applied
            case .duplicate: .duplicate
            case .recordedBeforeCount: .recordedBeforeCount
            case .appliedUncovered: .appliedUncovered
            case .parked: .parked
            // Only of atomic requests, which imports do not make.
            case .rejected, .notApplied: .rejected
            }
    }

    package init(_ status: ReconciledStatus) {
        self =
            switch status {
            case .matched: .matched
            case .withinTolerance: .withinTolerance
            case .explained: .explained
            // One that is not compared yet is none that was not let pass.
            case .waiting, .variance: .variance
            case .corrected: .corrected
            case .unknown: .unknown
            }
    }

    fileprivate var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How many records became what.
package struct ImportCounts: Sendable, Hashable {
    /// By the order of `ImportVerdict`.
    package private(set) var values: [Int64]

    package init() { values = Array(repeating: 0, count: ImportVerdict.allCases.count) }

    /// - Parameter stored: what `values` gave; what is missing is 0.
    package init(stored: [Int64]) {
        self.init()
        for (place, count) in zip(values.indices, stored) { values[place] = count }
    }

    package subscript(_ verdict: ImportVerdict) -> Int64 {
        get { values[verdict.place] }
        set { values[verdict.place] = newValue }
    }

    package var records: Int64 { values.reduce(0, +) }
}

package enum ImportNameKind: IdentifierKind {
    package static let name = "id"
}

package typealias ImportMappingID = Identifier<ImportNameKind>

/// An import's own name: 32 hexadecimal digits.
package struct ImportID: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// - Returns: nil for anything but 32 lower-case hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = text
    }

    package init(stored text: String) { self.text = text }

    /// The same for the same file, kind and mapping: who starts it again goes on with it.
    package init(digest: Digest) { text = String(digest.withBytes { $0.hexadecimal }.prefix(32)) }

    static func draw() -> ImportID {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return ImportID(stored: bytes.withUnsafeBytes { $0.hexadecimal })
    }

    package var description: String { text }
}

/// A mapping that is kept under a name.
package struct ImportMapping: Sendable, Hashable {
    package var id: ImportMappingID
    package var kind: ImportKind
    /// YAML.
    package var text: String
    package var updatedAt: Timestamp

    package init(id: ImportMappingID, kind: ImportKind, text: String, updatedAt: Timestamp) {
        self.id = id
        self.kind = kind
        self.text = text
        self.updatedAt = updatedAt
    }

    package static let bytesMax = 64 << 10
}

/// What is to be imported, and how it is to be read.
package struct ImportOrder: Sendable, Hashable {
    package var kind: ImportKind
    /// As people know the file; printable.
    package var name: String? {
        didSet { name = name?.printable(Self.nameLengthMax) }
    }
    private static let nameLengthMax = 200
    package var format: ImportFormat?
    /// Of facts whose records name none.
    package var source: SourceID?
    /// Of codes whose records name none.
    package var codeSystem: CodeSystem?
    package var mappingID: ImportMappingID?
    /// YAML; nil: the columns are named as the fields.
    package var mapping: String?

    /// The whole file is looked at, and the report says what would come of it; nothing is written but the import itself.
    package var isDryRun = false

    /// Who ordered it; nil in mode `open` and from the command line.
    package var actor: ActorName?

    package init(kind: ImportKind) { self.kind = kind }
}

/// Why a file as a whole was not imported.
package struct ImportProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stable.
    package let code: String
    /// For the person who repairs the file or the mapping.
    package let detail: String
    package let line: Int64?

    private static let detailLengthMax = 4_096

    package init(code: String, detail: String, line: Int64? = nil) {
        self.code = code
        self.detail = detail.printable(Self.detailLengthMax)
        self.line = line
    }

    package var description: String { detail }
}

/// How far an import is. Written whole after each batch.
package struct ImportProgress: Sendable, Hashable {
    package var recordsDone: Int64 = 0
    package var counts = ImportCounts()
    /// Why records were left out, and how many; at most `reasonsMax`, further ones under the last.
    package var skipped: [(reason: String, count: Int64)] = []
    /// Lines in the report.
    package var reported = 0
    /// More lines belonged into the report than it may have.
    package var isReportTruncated = false

    package static let reasonsMax = 100
    private static let reasonLengthMax = 200
    package static let reportedMax = 100_000

    package init() {}

    mutating func skip(because text: String) {
        counts[.skipped] += 1
        let reason = text.printable(Self.reasonLengthMax)
        if let index = skipped.firstIndex(where: { $0.reason == reason }) {
            skipped[index].count += 1
        } else if skipped.count < Self.reasonsMax {
            skipped.append((reason, 1))
        } else {
            skipped[Self.reasonsMax - 1].count += 1
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.recordsDone == right.recordsDone && left.counts == right.counts && left.reported == right.reported
            && left.isReportTruncated == right.isReportTruncated
            && left.skipped.elementsEqual(right.skipped) { $0.reason == $1.reason && $0.count == $1.count }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(recordsDone)
        hasher.combine(counts)
    }
}

/// One line that was not plainly applied.
package struct ImportReportLine: Sendable, Hashable {
    package let line: Int64
    package let eventID: String?
    package let verdict: ImportVerdict
    package let code: String
    package let detail: String
    /// The record as it stands in the file, its beginning.
    package let raw: String

    package static let rawLengthMax = 1_000
    private static let detailLengthMax = 1_024

    package init(line: Int64, eventID: String?, verdict: ImportVerdict, code: String, detail: String, raw: String) {
        self.line = line
        self.eventID = eventID?.printable(EventKind.lengthMax)
        self.verdict = verdict
        self.code = code
        self.detail = detail.printable(Self.detailLengthMax)
        self.raw = raw.printable(Self.rawLengthMax)
    }
}

extension String {
    /// What is kept quotes files and mappings that may hold anything, and a database's text cannot hold a NUL.
    fileprivate func printable(_ lengthMax: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(lengthMax) {
            scalars.append(scalar.isPrintable ? scalar : scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}")
        }
        return String(scalars)
    }
}

/// An import as it is kept.
package struct StoredImport: Sendable, Hashable {
    package let id: ImportID
    package var order: ImportOrder
    package var state: ImportState
    package var bytesReceived: Int64
    /// Nil until the whole file was looked at once.
    package var recordsTotal: Int64?
    package var progress: ImportProgress
    package var problem: ImportProblem?
    /// Nil while it is being received.
    package var digest: Digest?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    package init(
        id: ImportID, order: ImportOrder, state: ImportState, bytesReceived: Int64, recordsTotal: Int64?,
        progress: ImportProgress, problem: ImportProblem?, digest: Digest?, createdAt: Timestamp,
        startedAt: Timestamp?, finishedAt: Timestamp?
    ) {
        self.id = id
        self.order = order
        self.state = state
        self.bytesReceived = bytesReceived
        self.recordsTotal = recordsTotal
        self.progress = progress
        self.problem = problem
        self.digest = digest
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}
