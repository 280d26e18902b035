import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// What a rule would change, before anything is written.
struct RulePreviewRoutes {
    let store: any RulePreviewStore
    let limits: HTTPLimits

    /// operationId: previewRule
    func add(to router: RouterGroup<AppContext>) {
        router.post("rule-previews") { request, context async throws -> Response in
            let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
            let question = try readBody(body) { RulePreviewBody(from: &$0) }.question
            switch try await store.preview(question) {
            case .success(let found): return .json { $0.preview(found) }
            case .failure(.notFound):
                throw Problem.unknown(pointer: "/id", "no rule of this kind has the id '\(question.id?.text ?? "")'")
            case .failure(let rejection): throw Problem(rejection.inRule)
            }
        }
    }
}

extension MasterRejection {
    /// With pointers into the body of a preview, where the rule is a member.
    fileprivate var inRule: MasterRejection {
        switch self {
        case .unknownReference(let pointer, let detail): .unknownReference(pointer: "/rule\(pointer)", detail: detail)
        case .invalid(let pointer, let detail): .invalid(pointer: "/rule\(pointer)", detail: detail)
        case .preconditionFailed, .requestKeyReused, .resourceInUse, .channelTaken, .notFound: self
        }
    }
}

extension JSONWriter {
    fileprivate mutating func preview(_ preview: RulePreview) {
        object { writer in
            writer.name("changes")
            writer.array(preview.changes) { writer, change in
                writer.object {
                    $0.field("sku", change.sku.text)
                    $0.field("location", change.location.text)
                    $0.name("before")
                    $0.figures(change.before)
                    $0.name("after")
                    $0.figures(change.after)
                }
            }
            writer.name("totals")
            writer.object {
                $0.field("lookedAt", Int64(preview.lookedAt))
                $0.field("isComplete", preview.isComplete)
                $0.field("balances", Int64(preview.changedCount))
                $0.field("items", Int64(preview.itemCount))
                $0.field("locations", Int64(preview.locationCount))
                $0.field("availableToSellBefore", preview.unitsBefore)
                $0.field("availableToSellAfter", preview.unitsAfter)
                $0.field("openReservations", preview.promiseCount)
            }
            writer.field("rulesAt", preview.rulesAt)
            writer.field("asOf", preview.asOf)
        }
    }

    private mutating func figures(_ figures: RulePreview.Figures) {
        object {
            $0.field("availableToSell", figures.availableToSell)
            $0.field("band", figures.band.rawValue)
            $0.field("eligible", figures.isEligible)
        }
    }
}
