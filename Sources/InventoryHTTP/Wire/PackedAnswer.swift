import Gzip
import HTTPTypes
import Hummingbird
import InventoryService
import NIOCore

/// Packs answers of more than a kilobyte for clients that take gzip.
///
/// A tag stays the tag of what the answer says, packed or not. By RFC 9110, section 8.8.3, a strong tag names bytes; but it
/// comes back in `If-Match`, which must not fail because of how the answer travelled.
struct PackingMiddleware: RouterMiddleware {
    /// Packing more than this holds up single calls, so it is bulk work.
    private static let quickBytesMax = 64 << 10

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // Of what is sent as it is made nobody knows the length; such answers see to themselves.
        guard let length = response.body.contentLength, Packing.applies(to: response.headers, bytes: length) else {
            return response
        }
        Packing.tellCaches(&response.headers)
        guard request.acceptsGzip else { return response }
        let collected = CollectedBody()
        try await response.body.write(BodyCollector(into: collected))
        let bytes = collected.bytes
        let packed =
            length <= Self.quickBytesMax
            ? Packing.pack(bytes)
            : await withTaskExecutorPreference(BulkExecutor.shared) { Packing.pack(bytes) }
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = nil
        response.body = .init(byteBuffer: packed)
        return response
    }
}

extension Answer {
    /// The same, packed if it is worth it and its client takes that.
    func packed(for request: Request) -> Answer {
        guard let body, Packing.applies(to: headers, bytes: body.readableBytes) else { return self }
        var headers = headers
        Packing.tellCaches(&headers)
        guard request.acceptsGzip else { return Answer(status, headers: headers, body: body) }
        headers[.contentEncoding] = "gzip"
        headers[.contentLength] = nil
        return Answer(status, headers: headers, body: Packing.pack(body))
    }
}

/// What is packed, and how.
private enum Packing {
    /// What is shorter fits into one packet either way.
    private static let bytesMin = 1_024

    static func applies(to headers: HTTPFields, bytes: Int) -> Bool {
        guard bytes > bytesMin, headers[.contentEncoding] == nil, let type = headers[.contentType] else { return false }
        return type.contains("json") || type.hasPrefix("text/")
    }

    static func tellCaches(_ headers: inout HTTPFields) {
        guard !headers[values: .vary].contains(where: { $0.contains("Accept-Encoding") }) else { return }
        headers.append(HTTPField(name: .vary, value: "Accept-Encoding"))
    }

    static func pack(_ bytes: ByteBuffer) -> ByteBuffer {
        let writer = GzipWriter(.quick)
        return ByteBuffer(bytes: writer.write(Array(bytes.readableBytesView)) + writer.finish())
    }
}

/// The bytes of an answer that is complete.
private final class CollectedBody {
    var bytes = ByteBuffer()
}

private struct BodyCollector: ResponseBodyWriter {
    private let collected: CollectedBody

    init(into collected: CollectedBody) { self.collected = collected }

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        collected.bytes.writeBuffer(&buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
