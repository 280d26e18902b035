import Crypto
import Hummingbird
import Inventory
import StrictJSON

extension Response {
    static func json(
        _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        body(&writer)
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .init(byteBuffer: .init(bytes: writer.bytes)))
    }

    /// With an ETag over everything but what the writer marked as volatile; 304 when the client has it already.
    /// - Throws: `Problem` for an `If-None-Match` that names nothing.
    static func taggedJSON(
        _ request: Request, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) throws -> Response {
        var writer = JSONWriter()
        body(&writer)
        var hasher = SHA256()
        writer.withStableBytes { hasher.update(bufferPointer: $0) }
        let tag = "\"\(hasher.finalize().withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<12]).hexadecimal })\""
        var headers = headers
        headers[.eTag] = tag
        if try request.hasAlready(tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: .init(bytes: writer.bytes)))
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, _ value: Timestamp?) {
        field(name, value?.description)
    }

    /// The member `distanceKm`, to the metre; null where one side has no coordinates.
    mutating func distance(_ kilometres: Double?) {
        field("distanceKm", kilometres.map { ($0 * 1_000).rounded() / 1_000 })
    }
}
