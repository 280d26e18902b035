import Hummingbird
import Logging
import NIOCore

/// Turns whatever a handler throws into a problem; nothing of an unknown error reaches a client.
struct ProblemMiddleware: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let reported as ReportedStoreError {
            let problem = Problem(reported.error)
            let level: Logger.Level = problem.code == .internalError ? .error : .warning
            context.logger.log(level: level, "request not answered", metadata: ["error": "\(reported.error)"])
            return problem.response
        } catch is NIOTooManyBytesError {
            return Problem(.payloadTooLarge, "the body is over this path's limit; send it in parts").response
        } catch let error as any HTTPResponseError {
            return Problem(error, request).response
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(type(of: error))"])
            return Problem(.internalError, "this is a defect of the service").response
        }
    }
}

extension Problem {
    /// An error of the web framework itself.
    fileprivate init(_ error: any HTTPResponseError, _ request: Request) {
        switch error.status {
        case .notFound: self = .notFound("resource has the path \(request.uri.path); see /docs for those there are")
        case .contentTooLarge: self.init(.payloadTooLarge, "the body is over this path's limit; send it in parts")
        case .badRequest: self.init(.invalidRequest, "the request cannot be read")
        default: self.init(.internalError, "this is a defect of the service")
        }
    }
}
