package import Inventory

/// What somebody did.
package enum AuditAction: String, Sendable, Hashable, CaseIterable {
    case created, changed, deleted
    /// Of exceptions.
    case assigned, resolved
}

/// Of what people keep account who changed it. A key is named as its path in the API names it.
package enum AuditKind: String, Sendable, Hashable, CaseIterable {
    case item, location, locationGroup, source
    /// By sku and location, with a slash between.
    case itemBin
    /// By code system and code, with a slash between.
    case alias, locationAlias
    /// By kind of rule and id, with a slash between.
    case stockRule
    case expectedSupply, reconciliationRule, importMapping, exception, apiKey, feed, webhook
}

/// One entry of the audit: who did what, and when. It is never changed.
package struct AuditEntry: Sendable, Hashable {
    /// From 1, without a gap.
    package let sequence: Int64
    /// By the database's clock.
    package let at: Timestamp
    /// Nil in mode `open`, and of what Holdfast does itself.
    package let actor: ActorName?
    package let action: AuditAction
    package let kind: AuditKind
    /// What was changed; several where one load changed them together, up to `itemsPerCallMax`.
    package let keys: [String]
    /// It as it was afterwards, as JSON; nil where it is deleted, or where there are several.
    package let object: String?
    package let chain: Digest

    package init(
        sequence: Int64, at: Timestamp, actor: ActorName?, action: AuditAction, kind: AuditKind, keys: [String],
        object: String?, chain: Digest
    ) {
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.action = action
        self.kind = kind
        self.keys = keys
        self.object = object
        self.chain = chain
    }

    /// The chain value of this entry when `previous` is that of the entry before it. The database's function
    /// `audit_append` writes the same.
    package func chained(to previous: Digest, _ hash: Hash) -> Digest {
        var fields: [String?] = ["\(sequence)", "\(at.microseconds)", actor?.text, action.rawValue, kind.rawValue]
        fields.append("\(keys.count)")
        fields += keys
        fields.append(object)
        let text = fields.map { field in field.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined()
        return hash(previous.bytes + Array(text.utf8))
    }
}

/// Which entries are wanted; every given part must match.
package struct AuditFilter: Sendable, Hashable {
    package var kind: AuditKind?
    /// One of their keys.
    package var key: String?
    package var actor: ActorName?
    package var from: Timestamp?
    /// Entries before it.
    package var to: Timestamp?

    package init() {}
}
