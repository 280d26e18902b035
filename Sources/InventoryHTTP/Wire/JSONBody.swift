import Hummingbird
import InventoryService
import NIOCore
import StrictJSON

extension Request {
    /// The body's length as its sender says, in bytes; nil when it is sent in chunks.
    var declaredLength: Int? { headers[fields: .contentLength].first.flatMap { Int($0.value) } }

    /// Reads the body as strict JSON.
    /// - Throws: `Problem` for another media type, a body that is too large or not whole, or text that is not JSON.
    /// - Parameters:
    ///   - context: the bytes are charged there as they arrive.
    ///   - orEmpty: whether to send nothing at all means `{}`.
    ///   - ofFacts: whether it has lines, of which one that cannot be read is to spoil no other.
    func json(
        upTo bytesMax: Int, in context: AppContext, orEmpty: Bool = false, ofFacts: Bool = false
    ) async throws -> JSONValue {
        try requirePlainBody()
        let mediaType = headers[fields: .contentType].first?.value
        guard isJSON(mediaType) || orEmpty && mediaType == nil else { throw Self.notJSON }
        var bytes = try await wholeBody(upTo: bytesMax, in: context)
        if orEmpty, bytes.isEmpty { bytes = Array("{}".utf8) } else if mediaType == nil { throw Self.notJSON }
        return try Self.json(bytes, ofFacts: ofFacts)
    }

    /// The same of a body of facts that is there as a whole.
    func json(facts body: ByteBuffer, upTo bytesMax: Int, in context: AppContext) throws -> JSONValue {
        try requirePlainBody()
        guard isJSON(headers[fields: .contentType].first?.value) else { throw Self.notJSON }
        guard body.readableBytes <= bytesMax else { throw Self.tooLarge(bytesMax) }
        try context.charge?.add(body.readableBytes)
        return try Self.json(Array(body.readableBytesView), ofFacts: true)
    }

    /// - Throws: `Problem` for a body that is said to be packed, whatever it is.
    private func requirePlainBody() throws {
        let codings = headers[values: .contentEncoding]
        guard codings.allSatisfy({ $0.lowercased() == "identity" }) else {
            var problem = Problem(.unsupportedMediaType, "send the body as it is, without Content-Encoding")
            // RFC 9110, section 12.5.3.
            problem.headers[.acceptEncoding] = "identity"
            throw problem
        }
    }

    private static func json(_ bytes: [UInt8], ofFacts: Bool) throws -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONDocument(parsing: bytes, notesFaults: ofFacts).root
        } catch {
            throw Problem(
                .invalidRequest, "the body is not JSON: \(error)",
                errors: [.init(pointer: "", detail: error.description)])
        }
    }
}

extension Request {
    /// More than this is not set aside for a length that was only announced.
    private static let reservedBytesMax = 64 << 10

    /// All bytes of the body.
    /// - Throws: `Problem` for one that is too large, or that ends before its announced length.
    func wholeBody(upTo bytesMax: Int, in context: AppContext) async throws -> [UInt8] {
        let declared = declaredLength
        if let declared, declared > bytesMax { throw Self.tooLarge(bytesMax) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(declared ?? 0, Self.reservedBytesMax))
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= bytesMax else { throw Self.tooLarge(bytesMax) }
            try context.charge?.add(buffer.readableBytes)
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        guard declared == nil || declared == bytes.count else { throw Self.incomplete }
        return bytes
    }

    private static func tooLarge(_ bytesMax: Int) -> Problem {
        Problem(.payloadTooLarge, "the body exceeds \(bytesMax) bytes; send it in parts")
    }

    /// What the sender of such a body will hardly read.
    static var incomplete: Problem { Problem(.invalidRequest, "the body ends before its announced length") }

    private static var notJSON: Problem {
        Problem(.unsupportedMediaType, "send the body as JSON, with Content-Type: application/json")
    }
}

/// `application/json`, or any type with the suffix (RFC 6839), in UTF-8: RFC 8259 knows nothing else.
private func isJSON(_ mediaType: String?) -> Bool {
    guard let mediaType else { return false }
    if mediaType == "application/json" { return true }
    let parts = mediaType.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" && $0 != "\"" } }
    guard let name = parts.first, name == "application/json" || name.hasSuffix("+json") else { return false }
    return parts.dropFirst().allSatisfy { !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=utf8" }
}
