/// Why a file cannot be read, with the place where that is known.
package enum ImportError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable(file: String, why: String)
    case truncatedGzip(file: String)
    case damagedGzip(file: String)
    case notUTF8(line: Int)
    case recordTooLong(line: Int, bytesMax: Int)
    case unclosedQuote(line: Int)
    case strayQuote(line: Int)
    case fieldCount(line: Int, found: Int, expected: Int)
    case noHeader
    case missingColumn(String, has: [String])
    case mapping(String)

    package var description: String {
        switch self {
        case .unreadable(let file, let why): "\(file) cannot be read: \(why)"
        case .truncatedGzip(let file): "\(file) ends in the middle of its gzip stream; copy it again"
        case .damagedGzip(let file): "\(file) is not a sound gzip stream; copy it again"
        case .notUTF8(let line): "line \(line): not UTF-8; convert the file first"
        case .recordTooLong(let line, let bytesMax): "line \(line): the record has more than \(bytesMax) bytes"
        case .unclosedQuote(let line): "line \(line): a quoted field is not closed before the end of the file"
        case .strayQuote(let line): "line \(line): something stands behind a closing quote"
        case .fieldCount(let line, let found, let expected):
            "line \(line): \(found) fields where the header has \(expected)"
        case .noHeader: "the file is empty; its first line must name its columns"
        case .missingColumn(let name, let has):
            "the mapping names column '\(name)', which the file does not have; it has \(has.joined(separator: ", "))"
        case .mapping(let why): "mapping: \(why)"
        }
    }
}
