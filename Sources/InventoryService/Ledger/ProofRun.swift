package import Inventory

/// What one run of the proof came to: the ledger's, and the audit's.
package struct ProofRun: Sendable {
    package var startedAt: Timestamp
    package var finishedAt: Timestamp
    package var isProved: Bool
    package var balances: Int64
    package var lines: Int64
    /// Balances that are not the fold of their lines, or whose chain is broken.
    package var defects: Int64
    package var linesWithoutBalance: Int64
    package var eventsWithoutLine: Int64
    /// Over all buckets and outside accounts: 0 where units are conserved.
    package var sumOfAccounts: Int64
    /// The first of the balances that differ, at most `LedgerProver.defectsNamedMax`.
    package var failures: [ProofFailure]
    package var auditEntries: Int64
    /// Nil: its chain holds.
    package var auditDefect: String?

    package init(
        startedAt: Timestamp, finishedAt: Timestamp, isProved: Bool, balances: Int64, lines: Int64, defects: Int64,
        linesWithoutBalance: Int64, eventsWithoutLine: Int64, sumOfAccounts: Int64, failures: [ProofFailure],
        auditEntries: Int64, auditDefect: String?
    ) {
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.isProved = isProved
        self.balances = balances
        self.lines = lines
        self.defects = defects
        self.linesWithoutBalance = linesWithoutBalance
        self.eventsWithoutLine = eventsWithoutLine
        self.sumOfAccounts = sumOfAccounts
        self.failures = failures
        self.auditEntries = auditEntries
        self.auditDefect = auditDefect
    }

    /// Runs that are kept.
    package static let keptMax = 100
}

/// What proofs came to.
package protocol ProofRunStore: Sendable {
    /// Keeps what a proof came to that took so long and has just ended. Of older ones the last `ProofRun.keptMax` stay.
    func keep(
        _ ledger: LedgerProver.Report, _ audit: AuditProver.Report, took: Duration
    ) async throws(StoreError)

    /// Nil: none was ever kept.
    func lastProof() async throws(StoreError) -> ProofRun?
}
