package import Inventory

/// What was done to master data, rules, exceptions and keys. It is written by the transactions that do it.
package protocol AuditStore: Sendable {
    /// The newest first, at most `limit`.
    /// - Parameter before: the sequence of the last entry of the page before; nil from the newest.
    func entries(
        _ filter: AuditFilter, before: Int64?, limit: Int
    ) async throws(StoreError) -> Page<AuditEntry>

    /// In their order, at most `limit`, for the proof.
    /// - Parameter after: a sequence; 0 from the first.
    func entriesToProve(after: Int64, limit: Int) async throws(StoreError) -> [AuditEntry]

    /// The sequence and chain of the last entry; 0 and zeros while there is none.
    func head() async throws(StoreError) -> (sequence: Int64, chain: Digest)
}

/// Proves the audit: no entry was changed, added or taken away.
package struct AuditProver: Sendable {
    package struct Report: Sendable, Equatable {
        package var entries: Int64 = 0
        /// Nil: the chain holds.
        package var defect: String?

        package var isProved: Bool { defect == nil }

        package var summary: String {
            "\(entries) audit entries read: " + (defect.map { "NOT PROVED: \($0)" } ?? "PROVED: their chain holds")
        }
    }

    private let store: any AuditStore
    private let hash: Hash

    /// Entries of a bulk load name up to `itemsPerCallMax` things each.
    private static let entriesPerPage = 250

    package init(store: any AuditStore, hash: Hash) {
        self.store = store
        self.hash = hash
    }

    /// Up to the entry that is the last when it begins; the first defect ends it, since nothing behind one can be proved.
    package func run() async throws(StoreError) -> Report {
        let head = try await store.head()
        var report = Report()
        var chain = Digest.zero
        while report.entries < head.sequence {
            let page = try await store.entriesToProve(after: report.entries, limit: Self.entriesPerPage)
            for entry in page where entry.sequence <= head.sequence {
                guard entry.sequence == report.entries + 1 else {
                    report.defect = "entry \(report.entries + 1) is missing"
                    return report
                }
                guard entry.chain == entry.chained(to: chain, hash) else {
                    report.defect = "entry \(entry.sequence) is not as it was written, or the one before it is not"
                    return report
                }
                chain = entry.chain
                report.entries = entry.sequence
            }
            if page.isEmpty {
                report.defect = "the last entries are missing: \(head.sequence) were written"
                return report
            }
        }
        if chain != head.chain { report.defect = "the last entry is not the one that was written last" }
        return report
    }
}
