package import HTTPTypes
import Hummingbird
import InventoryService
import Logging
import NIOCore

/// Answers what is asked most on the connection's own event loop, without a task and without the router (ADR 34). It asks the
/// same gate, and calls the same readers and writers as the routes; whatever is unusual about a request it leaves to the
/// router, before it has counted or changed anything.
package struct FastLane: Sendable {
    let operations: [LaneOperation]
    let gate: RequestGate
    let admission: Admission
    let problems: ProblemAnswers
    let headers: SecurityHeaders
    let figures: RequestFigures
    /// Of requests that would be the lane's: those that the router is to have.
    package var leaves: @Sendable (HTTPFields) -> Bool = { _ in false }

    /// Longer bodies are bulk.
    static let bodyBytesMax = BodyBudget.smallBytesMax

    /// A request that may be the lane's, once its body is there.
    struct Candidate {
        let head: HTTPRequest
        fileprivate let operation: LaneOperation
        fileprivate let parameters: Parameters
        /// Bytes that its body will have.
        let bodyBytes: Int
        /// What it sends as `Authorization`.
        fileprivate let authorization: String?
    }

    /// A request that was let in. One object, so that handing it about costs nothing.
    final class Admitted: Sendable {
        fileprivate let operation: LaneOperation
        fileprivate let request: Request
        fileprivate let body: ByteBuffer
        fileprivate let context: AppContext
        fileprivate let passage: RequestGate.Passage
        fileprivate let start = ContinuousClock.now

        fileprivate init(
            _ operation: LaneOperation, _ request: Request, _ body: ByteBuffer, _ context: AppContext,
            _ passage: RequestGate.Passage
        ) {
            self.operation = operation
            self.request = request
            self.body = body
            self.context = context
            self.passage = passage
        }
    }

    // MARK: - Which

    /// - Returns: nil for what the router is to have.
    func candidate(_ head: HTTPRequest) -> Candidate? {
        guard let path = head.path, head.authority != nil else { return nil }
        for operation in operations where operation.method == head.method {
            guard let parameters = operation.parameters(of: path) else { continue }
            guard let everyday = Self.everyday(head), !leaves(head.headerFields) else { return nil }
            return Candidate(
                head: head, operation: operation, parameters: parameters, bodyBytes: everyday.bodyBytes,
                authorization: everyday.authorization)
        }
        return nil
    }

    /// - Returns: what the head says of its body and its sender; nil where it asks for anything that is not everyday.
    private static func everyday(_ head: HTTPRequest) -> (bodyBytes: Int, authorization: String?)? {
        var length: Int?
        var authorization: String?
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "authorization":
                guard authorization == nil else { return nil }
                authorization = field.value
            case "connection": if field.value == "close" { return nil }
            case "content-length":
                guard length == nil, let declared = Int(field.value) else { return nil }
                length = declared
            case "expect", "transfer-encoding", "upgrade": return nil
            default: break
            }
        }
        guard head.method == .post else { return length ?? 0 == 0 ? (0, authorization) : nil }
        return length.flatMap { (1...bodyBytesMax).contains($0) ? ($0, authorization) : nil }
    }

    // MARK: - Whose

    /// - Returns: nil for what the router is to have, which nothing was counted of.
    func admit(
        _ candidate: Candidate, _ body: ByteBuffer, from client: ClientConnection, after last: inout LastCaller?,
        on channel: any Channel, _ logger: Logger
    ) -> Admitted? {
        guard admission.hasStarted() else { return nil }
        let request = Request(head: candidate.head, body: RequestBody(buffer: body))
        var context = AppContext(client, on: channel, candidate.parameters, logger: logger)
        context.locateClient(of: request)
        let operation = candidate.operation
        guard
            let passage = gate.admitAtOnce(
                request, showing: candidate.authorization, after: &last, &context, to: operation.access,
                at: operation.path)
        else { return nil }
        if candidate.bodyBytes > 0 { context.charge = BodyCharge(admission.budget) }
        return Admitted(operation, request, body, context, passage)
    }

    // MARK: - What

    /// - Parameter then: called once, on any thread, with what makes the answer.
    func answer(_ admitted: Admitted, then: @escaping @Sendable (_ answer: @escaping @Sendable () -> Answer) -> Void) {
        let finish: LaneAnswer = { answer in then { finished(admitted, answer) } }
        do {
            try admitted.operation.handler(admitted.request, admitted.body, admitted.context, finish)
        } catch {
            finish { throw error }
        }
    }

    /// What the middlewares do around a route.
    private func finished(_ admitted: Admitted, _ make: () throws -> Answer) -> Answer {
        defer { gate.end(admitted.passage) }
        var answer: Answer
        do {
            answer = try make()
            if let rate = admitted.passage.rate { answer.headers.set(rate) }
        } catch {
            var context = admitted.context
            context.logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
            answer = problems.answer(to: error, admitted.request, context)
            if let problem = error as? Problem {
                figures.refused(problem, of: admitted.operation.access.name, to: context.caller)
            }
        }
        admitted.context.charge?.giveBack()
        headers.add(to: &answer.headers)
        answer = answer.packed(for: admitted.request)
        answer.headers[.date] = HTTPDate.now
        figures.answered(
            admitted.operation.access.name, answer.status, after: admitted.start.duration(to: .now))
        return answer
    }
}
