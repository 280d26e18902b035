import Hummingbird

/// Counts every answer, problems too. Stands in front of everything else of the router.
struct MetricsMiddleware: RouterMiddleware {
    let figures: RequestFigures
    let table: AccessTable

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let operation = context.endpointPath.flatMap { table.operation(request.method, $0)?.name }
        figures.answered(operation, response.status, after: start.duration(to: .now))
        return response
    }
}
