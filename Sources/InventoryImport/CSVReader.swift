/// Reads CSV (RFC 4180) record by record: quoted fields with delimiters, line breaks and doubled quotes; LF or CRLF;
/// an optional UTF-8 byte-order mark. The first record names the columns.
package final class CSVReader {
    /// Bytes of one record: a bound against a quote that is never closed, and against a line without an end.
    package static let recordBytesMax = 1 << 20
    /// Bytes of a damaged record that are kept to show it.
    private static let shownBytesMax = 1_000

    package enum Record: Sendable, Hashable {
        /// As many as there are columns.
        case fields([String])
        /// Reading goes on at the next line.
        case damaged(RecordProblem, raw: String)
    }

    package private(set) var columns: [String]
    /// Of the record that was read last, as an editor counts; the header is line 1.
    package private(set) var line = 1

    private let source: FileBytes
    private let encoding: TextEncoding
    private let delimiter: UInt8
    private var chunk: [UInt8] = []
    private var position = 0
    private var nextLine = 1
    private var isAtEnd = false
    /// The record being read: its fields' bytes one behind the other, and where each of them ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init(
        _ source: FileBytes, encoding: TextEncoding = .utf8, delimiter: UInt8 = UInt8(ascii: ",")
    ) throws(ImportError) {
        self.source = source
        self.encoding = encoding
        self.delimiter = delimiter
        columns = []
        try fill()
        if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        guard let problem = try scan(keeps: true) else { throw .noHeader }
        guard case .none = problem, let header = fields() else {
            throw .notText(what: "not a CSV file: its first line, the header, cannot be read")
        }
        columns = header
        if let twice = header.indices.first(where: { header[..<$0].contains(header[$0]) }) {
            throw .repeatedColumn(header[twice])
        }
    }

    /// Share of the file read so far, 0 to 1.
    package var progress: Double { source.progress }

    /// The next record; nil at the end. Empty lines are passed over.
    package func next() throws(ImportError) -> Record? {
        while let problem = try scan(keeps: true) {
            if let problem { return .damaged(problem, raw: shown) }
            if isBlank { continue }
            guard ends.count == columns.count else {
                return .damaged(.fieldCount(found: ends.count, expected: columns.count), raw: shown)
            }
            guard let fields = fields() else { return .damaged(.notEncoded(encoding), raw: shown) }
            return .fields(fields)
        }
        return nil
    }

    /// Passes over one record, looking only for what `next` throws.
    /// - Returns: false at the end.
    package func pass() throws(ImportError) -> Bool {
        while let problem = try scan(keeps: false) {
            if problem == nil, isBlank { continue }
            return true
        }
        return false
    }

    private var isBlank: Bool { ends.count == 1 && ends[0] == 0 && columns.count > 1 }

    private func fields() -> [String]? {
        var fields: [String] = []
        fields.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            guard let field = encoding.text(bytes[start..<end]) else { return nil }
            fields.append(field)
            start = end
        }
        return fields
    }

    /// The damaged record's beginning, whatever its bytes are.
    private var shown: String {
        var text = ""
        var start = 0
        for end in ends + [bytes.count] where text.utf8.count < Self.shownBytesMax && (end > start || end < bytes.count)
        {
            text +=
                (text.isEmpty ? "" : ",")
                + String(decoding: bytes[start..<end].prefix(Self.shownBytesMax), as: UTF8.self)
            start = end
        }
        return text
    }

    private enum Place {
        case fieldStart, plain, quoted, quoteInQuoted
        /// Behind what is wrong with the record, up to the end of the line.
        case lost
    }

    /// Reads to the end of the next record.
    /// - Parameter keeps: whether its bytes are wanted, or only their number.
    /// - Returns: nil at the end of the file; else what is wrong with the record, if something is.
    private func scan(keeps: Bool) throws(ImportError) -> RecordProblem?? {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        line = nextLine
        var place = Place.fieldStart
        var length = 0
        var contentLength = 0
        var lastByte: UInt8 = 0
        var problem: RecordProblem?
        while true {
            if position == chunk.count {
                try fill()
                if isAtEnd { break }
            }
            let start = position
            let first = chunk[start]
            switch place {
            case .fieldStart where first == UInt8(ascii: "\""):
                position += 1
                place = .quoted
            case .fieldStart, .plain:
                while position < chunk.count, chunk[position] != delimiter, chunk[position] != 0x0A { position += 1 }
                if position > start {
                    place = .plain
                    lastByte = chunk[position - 1]
                    contentLength += position - start
                    if keeps { bytes.append(contentsOf: chunk[start..<position]) }
                }
                if position < chunk.count {
                    let isEnd = chunk[position] == 0x0A
                    position += 1
                    if isEnd, place == .plain, lastByte == 0x0D { dropLast(&contentLength, keeps) }
                    ends.append(keeps ? bytes.count : contentLength)
                    if isEnd { return endOfLine(problem) }
                    place = .fieldStart
                }
            case .quoted:
                while position < chunk.count, chunk[position] != UInt8(ascii: "\"") {
                    if chunk[position] == 0x0A { nextLine += 1 }
                    position += 1
                }
                // Wherever the pieces of the file end, the same bound holds.
                guard length + position - start <= Self.recordBytesMax else {
                    throw .unclosedQuote(line: line, bytesMax: Self.recordBytesMax)
                }
                contentLength += position - start
                if keeps { bytes.append(contentsOf: chunk[start..<position]) }
                if position < chunk.count {
                    position += 1
                    place = .quoteInQuoted
                }
            case .quoteInQuoted:
                position += 1
                if first == UInt8(ascii: "\"") {
                    contentLength += 1
                    if keeps { bytes.append(first) }
                    place = .quoted
                } else if first == delimiter || first == 0x0A {
                    ends.append(keeps ? bytes.count : contentLength)
                    if first == 0x0A { return endOfLine(problem) }
                    place = .fieldStart
                } else if first != 0x0D {
                    problem = .strayQuote
                    place = .lost
                }
            case .lost:
                while position < chunk.count, chunk[position] != 0x0A { position += 1 }
                if position < chunk.count {
                    position += 1
                    return endOfLine(problem)
                }
            }
            length += position - start
            if length > Self.recordBytesMax, place != .lost {
                problem = .tooLong(bytesMax: Self.recordBytesMax)
                place = .lost
                bytes.removeLast(max(0, bytes.count - Self.shownBytesMax))
                ends.removeAll { $0 > bytes.count }
            }
        }
        if place == .quoted { throw .unclosedQuote(line: line, bytesMax: Self.recordBytesMax) }
        guard length > 0 else { return nil }
        if place == .plain, lastByte == 0x0D { dropLast(&contentLength, keeps) }
        if place != .lost { ends.append(keeps ? bytes.count : contentLength) }
        return .some(problem)
    }

    /// A line's carriage return is no content.
    private func dropLast(_ contentLength: inout Int, _ keeps: Bool) {
        contentLength -= 1
        if keeps { bytes.removeLast() }
    }

    private func endOfLine(_ problem: RecordProblem?) -> RecordProblem?? {
        nextLine += 1
        return .some(problem)
    }

    private func fill() throws(ImportError) {
        position = 0
        chunk = try source.next() ?? []
        isAtEnd = chunk.isEmpty
    }
}
