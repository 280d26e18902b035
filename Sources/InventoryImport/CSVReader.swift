/// Reads CSV (RFC 4180) record by record: quoted fields with commas, line breaks and doubled quotes; LF or CRLF;
/// an optional UTF-8 byte-order mark. The first record names the columns.
package final class CSVReader {
    /// Bytes of one record: a bound against a quote that is never closed.
    package static let recordBytesMax = 1 << 20

    package private(set) var columns: [String]
    /// Of the record that `next` gave last, as an editor counts; the header is line 1.
    package private(set) var line = 1

    private let source: FileBytes
    private var chunk: [UInt8] = []
    private var position = 0
    private var nextLine = 1
    private var isAtEnd = false

    package init(_ source: FileBytes) throws(ImportError) {
        self.source = source
        columns = []
        try fill()
        if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        guard let header = try record() else { throw .noHeader }
        columns = header
    }

    /// Share of the file read so far, 0 to 1.
    package var progress: Double {
        source.bytesTotal == 0 ? 1 : Double(source.bytesRead) / Double(source.bytesTotal)
    }

    /// The next record, as many fields as columns; nil at the end. Empty lines are passed over.
    package func next() throws(ImportError) -> [String]? {
        while let record = try record() {
            if record.count == 1, record[0].isEmpty, columns.count > 1 { continue }
            guard record.count == columns.count else {
                throw .fieldCount(line: line, found: record.count, expected: columns.count)
            }
            return record
        }
        return nil
    }

    private enum Place { case fieldStart, plain, quoted, quoteInQuoted }

    private func record() throws(ImportError) -> [String]? {
        var fields: [String] = []
        var field: [UInt8] = []
        var place = Place.fieldStart
        var bytes = 0
        line = nextLine
        while let byte = try nextByte() {
            bytes += 1
            guard bytes <= Self.recordBytesMax else { throw .recordTooLong(line: line, bytesMax: Self.recordBytesMax) }
            if byte == 0x0A { nextLine += 1 }
            switch (place, byte) {
            case (.fieldStart, UInt8(ascii: "\"")): place = .quoted
            case (.quoted, UInt8(ascii: "\"")): place = .quoteInQuoted
            case (.quoted, _): field.append(byte)
            case (.quoteInQuoted, UInt8(ascii: "\"")):
                field.append(byte)
                place = .quoted
            case (_, UInt8(ascii: ",")):
                fields.append(try text(field))
                field.removeAll(keepingCapacity: true)
                place = .fieldStart
            case (_, 0x0A):
                if field.last == 0x0D, place == .plain { field.removeLast() }
                fields.append(try text(field))
                return fields
            case (.quoteInQuoted, 0x0D): continue
            case (.quoteInQuoted, _): throw .strayQuote(line: line)
            default:
                field.append(byte)
                place = .plain
            }
        }
        if place == .quoted { throw .unclosedQuote(line: line) }
        guard bytes > 0 else { return nil }
        fields.append(try text(field))
        return fields
    }

    private func text(_ bytes: [UInt8]) throws(ImportError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(line: line) }
        return text
    }

    private func nextByte() throws(ImportError) -> UInt8? {
        if position == chunk.count {
            try fill()
            if isAtEnd { return nil }
        }
        defer { position += 1 }
        return chunk[position]
    }

    private func fill() throws(ImportError) {
        position = 0
        chunk = try source.next() ?? []
        isAtEnd = chunk.isEmpty
    }
}
