import Foundation
import InventoryService
import StrictJSON

/// What reading gives next.
package enum ReadRecord: Sendable {
    case record(MappedRecord)
    /// Left out by the mapping, and why.
    case skipped(line: Int, because: String)
    /// Left out because it cannot be read.
    case damaged(line: Int, RecordProblem, raw: String)
    /// None yet: much was passed over, and the next call goes on.
    case unfinished
}

/// Reads a file, through its mapping or by the names of the fields themselves, in constant memory but for the lists that a
/// mapping's skips name.
package final class RecordReader {
    private enum Source {
        case csv(CSVReader)
        case ndjson(NDJSONReader)
    }

    private struct Case {
        let tests: [ColumnTest]
        let templates: [(name: String, alternatives: [Template], rule: FieldRule)]
        let origins: FieldOrigins
    }

    private struct Skip {
        let tests: [ColumnTest]
        let listed: (column: Int, values: Set<String>)?
        let because: String
    }

    package let mapping: Mapping
    private let source: Source
    /// Of JSON lines, the members that are asked for.
    private let columns: FileColumns
    /// JSON lines stand for themselves.
    private let takesJSON: Bool
    private let cases: [Case]
    private let skips: [Skip]
    private var times: FileTimes?
    /// Records for which a pattern took too long; more of them end the reading, since each has cost its milliseconds.
    private static let tooDearMax = 1_000
    private var tooDear = 0
    /// Records read so far, damaged and skipped ones too.
    package private(set) var number = 0

    /// - Parameter name: as people know the file, for problems.
    package convenience init(file: String, name: String? = nil, mapping: Mapping) throws(ImportError) {
        try self.init(file: file, name: name, kind: mapping.kind, mapping: mapping, format: nil)
    }

    /// - Parameters:
    ///   - mapping: nil: the columns are named as the fields.
    ///   - format: overrides the mapping's; nil in both: told by the content.
    package init(
        file: String, name: String? = nil, kind: Mapping.Kind, mapping given: Mapping?, format: Mapping.Format?
    ) throws(ImportError) {
        let bytes = try FileBytes(path: file, name: name)
        let first = try bytes.peek()
        let format = format ?? given?.format ?? Self.format(of: first)
        switch format {
        case .csv:
            let reader = try CSVReader(
                bytes, encoding: given?.encoding ?? .utf8, delimiter: given?.delimiter ?? UInt8(ascii: ","))
            source = .csv(reader)
            columns = FileColumns(reader.columns)
        case .ndjson:
            source = .ndjson(try NDJSONReader(bytes))
            columns = FileColumns((given?.columns ?? kind.fieldNames).sorted())
        }
        takesJSON = given == nil && format == .ndjson && !kind.isCounts && kind != .bookFigures
        do throws(ImportError) {
            mapping = try Self.mapping(given, of: kind, columns.names, format)
            (cases, skips) = try Self.compile(mapping, columns, beside: file)
        } catch {
            throw format == .csv ? Self.explained(error, columns, given?.delimiter) : error
        }
        times = mapping.times
    }

    /// A column that another delimiter would have found is missing because of the delimiter.
    private static func explained(_ error: ImportError, _ columns: FileColumns, _ used: UInt8?) -> ImportError {
        guard case .missingColumn(let name, let has) = error,
            let other = columns.delimiter(giving: name, insteadOf: used ?? UInt8(ascii: ","))
        else { return error }
        return .wrongDelimiter(missing: name, has: has, likely: FileColumns.name(ofDelimiter: other))
    }

    private static func mapping(
        _ given: Mapping?, of kind: Mapping.Kind, _ columns: [String], _ format: Mapping.Format
    ) throws(ImportError) -> Mapping {
        if let given { return given }
        return try Mapping(fieldsOf: kind, columns: columns, format: format)
    }

    private static func format(of first: [UInt8]) -> Mapping.Format {
        let content = first.starts(with: [0xEF, 0xBB, 0xBF]) ? first[3...] : first[...]
        let isObject = content.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
        return isObject ? .ndjson : .csv
    }

    private static func compile(
        _ mapping: Mapping, _ columns: FileColumns, beside file: String
    ) throws(ImportError) -> ([Case], [Skip]) {
        var cases: [Case] = []
        for entry in mapping.cases {
            var templates: [(name: String, alternatives: [Template], rule: FieldRule)] = []
            for (name, texts) in entry.fields.sorted(by: { $0.key < $1.key }) {
                var alternatives: [Template] = []
                for text in texts { alternatives.append(try Template(text, columns: columns)) }
                templates.append((name, alternatives, FieldRule(name, mapping, numbers: entry.numbers)))
            }
            let origins = Dictionary(uniqueKeysWithValues: templates.map { ($0.name, $0.alternatives) })
            cases.append(
                Case(
                    tests: try tests(entry.conditions, columns, entry.numbers), templates: templates,
                    origins: FieldOrigins(columns, origins)))
        }
        var skips: [Skip] = []
        for skip in mapping.skips {
            var listed: (column: Int, values: Set<String>)?
            if let (name, listing) = skip.listing, let mappingFolder = mapping.folder {
                let column = try columns.place(of: name)
                let folder = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
                listed = (column, try listing.values(folders: [folder, mappingFolder]))
            }
            skips.append(
                Skip(
                    tests: try tests(skip.conditions, columns, skip.numbers), listed: listed, because: skip.because))
        }
        return (cases, skips)
    }

    private static func tests(
        _ conditions: [Condition], _ columns: FileColumns, _ numbers: NumberFormat
    ) throws(ImportError) -> [ColumnTest] {
        var tests: [ColumnTest] = []
        for condition in conditions {
            tests.append(try ColumnTest(condition, columns: columns, numbers: numbers))
        }
        return tests
    }

    /// Share of the file read so far, 0 to 1.
    package var progress: Double {
        switch source {
        case .csv(let reader): reader.progress
        case .ndjson(let reader): reader.progress
        }
    }

    /// A measure of the work done.
    var bytesDone: UInt64 {
        switch source {
        case .csv(let reader): reader.bytesDone
        case .ndjson(let reader): reader.bytesDone
        }
    }

    /// Passes over one record, looking only for what `next` throws.
    package func pass() throws(ImportError) -> CSVReader.Passed {
        let passed =
            switch source {
            case .csv(let reader): try reader.pass()
            case .ndjson(let reader): try reader.pass()
            }
        if passed == .record { number += 1 }
        return passed
    }

    /// Nil at the end.
    package func next() throws(ImportError) -> ReadRecord? {
        switch source {
        case .csv(let reader):
            guard let record = try reader.next() else { return nil }
            if case .unfinished = record { return .unfinished }
            number += 1
            switch record {
            case .unfinished: return .unfinished
            case .damaged(let problem, let raw): return .damaged(line: reader.line, problem, raw: raw)
            case .fields(let fields): return try mapped(fields, line: reader.line)
            }
        case .ndjson(let reader):
            guard let record = try reader.next() else { return nil }
            if case .unfinished = record { return .unfinished }
            number += 1
            switch record {
            case .unfinished: return .unfinished
            case .damaged(let problem, let raw): return .damaged(line: reader.line, problem, raw: raw)
            case .object(let object):
                let raw = [String(decoding: object.raw, as: UTF8.self)]
                if takesJSON {
                    return .record(
                        MappedRecord(line: reader.line, number: number, values: [:], raw: raw, json: object))
                }
                let read = object.texts(of: columns.names)
                return try mapped(read.texts, line: reader.line, raw: raw, numbers: read.numbers)
            }
        }
    }

    private func mapped(
        _ fields: [String], line: Int, raw: [String]? = nil, numbers: Set<Int> = []
    ) throws(ImportError) -> ReadRecord {
        let entry: Case
        do throws(ColumnTest.TooDear) {
            if let reason = try skipReason(of: fields) { return .skipped(line: line, because: reason) }
            guard let fitting = try fittingCase(fields) else {
                let problem = RecordProblem("noCase", "none of the mapping's cases fits this record")
                return .damaged(line: line, problem, raw: (raw ?? fields).joined(separator: ","))
            }
            entry = fitting
        } catch {
            let column = columns.names[error.column]
            tooDear += 1
            guard tooDear <= Self.tooDearMax else {
                throw .mapping("the pattern of '\(column)' takes too long on too many values; write a simpler one")
            }
            let problem = RecordProblem("patternTooDear", "the pattern of '\(column)' takes too long on this value")
            return .damaged(line: line, problem, raw: (raw ?? fields).joined(separator: ","))
        }
        var values: [String: String] = [:]
        values.reserveCapacity(entry.templates.count)
        var notes: [String] = []
        var refusals: [String: String] = [:]
        for (name, alternatives, rule) in entry.templates {
            // Of several texts the first whose columns all hold something; else the last.
            let template = alternatives.first { $0.isFilled(fields) } ?? alternatives[alternatives.count - 1]
            guard let text = template.fill(fields, number: number, notes: &notes) else {
                let problem = RecordProblem(
                    "valueTooLong", "the field '\(name)' would have more than \(Template.filledBytesMax) bytes")
                return .damaged(line: line, problem, raw: (raw ?? fields).joined(separator: ","))
            }
            do throws(NumberFormat.Refusal) {
                let isNumber = !numbers.isEmpty && template.onlyColumn.map(numbers.contains) == true
                values[name] = try rule.value(text, isJSONNumber: isNumber, &times)
            } catch {
                values[name] = text
                refusals[name] = error.why
            }
        }
        return .record(
            MappedRecord(
                line: line, number: number, values: values, raw: raw ?? fields, notes: notes, refusals: refusals,
                origin: .init(fields: entry.origins, cells: fields)))
    }

    private func skipReason(of fields: [String]) throws(ColumnTest.TooDear) -> String? {
        for skip in skips where try all(skip.tests, hold: fields) {
            if let listed = skip.listed, !listed.values.contains(fields[listed.column]) { continue }
            return skip.because
        }
        return nil
    }

    private func fittingCase(_ fields: [String]) throws(ColumnTest.TooDear) -> Case? {
        for entry in cases where try all(entry.tests, hold: fields) { return entry }
        return nil
    }

    private func all(_ tests: [ColumnTest], hold fields: [String]) throws(ColumnTest.TooDear) -> Bool {
        for test in tests where try !test.holds(fields) { return false }
        return true
    }
}

extension JSONValue {
    /// The members of those names as texts; what is not there, or null, is empty. Numbers are written out, and named by
    /// their places: they are JSON's, whatever the mapping says of numbers in texts.
    fileprivate func texts(of names: [String]) -> (texts: [String], numbers: Set<Int>) {
        let members = members ?? []
        // Of a name that is there twice the first; an index is worth its cost where there are many.
        let index: [String: JSONValue]? =
            members.count * names.count > 4_096
            ? Dictionary(members.map { ($0.name.string ?? "", $0.value) }, uniquingKeysWith: { first, _ in first })
            : nil
        var numbers: Set<Int> = []
        var texts: [String] = []
        texts.reserveCapacity(names.count)
        for (place, name) in names.enumerated() {
            let found = index.map { $0[name] } ?? members.first { $0.name.string == name }?.value
            guard let value = found, !value.isNull else {
                texts.append("")
                continue
            }
            if value.isNumber { numbers.insert(place) }
            texts.append(value.string ?? value.canonicalNumber ?? String(decoding: value.raw, as: UTF8.self))
        }
        return (texts, numbers)
    }
}
