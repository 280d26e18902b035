import Hummingbird
import InventoryService
import NIOCore
import StrictJSON

/// Bounds of what a request may send.
package struct HTTPLimits: Sendable {
    /// A body of facts or of a bulk query. 5,000 full lines are about 3 MB.
    package var bulkBodyBytesMax = 8 << 20
    /// Any other body.
    package var bodyBytesMax = 1 << 20
    /// All bodies that are being read or worked on at one time, together.
    package var bodiesBytesMax = 128 << 20
    /// The body of an import, which is written down as it comes.
    package var importBytesMax = ImportService.bytesMax
    /// From the first byte of a body to its last; of an import's, from one piece to the next.
    package var bodyWithin: Duration = .seconds(30)
    /// A connection on which nothing moves is closed.
    package var idleSeconds: Int64 = 60

    package init() {}
}

extension Request {
    /// The body's length as its sender says, in bytes; nil when it is sent in chunks.
    var declaredLength: Int? { headers[fields: .contentLength].first.flatMap { Int($0.value) } }

    /// Reads the body as strict JSON.
    /// - Throws: `Problem` for another media type, a body that is too large or too slow, or text that is not JSON.
    /// - Parameter orEmpty: whether to send nothing at all means `{}`.
    func json(upTo bytesMax: Int, within: Duration, orEmpty: Bool = false) async throws -> JSONValue {
        let mediaType = headers[fields: .contentType].first?.value
        guard isJSON(mediaType) || orEmpty && mediaType == nil else { throw Self.notJSON }
        let declared = declaredLength
        if let declared, declared > bytesMax {
            throw Problem(.payloadTooLarge, "the body exceeds \(bytesMax) bytes; send it in parts")
        }
        let started = ContinuousClock.now
        var bytes: [UInt8] = []
        bytes.reserveCapacity(declared ?? 0)
        for try await buffer in body {
            bytes.append(contentsOf: buffer.readableBytesView)
            guard bytes.count <= bytesMax else {
                throw Problem(.payloadTooLarge, "the body exceeds \(bytesMax) bytes; send it in parts")
            }
            guard started.duration(to: .now) <= within else {
                throw Problem(.requestTimeout, "the body took longer than \(within.components.seconds) seconds")
            }
        }
        if orEmpty, bytes.isEmpty { bytes = Array("{}".utf8) } else if mediaType == nil { throw Self.notJSON }
        do throws(JSONSyntaxError) {
            return try JSONDocument(parsing: bytes).root
        } catch {
            throw Problem(
                .invalidRequest, "the body is not JSON: \(error)",
                errors: [.init(pointer: "", detail: error.description)])
        }
    }
}

extension Request {
    private static var notJSON: Problem {
        Problem(.unsupportedMediaType, "send the body as JSON, with Content-Type: application/json")
    }
}

/// RFC 6839: `application/json`, or any type with the suffix, whatever parameters follow.
private func isJSON(_ mediaType: String?) -> Bool {
    guard let mediaType else { return false }
    if mediaType == "application/json" { return true }
    let name = mediaType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    return name == "application/json" || name.hasSuffix("+json")
}
