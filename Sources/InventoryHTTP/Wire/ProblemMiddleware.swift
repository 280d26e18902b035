import Hummingbird
import InventoryService
import InventoryWire
import Logging
import NIOCore
import NIOHTTP1

/// Turns whatever a handler throws into a problem, the errors of stores and of bodies included; nothing of an unknown
/// error reaches a client. As the outermost middleware it also finds out where a request comes from, and gives every answer
/// the headers that keep browsers and caches from doing more with it than is meant.
struct ProblemMiddleware: RouterMiddleware {
    /// Known once all routes are; until then every unknown path is simply unknown.
    let allowed: @Sendable () -> AllowedMethods?
    let headers: SecurityHeaders

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var response = await answer(request, context, next)
        headers.add(to: &response)
        // A refusal too: whoever asked for a head takes no body.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(
        _ request: Request, _ context: AppContext, _ next: @concurrent (Request, AppContext) async throws -> Response
    ) async -> Response {
        // The guard of the connection takes away what cannot be meant.
        guard request.head.authority != nil else { return Problem.noHost.response }
        var context = context
        context.locateClient(of: request)
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let unreadable as UnreadableBody {
            return Problem(unreadable).response
        } catch let error as StoreError {
            let problem = Problem(error)
            let level: Logger.Level = problem.code == .internalError ? .error : .warning
            context.logger.log(level: level, "request not answered", metadata: ["error": "\(error)"])
            return problem.response
        } catch is NIOTooManyBytesError {
            return Problem(.payloadTooLarge, "the body exceeds this path's limit; send it in parts").response
        } catch is BodyTimeout {
            return Problem.bodyTooSlow.response
        } catch is HTTPParserError {
            // A framing that cannot be read, or a client that hung up in the middle.
            return Problem.unreadableRequest.response
        } catch is CancellationError {
            return Problem(.overloaded, "the service is stopping; send the same request again").response
        } catch is IOError, is ChannelError {
            // Nobody is there any more to read it.
            return Problem.unreadableRequest.response
        } catch let error as any HTTPResponseError {
            let methods = error.status == .notFound ? allowed()?.methods(of: request.uri.path) ?? [] : []
            guard methods.isEmpty else { return Self.methodNotAllowed(methods) }
            return Problem(error, request).response
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(type(of: error))"])
            return Problem(.internalError, "internal error").response
        }
    }

    private static func methodNotAllowed(_ methods: [HTTPRequest.Method]) -> Response {
        let names = Set(methods.map(\.rawValue)).sorted().joined(separator: ", ")
        var response = Problem(.methodNotAllowed, "this path takes \(names)").response
        response.headers[.allow] = names
        return response
    }
}

extension Problem {
    static let unreadableRequest = Problem(
        .invalidRequest, "the request cannot be read as HTTP; check its framing and send it again")
    static let noHost = Problem(
        .invalidRequest, "a request names its Host, and names it once",
        errors: [.init(parameter: "Host", detail: "is required, once")])
    static let bodyTooSlow = Problem(
        .requestTimeout, "the body did not arrive in its time; send the same request again")

    /// An error of the web framework itself.
    fileprivate init(_ error: any HTTPResponseError, _ request: Request) {
        switch error.status {
        case .notFound: self = .notFound("resource has the path \(request.uri.path); see /docs for those there are")
        case .contentTooLarge: self.init(.payloadTooLarge, "the body exceeds this path's limit; send it in parts")
        case .badRequest: self.init(.invalidRequest, "the request cannot be read")
        default: self.init(.internalError, "internal error")
        }
    }
}
