import Inventory
import InventoryService
import LibPQ

/// Where who did what is written: in the transaction that does it, as the last thing before its commit, since whoever appends
/// holds the audit's one head until then.
///
/// `PostgresCatalogStore.change` calls it for all master data, and `PostgresExceptionStore` for what people decide. What else
/// is to be accounted for appends here: a kind in `AuditKind`, and what is kept of it in `AuditObject`.
enum AuditLog {
    /// One entry for each kind of thing and each way of changing it.
    static func add(_ changes: [MasterChange], by actor: ActorName?, to exchange: inout Exchange) {
        var left = changes[...]
        while let first = left.first {
            let alike = left.filter { $0.kind == first.kind && $0.action == first.action }
            add(first.action, first.kind, alike.map(\.key), by: actor, to: &exchange)
            left = left.filter { $0.kind != first.kind || $0.action != first.action }[...]
        }
    }

    /// - Parameter keys: at most `itemsPerCallMax`, none of them twice.
    static func add(
        _ action: AuditAction, _ kind: AuditKind, _ keys: [String], by actor: ActorName?, to exchange: inout Exchange
    ) {
        guard !keys.isEmpty else { return }
        exchange.add(.auditAppend(kind)) {
            $0.text(actor?.text)
            $0.text(action.rawValue)
            $0.texts(keys)
        }
    }
}

extension Statement {
    fileprivate static func auditAppend(_ kind: AuditKind) -> Statement { appends[kind, default: append(kind)] }

    private static let appends = Dictionary(uniqueKeysWithValues: AuditKind.allCases.map { ($0, append($0)) })

    private static func append(_ kind: AuditKind) -> Statement {
        Statement(
            "audit_append_\(kind)", [.text, .text, .textArray],
            sql: """
                select audit_append(
                    $1, $2, '\(kind.rawValue)', $3,
                    case when cardinality($3) = 1 and $2 <> '\(AuditAction.deleted)'
                         then audit_object((\(AuditObject.select(kind, key: "$3[1]")))) end)
                """)
    }
}
