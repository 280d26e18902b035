import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// The queue as a whole, and many of it at one time.
extension ExceptionRoutes {
    /// operationId: summarizeExceptions
    @Sendable func summary(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = ExceptionFilter()
        filter.location = query.identifier("location")
        filter.source = query.identifier("source")
        try context.requireOwn(location: filter.location)
        try context.requireOwn(source: filter.source)
        try query.finish()
        let found = try await exceptions.summary(filter)
        return .json { writer in
            writer.object {
                $0.field("total", found.value.reduce(0) { $0 + $1.open + $1.assigned })
                $0.name("types")
                $0.array(found.value) { $0.summary($1, asOf: found.asOf) }
                $0.field("asOf", found.asOf)
            }
        }
    }

    /// Decisions, or assignments, of one request.
    private static let manyMax = 100

    /// One by one, in their order; each counts or is refused by itself. May be repeated.
    /// operationId: resolveExceptions
    @Sendable func resolveMany(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let (asked, person) = try readBody(body) { reader -> ([Asked], String?)? in
            let person = reader.label("resolvedBy")
            let elements = reader.array("resolutions", count: 1...Self.manyMax, isRequired: true)
            let asked = (elements ?? []).enumerated().compactMap { place, element in
                ObjectReader(element, at: "\(reader.pointer)/resolutions/\(place)", reader.problems).flatMap(Asked.init)
            }
            return elements == nil ? nil : (asked, person)
        }
        var results: [(id: String, result: Result<String?, Problem>)] = []
        for one in asked { results.append((one.id, try await resolve(one, decidedBy: person, context))) }
        return .json { writer in
            writer.object {
                $0.name("results")
                $0.array(results) { $0.resolution($1.id, $1.result) }
            }
        }
    }

    /// One by one, in their order; each counts or is refused by itself. May be repeated.
    /// operationId: assignExceptions
    @Sendable func assignMany(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let asked = try readBody(body) { reader -> [(id: String, owner: String?)]? in
            let elements = reader.array("assignments", count: 1...Self.manyMax, isRequired: true)
            return elements?.enumerated().compactMap { place, element -> (id: String, owner: String?)? in
                let pointer = "\(reader.pointer)/assignments/\(place)"
                guard var one = ObjectReader(element, at: pointer, reader.problems) else { return nil }
                let id = one.string("id", isRequired: true)
                let owner = Self.owner(from: &one)
                one.refuseUnknown()
                guard let id, let owner else { return nil }
                return (String(id.prefix(64)), owner)
            }
        }
        var results: [(id: String, result: Result<String?, Problem>)] = []
        for one in asked { results.append((one.id, try await assign(one.id, to: one.owner, context))) }
        return .json { writer in
            writer.object {
                $0.name("results")
                $0.array(results) { $0.assignment($1.id, $1.result) }
            }
        }
    }

    /// - Returns: who looks after it now; nil where nobody does.
    private func assign(
        _ asked: String, to owner: String?, _ context: AppContext
    ) async throws -> Result<String?, Problem> {
        guard let id = Int64(asked), id > 0 else { return .failure(Self.unknown(asked)) }
        do {
            try await requireSeen(id, context)
        } catch let problem as Problem {
            return .failure(problem)
        }
        if let rejection = try await exceptions.assign(id, to: owner, by: context.caller.actor) {
            return .failure(Problem(rejection, of: id))
        }
        return .success(owner)
    }

    /// One of many, read before any is carried out.
    private struct Asked {
        let id: String
        let decision: ExceptionDecision

        init?(_ given: ObjectReader) {
            var reader = given
            let id = reader.string("id", isRequired: true)
            let decision = ExceptionDecision(from: &reader)
            reader.refuseUnknown()
            guard let id, let decision else { return nil }
            (self.id, self.decision) = (String(id.prefix(64)), decision)
        }
    }

    /// - Returns: how it is resolved, in words.
    private func resolve(
        _ asked: Asked, decidedBy person: String?, _ context: AppContext
    ) async throws -> Result<String?, Problem> {
        guard let id = Int64(asked.id), id > 0 else { return .failure(Self.unknown(asked.id)) }
        do {
            try await requireSeen(id, context)
        } catch let problem as Problem {
            return .failure(problem)
        }
        return try await resolve(id, asked.decision, decidedBy: person, context)
            .map(\.value.resolution).mapError { Problem($0, of: id) }
    }
}

extension Problem {
    /// Why an exception was not assigned.
    init(_ rejection: ExceptionRejection, of id: Int64) {
        switch rejection {
        case .notFound: self = ExceptionRoutes.unknown("\(id)")
        case .alreadyResolved(let how): self = ExceptionRoutes.resolved(how)
        }
    }

    /// Why a decision about an exception was not carried out.
    init(_ rejection: ResolutionRejection, of id: Int64) {
        switch rejection {
        case .notFound: self = ExceptionRoutes.unknown("\(id)")
        case .alreadyResolved(let how): self = ExceptionRoutes.resolved(how)
        case .beingDecided:
            self.init(
                .illegalTransition,
                "another decision about this exception is being carried out; look in a moment at what became of it")
        case .notOffered(let actions):
            self.init(
                .illegalTransition,
                "this exception does not offer that action; use one of \(actions.map(\.rawValue).joined(separator: ", "))",
                errors: [.init(pointer: "/action", detail: "is not offered by this exception")])
        case .wrongInput(let pointer, let detail): self = .invalid([.init(pointer: pointer, detail: detail)])
        case .unknownReference(let pointer, let detail): self = .unknown(pointer: pointer, detail)
        case .lineRefused(let problem):
            self.init(
                .batchRefused, "the line is refused again: \(problem.detail)",
                errors: [.init(pointer: "/line\(problem.pointer)", detail: problem.detail)])
        }
    }
}

extension JSONWriter {
    fileprivate mutating func summary(_ summary: ExceptionSummary, asOf: Timestamp) {
        object {
            $0.field("type", summary.type.rawValue)
            $0.field("open", summary.open)
            $0.field("assigned", summary.assigned)
            $0.field("withinHour", summary.withinHour)
            $0.field("withinDay", summary.withinDay)
            $0.field("withinWeek", summary.withinWeek)
            $0.field("older", summary.older)
            $0.field("oldestOpenedAt", summary.oldestOpenedAt)
            $0.field("oldestAgeSeconds", summary.oldestOpenedAt.wholeSeconds(until: asOf))
        }
    }

    fileprivate mutating func resolution(_ id: String, _ result: Result<String?, Problem>) {
        object {
            $0.field("id", id)
            $0.field("resolved", result.isSuccess)
            $0.field("resolution", result.value ?? nil)
            $0.problem(of: result)
        }
    }

    fileprivate mutating func assignment(_ id: String, _ result: Result<String?, Problem>) {
        object {
            $0.field("id", id)
            $0.field("assigned", result.isSuccess)
            $0.field("owner", result.value ?? nil)
            $0.problem(of: result)
        }
    }

    private mutating func problem(of result: Result<String?, Problem>) {
        name("problem")
        optional(result.problem) { writer, problem in
            writer.object {
                $0.field("code", problem.code.rawValue)
                $0.field("pointer", problem.errors.first?.pointer)
                $0.field("detail", problem.detail)
            }
        }
    }
}

extension Result where Failure == Problem {
    fileprivate var isSuccess: Bool { problem == nil }

    fileprivate var value: Success? { try? get() }

    fileprivate var problem: Problem? {
        if case .failure(let problem) = self { problem } else { nil }
    }
}
