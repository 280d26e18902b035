import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct TransferRoutes {
    let facts: ClientFacts
    let transfers: TransferService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("transfers", use: create)
        router.get("transfers", use: list)
        router.get("transfers/{id}", use: get)
        // operationIds: shipTransfer, receiveTransfer
        router.post("transfers/{id}/ship") { try await tell(.ship, $0, $1) }
        router.post("transfers/{id}/receive") { try await tell(.receive, $0, $1) }
        router.post("transfers/{id}/close", use: close)
        router.post("transfers/{id}/cancel", use: cancel)
        router.post("transfers/{id}/reschedule", use: reschedule)
    }

    /// operationId: createTransfer
    @Sendable func create(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let key = try request.idempotencyKey(for: body, isRequired: true, of: context.caller.client)
        let new = try readBody(body) { NewTransfer(from: &$0) }
        // The goods are the sender's; what a supplier sends is its receiver's.
        try context.requireOwn([
            (pointer: new.from == nil ? "/to" : "/from", location: new.from ?? new.to)
        ])
        guard let key else { preconditionFailure("a required key is there or was refused") }
        let outcome = try await transfers.create(new, key: key, by: context.caller)
        switch outcome {
        case .success(let answer):
            return .json(.created, headers: [.location: "/v1/transfers/\(answer.transfer.id)"]) { $0.transfer(answer) }
        case .failure(let refusal): throw Problem(refusal)
        }
    }

    /// operationId: getTransfer
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try await transferID(context)
        var query = Query(request)
        try query.finish()
        let answer = try await stored(id, context)
        return .json { $0.transfer(answer) }
    }

    /// operationId: listTransfers
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = TransferFilter()
        filter.from = query.identifier("from")
        filter.to = query.identifier("to")
        filter.state = query.choice("state")
        filter.reference = query.identifier("reference")
        filter.overdue = query.optionalBoolean("overdue")
        if !(filter.from.map(context.caller.binding.allows) ?? false) {
            try context.requireOwn(location: filter.to, parameter: "to")
        }
        let cursor = CursorCodec("transfers", "\(filter)")
        let page = query.page(cursor)
        let after = page.after.flatMap(TransferID.init(text:))
        if page.after != nil, after == nil { query.report("cursor", "belongs to another list; start without it") }
        try query.finish()
        let asked = filter
        let found = try await transfers.transfers(
            asked, after: after, limit: page.limit, includesTotal: page.includesTotal)
        return .json { writer in
            writer.object {
                found.value.write(to: &$0, "transfers", cursor: cursor, key: { $0.transfer.id.description }) {
                    $0.transfer($1)
                }
                $0.field("asOf", found.asOf)
            }
        }
    }

    /// What was shipped or received: facts, answered line by line.
    private func tell(
        _ kind: TransferBody.Kind, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let id = try await transferID(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, ofFacts: true)
        let known = try await stored(id, context)
        let envelope = try TransferBody(body, kind, of: known.transfer)
        try context.requireOwn(
            source: envelope.source, [(pointer: "", location: known.transfer.end(of: kind))])
        let (shown, after) = try await facts.submit(
            source: envelope.source, lines: envelope.lines, of: id, event: envelope.event,
            by: context.caller.actor)
        guard let after else { throw Self.unknown(id) }
        return .json { writer in
            writer.object {
                $0.results(shown, ofTransferLines: envelope.lineIDs)
                $0.name("transfer")
                $0.transfer(after)
                $0.name("warnings")
                $0.array(envelope.warnings) { $0.value($1) }
            }
        }
    }

    /// operationId: closeTransfer
    @Sendable func close(_ request: Request, context: AppContext) async throws -> Response {
        try await act(request, context) { reader in
            let reason = reader.identifier("reason", ReasonKind.self, isRequired: true)
            let occurredAt = reader.timestamp("occurredAt")
            return reason.map { .close($0, occurredAt: occurredAt) }
        }
    }

    /// operationId: cancelTransfer
    @Sendable func cancel(_ request: Request, context: AppContext) async throws -> Response {
        try await act(request, context) { _ in .cancel }
    }

    /// operationId: rescheduleTransfer
    @Sendable func reschedule(_ request: Request, context: AppContext) async throws -> Response {
        try await act(request, context) { reader in
            if reader.value("expectedAt", isRequired: true) == nil { return nil }
            return reader.timestamp("expectedAt").map { .expect($0) }
        }
    }

    private func act(
        _ request: Request, _ context: AppContext, _ read: (inout ObjectReader) -> TransferAction?
    ) async throws -> Response {
        let id = try await transferID(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        let action = try readBody(body, read)
        let key = try request.idempotencyKey(for: body, isRequired: false, of: context.caller.client)
        if context.caller.binding.locations != nil { _ = try await stored(id, context) }
        let outcome = try await transfers.act(action, on: id, key: key, by: context.caller)
        switch outcome {
        case .success(let answer): return .json { $0.transfer(answer) }
        case .failure(.notFound): throw Self.unknown(id)
        case .failure(let refusal): throw Problem(refusal)
        }
    }

    /// One that neither leaves nor reaches a location of the client's is not there for it.
    private func stored(_ id: TransferID, _ context: AppContext) async throws -> TransferAnswer {
        let found = try await transfers.transfer(id)
        guard let found, context.sees([found.transfer.to]) || context.sees([found.transfer.from ?? found.transfer.to])
        else { throw Self.unknown(id) }
        return found
    }

    /// What the path names: a transfer's id, or its reference where no other transfer has it.
    private func transferID(_ context: AppContext) async throws -> TransferID {
        if let id = TransferID(text: context.parameters.get("id") ?? "") { return id }
        let reference = try context.identifier("id", ReferenceKind.self)
        switch try await transfers.transfer(named: reference) {
        case .one(let id): return id
        case .none: throw Problem.notFound("transfer has the id or the reference '\(reference.text.prefix(64))'")
        case .several:
            throw Problem.invalid(parameter: "id", "is the reference of more than one transfer; name the one by its id")
        }
    }

    private static func unknown(_ id: TransferID) -> Problem { .notFound("transfer has the id '\(id)'") }
}

extension Transfer {
    /// Where somebody stands who ships, or receives.
    fileprivate func end(of kind: TransferBody.Kind) -> LocationID {
        switch kind {
        case .ship: from ?? to
        case .receive: to
        }
    }
}

extension Problem {
    fileprivate init(_ refusal: TransferRefusal) {
        switch refusal {
        // Another location's goods cannot stand in for those of this one.
        case .insufficient(let lines): self = .insufficient(lines, [])
        case .notFound, .outdated: self = .notFound("transfer has this id")
        default: self = Problem(simple: refusal)
        }
    }
}

extension JSONWriter {
    mutating func transfer(_ answer: TransferAnswer) {
        let transfer = answer.transfer
        let isAwaited = transfer.state == .draft || transfer.state == .shipped
        object {
            $0.field("id", transfer.id.description)
            $0.field("state", transfer.state.rawValue)
            $0.field("reference", transfer.reference?.text)
            $0.field("from", transfer.from?.text)
            $0.field("to", transfer.to.text)
            $0.field("reservation", transfer.reservation?.description)
            $0.field("expectedAt", transfer.expectedAt)
            $0.field("firstExpectedAt", transfer.firstExpectedAt)
            $0.field("isOverdue", isAwaited && transfer.expectedAt.map { $0 < answer.asOf } ?? false)
            $0.field("createdAt", transfer.createdAt)
            $0.field("shippedAt", transfer.shippedAt)
            $0.field("receivedAt", transfer.receivedAt)
            $0.field("closedAt", transfer.closedAt)
            $0.field("closeReason", transfer.closeReason?.text)
            $0.field("cancelledAt", transfer.cancelledAt)
            $0.name("lines")
            $0.array(transfer.lines) { $0.transferLine($1) }
            $0.field("version", transfer.version)
            $0.field("asOf", answer.asOf)
        }
    }

    private mutating func transferLine(_ line: TransferLine) {
        object {
            $0.field("id", line.id.text)
            $0.field("sku", line.sku.text)
            $0.field("quantity", line.quantity)
            $0.field("shipped", line.shipped)
            $0.field("received", line.received)
            $0.field("receivedUnsellable", line.receivedUnsellable)
            $0.field("receivedElsewhere", line.receivedElsewhere)
            $0.field("outstanding", line.outstanding)
            $0.field("variance", line.settled)
            $0.name("components")
            $0.components(line.isKit ? line.parts.map { Item.Component(sku: $0.sku, quantity: $0.quantity) } : [])
        }
    }
}
