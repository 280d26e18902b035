import CZlib
import Foundation
import InventoryService

/// A file's bytes in chunks of bounded size; a gzip file's content. One chunk is in memory at a time.
package final class FileBytes {
    fileprivate static let chunkBytes = 256 << 10
    /// Bytes of content, whatever they were packed into: a small file can hold any number.
    package static let contentBytesMax: UInt64 = 64 << 30
    /// Bytes of content for one of a gzip file, once it has more content than `freeContentBytes`: no file of records is
    /// packed that well, and reading a gigabyte of line breaks takes its time.
    private static let contentPerByteMax: UInt64 = 250
    private static let freeContentBytes: UInt64 = 64 << 20
    /// Bytes of a gzip file in a row that hold no content.
    private static let emptyBytesMax = 8 << 20

    private let path: String
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
    private var contentBytes: UInt64 = 0
    private let contentBytesMax: UInt64

    /// - Parameters:
    ///   - name: as people know the file, for problems; its path unless given.
    ///   - contentBytesMax: what reading stops at.
    package init(
        path: String, name: String? = nil, contentBytesMax: UInt64 = FileBytes.contentBytesMax
    ) throws(ImportError) {
        self.path = path
        self.name = name ?? path
        self.contentBytesMax = contentBytesMax
        do {
            handle = try FileHandle(forReadingFrom: URL(filePath: path))
            bytesTotal = try handle.seekToEnd()
            try handle.seek(toOffset: 0)
        } catch {
            throw .unreadable(file: self.name, why: FileTrouble.words(error, reading: path))
        }
    }

    /// Bytes that were read and given so far: a measure of the work done, a chunk more with each.
    var bytesDone: UInt64 { bytesRead + contentBytes }

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
        guard let content = try unpacked() else { return nil }
        contentBytes += UInt64(content.count)
        guard contentBytes <= contentBytesMax else { throw .tooLarge(bytesMax: contentBytesMax) }
        guard contentBytes <= Self.freeContentBytes || contentBytes / Self.contentPerByteMax <= bytesRead else {
            throw .overpacked(timesMax: Self.contentPerByteMax)
        }
        return content
    }

    private func unpacked() throws(ImportError) -> [UInt8]? {
        var emptyBytes = 0
        while true {
            if let inflater, inflater.hasInput {
                guard let content = inflater.inflate() else { throw .damagedGzip(file: name) }
                if !content.isEmpty { return content }
                continue
            }
            let chunk: [UInt8]
            do {
                chunk = Array(try handle.read(upToCount: Self.chunkBytes) ?? Data())
            } catch {
                throw .unreadable(file: name, why: FileTrouble.words(error, reading: path))
            }
            bytesRead += UInt64(chunk.count)
            if isFirst, chunk.starts(with: [0x1F, 0x8B]) { inflater = Inflater() }
            isFirst = false
            guard !chunk.isEmpty else {
                if let inflater, !inflater.isAtEnd { throw .truncatedGzip(file: name) }
                return nil
            }
            guard let inflater else { return chunk }
            emptyBytes += chunk.count
            guard emptyBytes <= Self.emptyBytesMax else { throw .damagedGzip(file: name) }
            inflater.take(chunk)
        }
    }
}

/// zlib's inflate over a gzip file (RFC 1952), which may have several members, and zeros behind the last.
private final class Inflater {
    private var stream = z_stream()
    private var input: [UInt8] = []
    private var position = 0
    /// A full output may have left some inside zlib.
    private var isOutputPending = false
    /// Behind a member.
    private(set) var isAtEnd = false
    /// Behind the last: a tape's blocks are filled up with zeros.
    private var isPadding = false

    /// 15 bits of window, and 16 for the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16

    init() {
        let status = holdfast_inflate_init(&stream, Self.windowBits)
        precondition(status == Z_OK, "zlib could not start: \(status)")
    }

    deinit { inflateEnd(&stream) }

    /// Whether there is something to be had before more is read.
    var hasInput: Bool { position < input.count || isOutputPending }

    func take(_ bytes: [UInt8]) {
        input = bytes
        position = 0
    }

    /// What comes next of the content, a chunk at most; the rest of the input is kept for the next call.
    /// - Returns: nil when the bytes are damaged.
    func inflate() -> [UInt8]? {
        if isAtEnd, !isPadding {
            if input[position] == 0 {
                isPadding = true
            } else {
                guard inflateReset(&stream) == Z_OK else { return nil }
                isAtEnd = false
            }
        }
        if isPadding {
            guard input[position...].allSatisfy({ $0 == 0 }) else { return nil }
            position = input.count
            return []
        }
        var isDamaged = false
        let output = [UInt8](unsafeUninitializedCapacity: FileBytes.chunkBytes) { output, count in
            let room = output.count
            let status = input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress.map { $0 + position }
                stream.avail_in = UInt32(input.count - position)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                position = input.count - Int(stream.avail_in)
                return status
            }
            isDamaged = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR
            count = room - Int(stream.avail_out)
            isAtEnd = status == Z_STREAM_END
            isOutputPending = !isAtEnd && stream.avail_out == 0
            // Neither took nor gave, with input left: it would be asked for ever.
            if status == Z_BUF_ERROR, count == 0, position < input.count { isDamaged = true }
        }
        return isDamaged ? nil : output
    }
}
