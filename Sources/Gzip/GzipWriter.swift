import CZlib

/// Packs bytes as one gzip member (RFC 1952), piece by piece: what is in memory does not grow with what is packed. The same
/// pieces give the same bytes, since the head of the member names no time and no file.
package final class GzipWriter {
    private var stream = z_stream()
    private var output = [UInt8](repeating: 0, count: GzipWriter.outputBytes)

    private static let outputBytes = 64 << 10
    package enum Effort: Int32 {
        /// A third of the time for a little more size: for what is made for each request.
        case quick = 1
        /// zlib's own middle between size and time.
        case usual = 6
    }
    /// 15 bits of window, and 16 for the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16

    package init(_ effort: Effort = .usual) {
        let status = holdfast_deflate_init(&stream, effort.rawValue, Self.windowBits)
        precondition(status == Z_OK, "zlib could not start: \(status)")
    }

    deinit { deflateEnd(&stream) }

    /// - Returns: what is packed by now; often nothing, since zlib waits for more.
    package func write(_ bytes: [UInt8]) -> [UInt8] { bytes.isEmpty ? [] : pack(bytes, Z_NO_FLUSH) }

    /// The end of the member. Nothing may be written behind it.
    package func finish() -> [UInt8] { pack([], Z_FINISH) }

    private func pack(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
        var packed: [UInt8] = []
        var input = bytes
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            repeat {
                let count = output.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let status = deflate(&stream, flush)
                    precondition(status != Z_STREAM_ERROR, "zlib lost its state")
                    return output.count - Int(stream.avail_out)
                }
                packed.append(contentsOf: output[..<count])
            } while stream.avail_out == 0
            // Ours no longer once this returns.
            stream.next_in = nil
        }
        return packed
    }
}
