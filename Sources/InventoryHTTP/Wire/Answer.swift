import Crypto
import HTTPTypes
import Hummingbird
import Inventory
import NIOCore
import StrictJSON

/// An answer that is there as a whole, with its headers as they go out. The router sends it as a `Response`; the fast lane,
/// which needs the bytes at once, as it is.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    var headers: HTTPFields
    /// Nil: none, as with a 304.
    let body: ByteBuffer?

    init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: ByteBuffer? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        // Set here, so that it stands at the same place whoever sends it.
        if self.headers[.contentLength] == nil { self.headers[.contentLength] = String(body?.readableBytes ?? 0) }
    }

    var response: Response {
        Response(status: status, headers: headers, body: body.map { .init(byteBuffer: $0) } ?? .init())
    }
}

extension Answer {
    static func json(
        _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) -> Answer {
        var writer = JSONWriter()
        body(&writer)
        var headers = headers
        headers[.contentType] = "application/json"
        return Answer(status, headers: headers, body: ByteBuffer(bytes: writer.bytes))
    }

    /// With an ETag over everything but what the writer marked as volatile; 304 when the client has it already.
    /// - Throws: `Problem` for an `If-None-Match` that names nothing.
    static func taggedJSON(
        _ request: Request, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) throws -> Answer {
        var writer = JSONWriter()
        body(&writer)
        var hasher = SHA256()
        writer.withStableBytes { hasher.update(bufferPointer: $0) }
        let tag = "\"\(hasher.finalize().withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<12]).hexadecimal })\""
        var headers = headers
        headers[.eTag] = tag
        if try request.hasAlready(tag) { return Answer(.notModified, headers: headers) }
        headers[.contentType] = "application/json"
        return Answer(.ok, headers: headers, body: ByteBuffer(bytes: writer.bytes))
    }
}
