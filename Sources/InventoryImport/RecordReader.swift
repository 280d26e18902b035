import Foundation
package import StrictJSON

/// A record by the names that its mapping gives, ready to be parsed.
package struct MappedRecord: Sendable {
    package let line: Int
    /// 1 for the first record of the file, the header not counted.
    package let number: Int
    package let values: [String: String]
    /// The record as it stands in the file, for whoever has to repair it.
    package let raw: [String]
    /// A JSON line that needs no mapping.
    package var json: JSONValue?
    /// What a filter could not read.
    package var notes: [String] = []
}

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
        let templates: [(name: String, alternatives: [Template])]
    }

    private struct Skip {
        let tests: [ColumnTest]
        let listed: (column: Int, values: Set<String>)?
        let because: String
    }

    package let mapping: Mapping
    private let source: Source
    /// Of JSON lines, the members that are asked for.
    private let columns: [String]
    /// JSON lines stand for themselves.
    private let takesJSON: Bool
    private let cases: [Case]
    private let skips: [Skip]
    private let times: DateFormatter?
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
            columns = reader.columns
            mapping = try Self.mapping(given, of: kind, columns, format)
        case .ndjson:
            source = .ndjson(try NDJSONReader(bytes))
            columns = (given?.columns ?? Mapping.knownFields[kind] ?? []).sorted()
            mapping = try Self.mapping(given, of: kind, columns, format)
        }
        takesJSON = given == nil && format == .ndjson && kind != .snapshots
        (cases, skips) = try Self.compile(mapping, columns, beside: file)
        times = mapping.times
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
        _ mapping: Mapping, _ columns: [String], beside file: String
    ) throws(ImportError) -> ([Case], [Skip]) {
        var cases: [Case] = []
        for entry in mapping.cases {
            var templates: [(name: String, alternatives: [Template])] = []
            for (name, texts) in entry.fields.sorted(by: { $0.key < $1.key }) {
                var alternatives: [Template] = []
                for text in texts { alternatives.append(try Template(text, columns: columns)) }
                templates.append((name, alternatives))
            }
            cases.append(Case(tests: try tests(entry.conditions, columns), templates: templates))
        }
        var skips: [Skip] = []
        for skip in mapping.skips {
            var listed: (column: Int, values: Set<String>)?
            if let (name, listing) = skip.listing, let mappingFolder = mapping.folder {
                guard let column = columns.firstIndex(of: name) else { throw .missingColumn(name, has: columns) }
                let folder = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
                listed = (column, try listing.values(folders: [folder, mappingFolder]))
            }
            skips.append(Skip(tests: try tests(skip.conditions, columns), listed: listed, because: skip.because))
        }
        return (cases, skips)
    }

    private static func tests(_ conditions: [Condition], _ columns: [String]) throws(ImportError) -> [ColumnTest] {
        var tests: [ColumnTest] = []
        for condition in conditions { tests.append(try ColumnTest(condition, columns: columns)) }
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
                return try mapped(object.texts(of: columns), line: reader.line, raw: raw)
            }
        }
    }

    private func mapped(
        _ fields: [String], line: Int, raw: [String]? = nil
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
            let column = columns[error.column]
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
        for (name, alternatives) in entry.templates {
            // Of several texts the first whose columns all hold something; else the last.
            let template = alternatives.first { $0.isFilled(fields) } ?? alternatives[alternatives.count - 1]
            guard var value = template.fill(fields, number: number, notes: &notes) else {
                let problem = RecordProblem(
                    "valueTooLong", "the field '\(name)' would have more than \(Template.filledBytesMax) bytes")
                return .damaged(line: line, problem, raw: (raw ?? fields).joined(separator: ","))
            }
            if let times, Self.timeFields.contains(name), !value.isEmpty { value = rfc3339(value, times) }
            values[name] = value
        }
        return .record(MappedRecord(line: line, number: number, values: values, raw: raw ?? fields, notes: notes))
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

    private static let timeFields: Set<String> = ["occurredAt", "asOf", "countedAt"]

    private var lastTime: (text: String, converted: String) = ("", "")

    /// A time that does not fit the format stays as it is, and the line's own check reports it.
    private func rfc3339(_ text: String, _ formatter: DateFormatter) -> String {
        // Tills write many lines in one second, and the formatter is slow.
        if lastTime.text == text { return lastTime.converted }
        let converted = formatter.date(from: text).map { $0.rfc3339(as: text) } ?? text
        lastTime = (text, converted)
        return converted
    }
}

extension JSONValue {
    /// The members of those names as texts; what is not there, or null, is empty.
    fileprivate func texts(of names: [String]) -> [String] {
        let members = members ?? []
        // Of a name that is there twice the first; an index is worth its cost where there are many.
        let index: [String: JSONValue]? =
            members.count * names.count > 4_096
            ? Dictionary(members.map { ($0.name.string ?? "", $0.value) }, uniquingKeysWith: { first, _ in first })
            : nil
        return names.map { name in
            let found = index.map { $0[name] } ?? members.first { $0.name.string == name }?.value
            guard let value = found, !value.isNull else { return "" }
            return value.string ?? String(decoding: value.raw, as: UTF8.self)
        }
    }
}
