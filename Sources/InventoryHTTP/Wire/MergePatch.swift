import HTTPTypes
import Hummingbird
import InventoryService
import StrictJSON

/// Changes single fields of a stored object (RFC 7396): the object as its `PUT` body, changed by the patch, is read and put
/// as a `PUT` would be. So null gives a field its default, and an unknown field is refused.
///
/// It is put under the version that was read. A patch without `If-Match` reads again where somebody else was faster, so
/// that of two patches at once none is lost.
struct MergePatch {
    private let patch: JSONValue
    private let precondition: Precondition

    /// Others that may be faster, before the client is asked to try again.
    private static let attemptsMax = 40
    /// What they are given time for in between, in milliseconds: longer from attempt to attempt.
    private static let pauseMax = 50
    private static let mediaType = "application/merge-patch+json"

    /// Reads what a request asks for.
    /// - Throws: `Problem` for another media type, and for a body that is too large or not JSON.
    init(_ request: Request, upTo bytesMax: Int, in context: AppContext) async throws {
        precondition = try request.precondition
        try Self.requireMediaType(of: request)
        patch = try await request.json(upTo: bytesMax, in: context)
        if let pointer = patch.firstDuplicateName() {
            throw Problem.invalid([.init(pointer: pointer, detail: "duplicate member")])
        }
    }

    /// - Throws: `Problem` where a request does not say that its body is a merge patch.
    static func requireMediaType(of request: Request) throws {
        let mediaType = request.headers[fields: .contentType].first?.value ?? ""
        guard mediaType.prefix(while: { $0 != ";" }).filter({ $0 != " " }).lowercased() == Self.mediaType else {
            throw Self.notAPatch
        }
    }

    /// - Parameters:
    ///   - what: is said to be missing, behind "no".
    ///   - read: the object as it is.
    ///   - body: writes the members of its `PUT` body.
    ///   - put: reads a body and puts it.
    func apply<Value>(
        or what: @autoclosure () -> String, _ read: () async throws -> Stored<Value>?,
        body: (inout JSONWriter, Value) -> Void,
        put: (JSONValue, Precondition) async throws -> MasterResult<Stored<Value>>
    ) async throws -> MasterResult<Stored<Value>> {
        for attempt in 0..<Self.attemptsMax {
            guard let stored = try await read() else { throw Problem.notFound(what()) }
            guard precondition.allows(stored.version) else {
                return .failure(.preconditionFailed(current: stored.version))
            }
            let result = try await put(try merged(stored.value, body), .versions([stored.version]))
            guard case .failure(.preconditionFailed) = result, !precondition.namesVersions else { return result }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...min(attempt, Self.pauseMax))))
        }
        throw StoreError.conflict(attempts: Self.attemptsMax)
    }

    private func merged<Value>(_ value: Value, _ body: (inout JSONWriter, Value) -> Void) throws -> JSONValue {
        var writer = JSONWriter()
        writer.object { body(&$0, value) }
        do throws(JSONSyntaxError) {
            return try JSONDocument(parsing: writer.bytes).root.merged(with: patch)
        } catch {
            throw Problem(.invalidRequest, "the patched object cannot be read: \(error.reason.rawValue)")
        }
    }

    /// RFC 5789, section 2.2.
    private static var notAPatch: Problem {
        var problem = Problem(
            .unsupportedMediaType,
            "send the fields to change as a JSON merge patch (RFC 7396), with Content-Type: \(mediaType)")
        if let name = HTTPField.Name("Accept-Patch") { problem.headers[name] = mediaType }
        return problem
    }
}

extension Precondition {
    /// Whether it is about what the client has read.
    fileprivate var namesVersions: Bool {
        if case .versions = self { true } else { false }
    }
}
