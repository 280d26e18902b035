import Hummingbird

/// Turns whatever a handler throws into a problem, the errors of stores and of bodies included; nothing of an unknown
/// error reaches a client. As the outermost middleware it also finds out where a request comes from, and gives every answer
/// the headers that keep browsers and caches from doing more with it than is meant.
struct ProblemMiddleware: RouterMiddleware {
    let problems: ProblemAnswers
    let headers: SecurityHeaders

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var response = await answer(request, context, next)
        headers.add(to: &response.headers)
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
        context.makesNames = request.method == .put
        do {
            return try await next(request, context)
        } catch {
            return problems.answer(to: error, request, context).response
        }
    }
}
