/// Reads CSV (RFC 4180) record by record: quoted fields with delimiters, line breaks and doubled quotes; LF or CRLF;
/// an optional UTF-8 byte-order mark. The first record names the columns.
package final class CSVReader {
    /// Bytes of one record: a bound against a quote that is never closed, and against a line without an end.
    package static let recordBytesMax = 1 << 20
    /// Bytes of a damaged record that are kept to show it.
    private static let shownBytesMax = 1_000
    package static let columnsMax = 1_000
    /// Bytes that one call passes over, of empty lines or of a line that is lost, before it lets its caller do
    /// something else; then at most a record more.
    static let bytesPerCall: UInt64 = 2 << 20

    package enum Record: Sendable, Hashable {
        /// As many as there are columns.
        case fields([String])
        /// Reading goes on at the next line.
        case damaged(RecordProblem, raw: String)
        /// None yet: much was passed over, and the next call goes on.
        case unfinished
    }

    /// Without blanks around their names; empty for a column without one.
    package private(set) var columns: [String]
    /// Of the record that was read last, as an editor counts; the header is line 1.
    package private(set) var line = 1

    private let source: FileBytes
    private let encoding: TextEncoding
    private var delimiter: UInt8
    private var chunk: [UInt8] = []
    private var position = 0
    private var nextLine = 1
    private var isAtEnd = false
    /// The record being read: its fields' bytes one behind the other, and where each of them ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// What is wrong with the record whose line is being passed over.
    private var lost: RecordProblem?

    package init(
        _ source: FileBytes, encoding: TextEncoding = .utf8, delimiter: UInt8 = UInt8(ascii: ",")
    ) throws(ImportError) {
        self.source = source
        self.encoding = encoding
        self.delimiter = delimiter
        columns = []
        try fill()
        if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        if let line = FileColumns.delimiterLine(chunk[position...]) {
            self.delimiter = line.delimiter
            position += line.bytes
            nextLine = 2
        }
        let scanned = try scan(keeps: true)
        if case .end = scanned { throw .noHeader }
        guard ends.count <= Self.columnsMax else { throw .tooManyColumns(max: Self.columnsMax) }
        guard case .record(nil) = scanned, let header = fields() else {
            let likely = FileColumns.delimiter(betweenQuotesOf: chunk[...])
                .map { "; write delimiter: \"\(FileColumns.name(ofDelimiter: $0))\" in the mapping" }
            throw .notText(what: "not a CSV file: its first line, the header, cannot be read" + (likely ?? ""))
        }
        columns = header.map(\.trimmedBlanks)
    }

    var bytesDone: UInt64 { source.bytesDone }

    /// Share of the file read so far, 0 to 1.
    package var progress: Double { source.progress }

    /// The next record; nil at the end. Empty lines are passed over.
    package func next() throws(ImportError) -> Record? {
        let start = source.bytesDone
        while true {
            skipLineBreaks()
            switch try scan(keeps: true) {
            case .end: return nil
            case .unfinished: return .unfinished
            case .record(let problem?): return .damaged(problem, raw: shown)
            case .record(nil):
                if isBlank {
                    if source.bytesDone - start > Self.bytesPerCall { return .unfinished }
                    continue
                }
                guard ends.count == columns.count || fitsColumns() else {
                    return .damaged(.fieldCount(found: ends.count, expected: columns.count), raw: shown)
                }
                guard let fields = fields() else { return .damaged(.notEncoded(encoding), raw: shown) }
                return .fields(fields)
            }
        }
    }

    /// What passing over finds.
    package enum Passed: Sendable, Hashable {
        case record, unfinished, end
    }

    /// Passes over one record, looking only for what `next` throws.
    package func pass() throws(ImportError) -> Passed {
        let start = source.bytesDone
        while true {
            skipLineBreaks()
            switch try scan(keeps: false) {
            case .end: return .end
            case .unfinished: return .unfinished
            case .record(let problem):
                guard problem == nil, isBlank else { return .record }
                if source.bytesDone - start > Self.bytesPerCall { return .unfinished }
            }
        }
    }

    /// Over empty lines that lie together: a small gzip file may hold very many, and a scan of each takes its time.
    private func skipLineBreaks() {
        guard lost == nil, columns.count > 1 else { return }
        while position < chunk.count, chunk[position] == 0x0A {
            position += 1
            nextLine += 1
        }
    }

    private var isBlank: Bool { ends.count == 1 && ends[0] == 0 && columns.count > 1 }

    /// Brings a record to as many fields as there are columns, where only what holds nothing is too many, or only columns
    /// without a name are missing at its end.
    private func fitsColumns() -> Bool {
        if ends.count > columns.count {
            let start = ends[columns.count - 1]
            guard bytes[start...].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return false }
            ends.removeLast(ends.count - columns.count)
            bytes.removeLast(bytes.count - start)
        } else {
            guard columns[ends.count...].allSatisfy(\.isEmpty) else { return false }
            ends += Array(repeating: bytes.count, count: columns.count - ends.count)
        }
        return true
    }

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
    }

    private enum Scanned {
        case record(RecordProblem?)
        case unfinished, end
    }

    /// Reads to the end of the next record, or on to the end of one that is lost.
    /// - Parameter keeps: whether its bytes are wanted, or only their number.
    private func scan(keeps: Bool) throws(ImportError) -> Scanned {
        if lost != nil { return try passLost() }
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        line = nextLine
        var place = Place.fieldStart
        var length = 0
        var contentLength = 0
        var lastByte: UInt8 = 0
        while true {
            if position == chunk.count {
                try fill()
                if isAtEnd { break }
            }
            let start = position
            let first = chunk[start]
            // One byte more than a record may have tells that it is too long; no more of it is kept.
            let bound = min(chunk.count, start + Self.recordBytesMax - length + 1)
            switch place {
            case .fieldStart where first == UInt8(ascii: "\""):
                position += 1
                place = .quoted
            case .fieldStart, .plain:
                while position < bound, chunk[position] != delimiter, chunk[position] != 0x0A { position += 1 }
                if position > start {
                    place = .plain
                    lastByte = chunk[position - 1]
                    contentLength += position - start
                    if keeps { bytes.append(contentsOf: chunk[start..<position]) }
                }
                if position < bound {
                    let isEnd = chunk[position] == 0x0A
                    position += 1
                    if isEnd, place == .plain, lastByte == 0x0D { dropLast(&contentLength, keeps) }
                    ends.append(keeps ? bytes.count : contentLength)
                    if isEnd { return endOfLine() }
                    place = .fieldStart
                }
            case .quoted:
                while position < bound, chunk[position] != UInt8(ascii: "\"") {
                    if chunk[position] == 0x0A { nextLine += 1 }
                    position += 1
                }
                // Wherever the pieces of the file end, the same bound holds.
                guard length + position - start <= Self.recordBytesMax else {
                    throw .unclosedQuote(line: line, bytesMax: Self.recordBytesMax)
                }
                contentLength += position - start
                if keeps { bytes.append(contentsOf: chunk[start..<position]) }
                if position < bound {
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
                    if first == 0x0A { return endOfLine() }
                    place = .fieldStart
                } else if first != 0x0D {
                    return try lose(.strayQuote)
                }
            }
            length += position - start
            if length > Self.recordBytesMax {
                bytes.removeLast(max(0, bytes.count - Self.shownBytesMax))
                ends.removeAll { $0 > bytes.count }
                return try lose(.tooLong(bytesMax: Self.recordBytesMax))
            }
        }
        if place == .quoted { throw .unclosedQuote(line: line, bytesMax: Self.recordBytesMax) }
        guard length > 0 else { return .end }
        if place == .plain, lastByte == 0x0D { dropLast(&contentLength, keeps) }
        ends.append(keeps ? bytes.count : contentLength)
        return .record(nil)
    }

    private func lose(_ problem: RecordProblem) throws(ImportError) -> Scanned {
        lost = problem
        return try passLost()
    }

    /// Behind what is wrong with a record, up to the end of its line.
    private func passLost() throws(ImportError) -> Scanned {
        let start = source.bytesDone
        while true {
            if position == chunk.count {
                try fill()
                if isAtEnd { break }
            }
            while position < chunk.count, chunk[position] != 0x0A { position += 1 }
            if position < chunk.count {
                position += 1
                nextLine += 1
                break
            }
            if source.bytesDone - start > Self.bytesPerCall { return .unfinished }
        }
        defer { lost = nil }
        return .record(lost)
    }

    /// A line's carriage return is no content.
    private func dropLast(_ contentLength: inout Int, _ keeps: Bool) {
        contentLength -= 1
        if keeps { bytes.removeLast() }
    }

    private func endOfLine() -> Scanned {
        nextLine += 1
        return .record(nil)
    }

    private func fill() throws(ImportError) {
        position = 0
        chunk = try source.next() ?? []
        isAtEnd = chunk.isEmpty
    }
}
