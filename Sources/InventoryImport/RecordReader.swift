import Foundation

/// A record by the names that its mapping gives, ready to be parsed.
package struct MappedRecord: Sendable {
    package let line: Int
    package let values: [String: String]
    /// The record as it stands in the file, for whoever has to repair it.
    package let raw: [String]
}

/// What reading gives next.
package enum ReadRecord: Sendable {
    case record(MappedRecord)
    /// Left out by the mapping, and why.
    case skipped(because: String)
}

/// Reads a file through its mapping, in constant memory but for the lists that its skips name.
package final class RecordReader {
    private let reader: CSVReader
    private let templates: [(name: String, alternatives: [Template])]
    private let skips: [(column: Int, values: Set<String>, because: String)]
    private let times: DateFormatter?

    package init(file: String, mapping: Mapping) throws(ImportError) {
        let reader = try CSVReader(FileBytes(path: file))
        self.reader = reader
        var templates: [(name: String, alternatives: [Template])] = []
        for (name, texts) in mapping.fields.sorted(by: { $0.key < $1.key }) {
            var alternatives: [Template] = []
            for text in texts { alternatives.append(try Template(text, columns: reader.columns)) }
            templates.append((name, alternatives))
        }
        self.templates = templates
        var skips: [(column: Int, values: Set<String>, because: String)] = []
        for skip in mapping.skips {
            guard let column = reader.columns.firstIndex(of: skip.column) else {
                throw .missingColumn(skip.column, has: reader.columns)
            }
            var values = skip.equals
            if let listing = skip.listedIn {
                let folder = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
                values.formUnion(try listing.values(folders: [folder, mapping.folder]))
            }
            skips.append((column, values, skip.because))
        }
        self.skips = skips
        times = mapping.timeFormat.map { format in
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: mapping.timeZone)
            formatter.dateFormat = format
            formatter.isLenient = false
            return formatter
        }
    }

    /// Share of the file read so far, 0 to 1.
    package var progress: Double { reader.progress }

    /// Nil at the end.
    package func next() throws(ImportError) -> ReadRecord? {
        guard let record = try reader.next() else { return nil }
        for skip in skips where skip.values.contains(record[skip.column]) { return .skipped(because: skip.because) }
        var values: [String: String] = [:]
        for (name, alternatives) in templates {
            // Of several texts the first whose columns all hold something; else the last.
            let template = alternatives.first { $0.isFilled(record) } ?? alternatives[alternatives.count - 1]
            var value = template.fill(record)
            if name == "occurredAt", let times, !value.isEmpty { value = rfc3339(value, times) }
            values[name] = value
        }
        return .record(MappedRecord(line: reader.line, values: values, raw: record))
    }

    private var lastTime: (text: String, converted: String) = ("", "")

    /// A time that does not fit the format stays as it is, and the line's own check reports it.
    private func rfc3339(_ text: String, _ formatter: DateFormatter) -> String {
        // Tills write many lines in one second, and the formatter is slow.
        if lastTime.text == text { return lastTime.converted }
        let converted = formatter.date(from: text).map { $0.ISO8601Format() } ?? text
        lastTime = (text, converted)
        return converted
    }
}

extension Mapping.Listing {
    fileprivate func values(folders: [String]) throws(ImportError) -> Set<String> {
        let paths = files.flatMap { file in folders.map { "\($0)/\(file)" } }
        guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw .unreadable(
                file: files.joined(separator: " or "), why: "it is neither beside the data nor beside the mapping")
        }
        let reader = try CSVReader(FileBytes(path: path))
        func index(_ name: String) throws(ImportError) -> Int {
            guard let index = reader.columns.firstIndex(of: name) else {
                throw .missingColumn(name, has: reader.columns)
            }
            return index
        }
        let wanted = try index(column)
        var conditions: [(column: Int, texts: [String])] = []
        for (name, texts) in whereContains { conditions.append((try index(name), texts)) }
        var values: Set<String> = []
        while let record = try reader.next() {
            let matches = conditions.contains { condition in
                condition.texts.contains { record[condition.column].contains($0) }
            }
            if matches || conditions.isEmpty { values.insert(record[wanted]) }
        }
        return values
    }
}
