import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// Plans that hold nothing, and what shipping cost.
struct SourcingRoutes {
    let reservations: ReservationService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("sourcing-previews", use: preview)
        router.get("fulfilment-costs", use: costs)
    }

    /// operationId: previewSourcing
    @Sendable func preview(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let question = try readBody(body) { PreviewQuestion(from: &$0) }
        var order = question.order
        order.within = context.caller.binding.locations
        let found = try await reservations.sourcing.preview(order, allowsPartial: question.allowsPartial)
        switch found {
        case .success(let preview): return .json { $0.preview(preview) }
        case .failure(.group):
            throw Problem.unknown(
                pointer: "/group", "no location group '\(question.order.terms.group?.text ?? "")' is known")
        case .failure(.item(let index)): throw Self.unknown(question.order.lines[index].item, index)
        case .failure(.tooMany(let index)):
            throw Problem.invalid([
                .init(
                    pointer: "/lines/\(index)/quantity",
                    detail: "times the units of its code is more than \(Quantity.maxUnits) units")
            ])
        case .failure(.tooLarge): throw Problem(.limitExceeded, SourcingService.tooLarge)
        }
    }

    private static func unknown(_ item: ItemReference, _ index: Int) -> Problem {
        let (field, text) = item.describedAsUnknown
        return .unknown(pointer: "/lines/\(index)/\(field)", text)
    }

    /// Days that one report covers.
    private static let daysMax: Int64 = 366

    /// operationId: listFulfilmentCosts
    @Sendable func costs(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let from = query.day("from", isRequired: true)
        let to = query.day("to", isRequired: true)
        let objective: SourcingObjective? = query.choice("objective")
        if let from, let to {
            if to <= from {
                query.report("to", "must be after from; it is not included")
            } else if to - from > Self.daysMax {
                query.report("to", "must be at most \(Self.daysMax) days after from")
            }
        }
        try query.finish()
        guard let from, let to else { preconditionFailure("required parameters are there or were refused") }
        let found = try await reservations.fulfilmentCosts(from..<to, objective)
        return .json { writer in
            writer.object {
                $0.name("costs")
                $0.array(found.value) { writer, cost in
                    writer.object {
                        $0.field("day", CivilDate(daysSinceEpoch: cost.day).description)
                        $0.field("objective", cost.objective?.rawValue)
                        $0.field("currency", cost.currency)
                        $0.field("orders", cost.orders)
                        $0.field("shipments", cost.shipments)
                        $0.field("units", cost.units)
                        $0.field("amount", cost.amount)
                        $0.distance(cost.distanceKm)
                    }
                }
                $0.field("asOf", found.asOf)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func preview(_ preview: SourcingPreview) {
        let shipments = preview.shipments
        object {
            $0.field("objective", preview.objective.rawValue)
            $0.field("optimal", preview.isOptimal)
            $0.field("isComplete", preview.isComplete)
            $0.money("cost", shipments.map(\.cost).sum)
            $0.name("lines")
            $0.array(preview.lines) { writer, line in
                writer.object {
                    $0.field("id", line.id.text)
                    $0.field("sku", line.sku.text)
                    $0.field("requested", line.requested)
                    $0.field("quantity", line.quantity)
                    $0.name("allocations")
                    $0.array(line.parts) { writer, part in
                        writer.object {
                            $0.field("location", part.location.text)
                            $0.field("quantity", part.units)
                            $0.distance(part.distanceMetres.map { Double($0) / 1_000 })
                        }
                    }
                }
            }
            $0.name("shipments")
            $0.array(shipments) { writer, part in
                writer.shipment(
                    part.location, day: nil, units: part.units, distanceMetres: part.distanceMetres, part.cost)
            }
            $0.name("passedOver")
            $0.array(preview.passedOver) { $0.passedOver($1) }
            $0.name("alternatives")
            $0.array(preview.alternatives) { $0.alternative($1) }
            $0.field("asOf", preview.asOf)
        }
    }
}
