import StrictJSON

/// Reads one JSON object from each line. Empty lines are passed over.
final class NDJSONReader {
    static let lineBytesMax = CSVReader.recordBytesMax
    /// Bytes of a damaged line that are kept to show it.
    private static let shownBytesMax = 1_000

    enum Record {
        case object(JSONValue)
        /// Reading goes on at the next line.
        case damaged(RecordProblem, raw: String)
        /// None yet: much was passed over, and the next call goes on.
        case unfinished
    }

    /// Of the record that was read last, as an editor counts.
    private(set) var line = 0

    private let source: FileBytes
    private var chunk: [UInt8] = []
    private var position = 0
    private var bytes: [UInt8] = []
    /// Of the line that is being read, which a call may leave in the middle when it is too long.
    private var length = 0
    private var isInLine = false

    init(_ source: FileBytes) throws(ImportError) {
        self.source = source
        chunk = try source.next() ?? []
        if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    var bytesDone: UInt64 { source.bytesDone }
    var progress: Double { source.progress }

    /// Nil at the end.
    func next() throws(ImportError) -> Record? {
        switch try readLine() {
        case .end: return nil
        case .unfinished: return .unfinished
        case .record: break
        }
        guard length <= Self.lineBytesMax else { return .damaged(.tooLong(bytesMax: Self.lineBytesMax), raw: shown) }
        do throws(JSONSyntaxError) {
            let root = try JSONDocument(parsing: bytes).root
            guard root.isObject else {
                return .damaged(.notJSON("a line must be an object, not \(root.typeName)"), raw: shown)
            }
            return .object(root)
        } catch {
            let problem = error.reason == .badUTF8 ? RecordProblem.notEncoded(.utf8) : .notJSON(error.description)
            return .damaged(problem, raw: shown)
        }
    }

    /// Passes over one record.
    func pass() throws(ImportError) -> CSVReader.Passed { try readLine() }

    private var shown: String { String(decoding: bytes.prefix(Self.shownBytesMax), as: UTF8.self) }

    /// Reads the next line that holds something into `bytes`, at most what a line may have.
    private func readLine() throws(ImportError) -> CSVReader.Passed {
        let start = source.bytesDone
        while true {
            if !isInLine {
                bytes.removeAll(keepingCapacity: true)
                line += 1
                length = 0
                isInLine = true
            }
            var isEnded = false
            while !isEnded {
                if position == chunk.count {
                    if length > Self.lineBytesMax, isEnough(since: start) { return .unfinished }
                    chunk = try source.next() ?? []
                    position = 0
                    if chunk.isEmpty { break }
                }
                let start = position
                while position < chunk.count, chunk[position] != 0x0A { position += 1 }
                length += position - start
                let room = Self.lineBytesMax - bytes.count
                if room > 0 { bytes.append(contentsOf: chunk[start..<position].prefix(room)) }
                if position < chunk.count {
                    position += 1
                    isEnded = true
                }
            }
            isInLine = false
            if bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) { return .record }
            if !isEnded { return .end }
            if isEnough(since: start) { return .unfinished }
        }
    }

    private func isEnough(since start: UInt64) -> Bool { source.bytesDone - start > CSVReader.bytesPerCall }
}
