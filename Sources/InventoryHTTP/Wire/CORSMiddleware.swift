import HTTPTypes
import Hummingbird

/// Lets pages of a shop's own origins read what storefronts show (the Fetch standard, section 3.2): browsers ask for it.
/// Everything else stays closed to pages of other origins. Outermost, so that a page can read problems too.
struct CORSMiddleware: RouterMiddleware {
    /// As browsers send them: scheme, host and port, without a path.
    let origins: Set<String>

    private static let paths = ["/v1/event-stream", "/v1/storefront/"]
    /// Seconds that a browser remembers what it may send.
    private static let maxAge = "7200"
    private static let allowedHeaders = "authorization, content-type, if-none-match, last-event-id"
    private static let exposedHeaders = "etag, retry-after"

    private static let requestMethod = HTTPField.Name("Access-Control-Request-Method")
    private static let allowOrigin = HTTPField.Name("Access-Control-Allow-Origin")
    private static let allowMethods = HTTPField.Name("Access-Control-Allow-Methods")
    private static let allowHeaders = HTTPField.Name("Access-Control-Allow-Headers")
    private static let exposeHeaders = HTTPField.Name("Access-Control-Expose-Headers")
    private static let age = HTTPField.Name("Access-Control-Max-Age")

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard Self.paths.contains(where: { path.hasPrefix($0) }) else { return try await next(request, context) }
        let origin = request.headers[.origin].flatMap { origins.contains($0) ? $0 : nil }
        if request.method == .options, let origin, let name = Self.requestMethod, request.headers[name] != nil {
            return Response(status: .noContent, headers: preflight(origin))
        }
        var response = try await next(request, context)
        // A cache must not give one origin's answer to another.
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if let origin {
            response.headers.set(Self.allowOrigin, origin)
            response.headers.set(Self.exposeHeaders, Self.exposedHeaders)
        }
        return response
    }

    private func preflight(_ origin: String) -> HTTPFields {
        var headers: HTTPFields = [.vary: "Origin", .cacheControl: "no-store"]
        headers.set(Self.allowOrigin, origin)
        headers.set(Self.allowMethods, "GET, POST")
        headers.set(Self.allowHeaders, Self.allowedHeaders)
        headers.set(Self.age, Self.maxAge)
        return headers
    }
}

extension HTTPFields {
    fileprivate mutating func set(_ name: HTTPField.Name?, _ value: String) {
        if let name { self[name] = value }
    }
}
