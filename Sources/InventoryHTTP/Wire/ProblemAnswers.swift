import Hummingbird
import InventoryService
import InventoryWire
import Logging
import NIOCore
import NIOHTTP1

/// What a client is told of whatever a handler throws, whichever way its request went. The log says more.
struct ProblemAnswers: Sendable {
    /// Known once all routes are; until then every unknown path is simply unknown.
    let allowed: @Sendable () -> AllowedMethods?

    func answer(to error: any Error, _ request: Request, _ context: AppContext) -> Answer {
        switch error {
        case let problem as Problem: return problem.answer
        case let unreadable as UnreadableBody: return Problem(unreadable).answer
        case let error as StoreError:
            let problem = Problem(error)
            let level: Logger.Level = problem.code == .internalError ? .error : .warning
            context.logger.log(level: level, "request not answered", metadata: ["error": "\(error)"])
            return problem.answer
        case is NIOTooManyBytesError:
            return Problem(.payloadTooLarge, "the body exceeds this path's limit; send it in parts").answer
        case is BodyTimeout: return Problem.bodyTooSlow.answer
        // A framing that cannot be read, or a client that hung up in the middle.
        case is HTTPParserError: return Problem.unreadableRequest.answer
        case is CancellationError:
            return Problem(.overloaded, "the service is stopping; send the same request again").answer
        // Nobody is there any more to read it.
        case is IOError, is ChannelError: return Problem.unreadableRequest.answer
        case let error as any HTTPResponseError:
            let methods = error.status == .notFound ? allowed()?.methods(of: request.uri.path) ?? [] : []
            return methods.isEmpty ? Problem(error, request).answer : Self.methodNotAllowed(methods)
        default:
            context.logger.error("request failed", metadata: ["error": "\(type(of: error))"])
            return Problem(.internalError, "internal error").answer
        }
    }

    private static func methodNotAllowed(_ methods: [HTTPRequest.Method]) -> Answer {
        let names = Set(methods.map(\.rawValue)).sorted().joined(separator: ", ")
        var answer = Problem(.methodNotAllowed, "this path takes \(names)").answer
        answer.headers[.allow] = names
        return answer
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
