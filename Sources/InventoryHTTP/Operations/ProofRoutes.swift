import Hummingbird
import Inventory
import InventoryService
import StrictJSON

/// Whether every balance is the fold of its lines, as `holdfast proof` found last.
struct ProofRoutes {
    let store: any ProofRunStore

    func add(to router: RouterGroup<AppContext>) {
        router.get("proof", use: last)
    }

    /// operationId: getProof
    @Sendable func last(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        try query.finish()
        let run = try await store.lastProof()
        return .json { writer in
            writer.object {
                $0.field("proved", run?.isProved)
                $0.field("startedAt", run?.startedAt)
                $0.field("finishedAt", run?.finishedAt)
                $0.field("balances", run?.balances)
                $0.field("lines", run?.lines)
                $0.field("defects", run?.defects)
                $0.field("linesWithoutBalance", run?.linesWithoutBalance)
                $0.field("eventsWithoutLine", run?.eventsWithoutLine)
                $0.field("sumOfAccounts", run?.sumOfAccounts)
                $0.name("failures")
                $0.array(run?.failures ?? []) { writer, failure in
                    writer.object {
                        $0.field("sku", failure.sku.text)
                        $0.field("location", failure.location.text)
                        $0.field("detail", failure.detail)
                    }
                }
                $0.field("auditEntries", run?.auditEntries)
                $0.field("auditDefect", run?.auditDefect)
            }
        }
    }
}
