import Foundation

/// A file that remembers how far events were read, for whoever starts again.
struct EventPlace {
    let path: String

    /// More than any id has.
    private static let bytesMax = 64

    struct Unusable: Error, CustomStringConvertible {
        let path: String

        var description: String { "'\(path)' is not a file with the id of an event; name another one" }
    }

    /// - Returns: nil where there is no file yet.
    func read() throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.bytesMax else {
            throw Unusable(path: path)
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.wholeMatch(of: /[0-9]+(-[0-9]+)?/) != nil else { throw Unusable(path: path) }
        return text
    }

    /// In one step: a reader finds the old id or the new one.
    func write(_ id: String) throws {
        try Data("\(id)\n".utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
