import HTTPTypes
import Hummingbird
import Inventory
import InventoryService

/// Events as they happen, as Server-Sent Events.
struct EventStreamRoutes {
    /// Nil: this process has no event streams.
    let tail: EventTail?
    let access: RequestAccess
    let places: StreamPlaces

    func add(to router: RouterGroup<AppContext>) {
        router.get("event-stream", use: stream)
    }

    /// operationId: streamEvents
    @Sendable func stream(_ request: Request, context: AppContext) async throws -> Response {
        let question = try EventStreamQuestion(request, context)
        guard let tail else { throw Problem(.overloaded, "this process has no event streams; use another one") }
        let place = try places.take(
            LimitedClient(question.isPublic ? nil : context.caller.client, context.clientAddress),
            isPublic: question.isPublic)
        let filter = try await tail.feed.resolved(question.filter)
        let following: (follower: EventFollower, from: EventCursor)
        switch try await tail.follow(filter, after: question.after) {
        case .success(let found): following = found
        case .failure(.expired(let expired)): throw Problem.expired(expired)
        case .failure(.ahead(let end)):
            throw Problem.ahead(end, parameter: question.parameter)
        }
        let stream = EventStream(
            following.follower, from: following.from, tail: tail, place: place,
            access: try StreamAccess(access, request, context))
        let body = ResponseBody { writer in try await stream.send(to: &writer, request.body) }
        return Response(status: .ok, headers: Self.headers, body: body)
    }

    private static let headers: HTTPFields = {
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        // Proxies such as nginx would collect events before they hand them on.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        return headers
    }()
}

/// Looks whether whoever opened a stream may still read it.
struct StreamAccess: Sendable {
    private let caller: Caller
    /// Nil where nobody is asked.
    private let again: (authenticator: Authenticator, credential: Credential)?

    init(_ access: RequestAccess, _ request: Request, _ context: AppContext) throws {
        caller = context.caller
        guard case .token(let authenticator) = access else {
            again = nil
            return
        }
        do throws(AccessDenial) {
            again = (authenticator, try Credential(request, context))
        } catch {
            throw Problem(error)
        }
    }

    /// False also where nobody can tell: another request would be refused too.
    func isStillGood() async -> Bool {
        guard let (authenticator, credential) = again else { return true }
        return (try? await authenticator.caller(credential)) == caller
    }
}
