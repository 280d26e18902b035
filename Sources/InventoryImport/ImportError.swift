/// Why a file as a whole cannot be imported. Nothing of such a file is applied.
package enum ImportError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable(file: String, why: String)
    case truncatedGzip(file: String)
    case damagedGzip(file: String)
    /// Not text that can be read: another compression, an archive, UTF-16.
    case notText(what: String)
    case unclosedQuote(line: Int, bytesMax: Int)
    case noHeader
    case tooLarge(bytesMax: UInt64)
    /// A small gzip file of much that is nothing.
    case overpacked(timesMax: UInt64)
    case tooManyColumns(max: Int)
    case repeatedColumn(String)
    case missingColumn(String, has: [String])
    /// The column would be there if the header were parted by another sign.
    case wrongDelimiter(missing: String, has: [String], likely: String)
    case unknownColumn(String, kind: String)
    case mapping(String)

    /// Columns of a file that a problem names.
    private static let columnsNamedMax = 50

    package var description: String {
        switch self {
        case .unreadable(let file, let why): "\(file) cannot be read: \(why)"
        case .truncatedGzip(let file): "\(file) ends in the middle of its gzip stream; copy it again"
        case .damagedGzip(let file): "\(file) is not a sound gzip stream; copy it again"
        case .notText(let what): "the file is \(what)"
        case .unclosedQuote(let line, let bytesMax):
            "line \(line): a quoted field is opened and not closed within \(bytesMax) bytes or before the end of the file"
        case .noHeader: "the file is empty; its first line must name its columns"
        case .tooLarge(let bytesMax): "the file holds more than \(bytesMax) bytes when unpacked; send it in parts"
        case .overpacked(let timesMax):
            "the file unpacks to more than \(timesMax) times its size, as no file of records does; send it unpacked"
        case .tooManyColumns(let max): "the header names more than \(max) columns"
        case .repeatedColumn(let name):
            "the header names the column '\(name)' twice, and the mapping uses it; give one of them another name"
        case .missingColumn(let name, let has):
            "the file does not have the column '\(name)'; it has "
                + has.prefix(Self.columnsNamedMax).joined(separator: ", ")
        case .wrongDelimiter(let name, let has, let likely):
            Self.missingColumn(name, has: has).description
                + "; its columns seem to be parted by '\(likely)': write delimiter: \"\(likely)\" in the mapping"
        case .unknownColumn(let name, let kind):
            "the column '\(name)' is no field of \(kind); leave it out, or give a mapping"
        case .mapping(let why): "mapping: \(why)"
        }
    }

    /// Stable, for programs.
    package var code: String {
        switch self {
        case .unreadable: "unreadableFile"
        case .truncatedGzip: "truncatedGzip"
        case .damagedGzip: "damagedGzip"
        case .notText: "notText"
        case .unclosedQuote: "unclosedQuote"
        case .noHeader: "noHeader"
        case .tooLarge: "fileTooLarge"
        case .overpacked: "overpackedGzip"
        case .tooManyColumns: "tooManyColumns"
        case .repeatedColumn: "repeatedColumn"
        case .missingColumn, .wrongDelimiter: "missingColumn"
        case .unknownColumn: "unknownColumn"
        case .mapping: "badMapping"
        }
    }

    package var line: Int? {
        if case .unclosedQuote(let line, _) = self { line } else { nil }
    }
}

/// What is wrong with one record. It is left out, and reading goes on behind it.
package struct RecordProblem: Sendable, Hashable {
    /// Stable, for programs.
    package let code: String
    /// For the person who repairs the file.
    package let detail: String

    package init(_ code: String, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    static func fieldCount(found: Int, expected: Int) -> RecordProblem {
        RecordProblem("fieldCount", "\(found) fields where the header has \(expected)")
    }
    static func tooLong(bytesMax: Int) -> RecordProblem {
        RecordProblem("recordTooLong", "the record has more than \(bytesMax) bytes")
    }
    static let strayQuote = RecordProblem("strayQuote", "something stands behind a closing quote")
    static func notEncoded(_ encoding: TextEncoding) -> RecordProblem {
        RecordProblem(
            encoding == .utf8 ? "notUTF8" : "wrongEncoding",
            "not \(encoding.name); convert the file, or name its encoding in the mapping")
    }
    static func notJSON(_ why: String) -> RecordProblem { RecordProblem("notJSON", why) }
}
