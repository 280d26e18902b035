import CZlib
import Foundation

/// A file's bytes in chunks of bounded size; a gzip file's content. One chunk is in memory at a time.
package final class FileBytes {
    private static let chunkBytes = 256 << 10

    private let name: String
    private let handle: FileHandle
    private var inflater: Inflater?
    private var isFirst = true
    /// Read already, to see what the file is.
    private var peeked: [UInt8]?
    private var isPeekGiven = false

    /// How far into the file on disk the reading is, and its size, for progress.
    package private(set) var bytesRead: UInt64 = 0
    package let bytesTotal: UInt64

    /// - Parameter name: as people know the file, for problems; its path unless given.
    package init(path: String, name: String? = nil) throws(ImportError) {
        self.name = name ?? path
        do {
            handle = try FileHandle(forReadingFrom: URL(filePath: path))
            bytesTotal = try handle.seekToEnd()
            try handle.seek(toOffset: 0)
        } catch {
            throw .unreadable(file: self.name, why: error.localizedDescription)
        }
    }

    /// Share of the file read so far, 0 to 1.
    package var progress: Double { bytesTotal == 0 ? 1 : Double(bytesRead) / Double(bytesTotal) }

    /// The first bytes of the content, which `next` will give again; empty for an empty file.
    /// - Throws: `.notText` for what can be told from its first bytes to be something else.
    func peek() throws(ImportError) -> [UInt8] {
        if let peeked { return peeked }
        let first = try read() ?? []
        peeked = first
        if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) || first.prefix(64).contains(0) {
            throw .notText(what: "not UTF-8 but UTF-16 or binary; convert it, with: iconv -f UTF-16 -t UTF-8")
        }
        if first.starts(with: [0x50, 0x4B, 0x03, 0x04]) { throw .notText(what: "a ZIP archive; send what is in it") }
        return first
    }

    /// The next bytes, never empty; nil at the end.
    package func next() throws(ImportError) -> [UInt8]? {
        let first = try peek()
        guard isPeekGiven else {
            isPeekGiven = true
            // Not twice in memory.
            peeked = []
            return first.isEmpty ? nil : first
        }
        return try read()
    }

    private func read() throws(ImportError) -> [UInt8]? {
        while true {
            let chunk: [UInt8]
            do {
                chunk = Array(try handle.read(upToCount: Self.chunkBytes) ?? Data())
            } catch {
                throw .unreadable(file: name, why: error.localizedDescription)
            }
            bytesRead += UInt64(chunk.count)
            if isFirst, chunk.starts(with: [0x1F, 0x8B]) { inflater = Inflater() }
            isFirst = false
            guard !chunk.isEmpty else {
                if let inflater, !inflater.isAtEnd { throw .truncatedGzip(file: name) }
                return nil
            }
            guard let inflater else { return chunk }
            guard let content = inflater.inflate(chunk) else { throw .damagedGzip(file: name) }
            if !content.isEmpty { return content }
        }
    }
}

/// zlib's inflate over a gzip file (RFC 1952), which may have several members.
private final class Inflater {
    private var stream = z_stream()
    private(set) var isAtEnd = false

    /// 15 bits of window, and 16 for the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16

    init() {
        let status = holdfast_inflate_init(&stream, Self.windowBits)
        precondition(status == Z_OK, "zlib could not start: \(status)")
    }

    deinit { inflateEnd(&stream) }

    /// - Returns: nil when the bytes are damaged.
    func inflate(_ bytes: [UInt8]) -> [UInt8]? {
        var input = bytes
        var output: [UInt8] = []
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var chunk = [UInt8](repeating: 0, count: 128 << 10)
            repeat {
                if isAtEnd {
                    guard inflateReset(&stream) == Z_OK else { return nil }
                    isAtEnd = false
                }
                let status = chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(chunk.count)
                    return CZlib.inflate(&stream, Z_NO_FLUSH)
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
                output.append(contentsOf: chunk[..<(chunk.count - Int(stream.avail_out))])
                isAtEnd = status == Z_STREAM_END
            } while stream.avail_in > 0 || (stream.avail_out == 0 && !isAtEnd)
            return output
        }
    }
}
