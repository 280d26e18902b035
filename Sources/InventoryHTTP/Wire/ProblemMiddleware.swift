import Hummingbird
import InventoryService
import InventoryWire
import Logging
import NIOCore

/// Turns whatever a handler throws into a problem, the errors of stores and of bodies included; nothing of an unknown error reaches a client.
struct ProblemMiddleware: RouterMiddleware {
    /// Known once all routes are; until then every unknown path is simply unknown.
    let allowed: @Sendable () -> AllowedMethods?

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
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
