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
    static func taggedJSON(
        _ request: Request, headers: HTTPFields = [:], _ body: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        body(&writer)
        var hasher = SHA256()
        writer.withStableBytes { hasher.update(bufferPointer: $0) }
        let tag = "\"\(hasher.finalize().withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[..<12]).hexadecimal })\""
        var headers = headers
        headers[.eTag] = tag
        if request.isUnchanged(since: tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: .init(bytes: writer.bytes)))
    }
}

extension Request {
    /// The client has what the tag stands for. RFC 9110, section 13.1.2: a list of tags, compared weakly, or `*`.
    func isUnchanged(since tag: String) -> Bool {
        headers[values: .ifNoneMatch].contains { field in
            field.split(separator: ",").contains { entry in
                var entry = entry.drop { $0 == " " }
                while entry.last == " " { entry.removeLast() }
                if entry.hasPrefix("W/") { entry = entry.dropFirst(2) }
                return entry == "*" || entry == tag
            }
        }
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, _ value: Timestamp?) {
        field(name, value?.description)
    }
}
