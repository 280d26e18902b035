import Hummingbird

/// Refuses work while the database has not been reached yet, so that nobody waits for what cannot be answered.
struct StartMiddleware: RouterMiddleware {
    let hasStarted: @Sendable () -> Bool

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard hasStarted() else {
            throw Problem(
                .overloaded, "the service is starting and waits for its database; send the same request again")
        }
        return try await next(request, context)
    }
}
