package import Inventory

/// Proves the whole database: every balance is the fold of its lines, every chain holds, and nothing stands alone.
package struct LedgerProver: Sendable {
    package struct Report: Sendable, Equatable {
        package var balances = 0
        package var lines = 0
        package var defects: [String] = []
        package var defectCount = 0
        /// Balances that differ, with the first thing that does; at most `defectsNamedMax`.
        package var failures: [ProofFailure] = []
        /// Per item all buckets and outside accounts sum to zero: units over all lines, by account. They wrap around,
        /// which leaves a sum of zero what it is.
        package var accounts: [String: Int64] = [:]
        package var linesWithoutBalance: Int64 = 0
        package var eventsWithoutLine: Int64 = 0

        package var isProved: Bool {
            defectCount == 0 && linesWithoutBalance == 0 && eventsWithoutLine == 0 && accounts.values.reduce(0, &+) == 0
        }

        package var summary: String {
            var lines = ["\(balances) balances and \(self.lines) ledger lines read"]
            lines.append(
                "units by account: "
                    + accounts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", "))
            lines.append("sum over all accounts: \(accounts.values.reduce(0, &+))")
            lines.append("ledger lines without a balance: \(linesWithoutBalance)")
            lines.append("event ids without a ledger or parked line: \(eventsWithoutLine)")
            lines.append("defects: \(defectCount)")
            lines.append(contentsOf: defects.map { "  \($0)" })
            lines.append(isProved ? "PROVED: fold, chain and conservation hold" : "NOT PROVED")
            return lines.joined(separator: "\n")
        }
    }

    private let store: any ProofStore
    private let hash: Hash

    /// Balances read at a time, and lines that come with each; a balance with more is read in pages of its own, so that
    /// memory stays bounded however long one history is.
    private static let pageSize = 200
    private static let linesWithBalanceMax = 500
    private static let linesPerPage = 5_000
    /// Defects named in a report; all are counted.
    private static let defectsNamedMax = 50

    package init(store: any ProofStore, hash: Hash) {
        self.store = store
        self.hash = hash
    }

    /// - Parameter progress: called after each page.
    package func run(_ progress: (Report) -> Void = { _ in }) async throws(StoreError) -> Report {
        var report = Report()
        var after: BalanceKey?
        while true {
            let page = try await store.balancesToProve(
                after: after, limit: Self.pageSize, linesMax: Self.linesWithBalanceMax)
            guard let last = page.last else { break }
            for entry in page { try await prove(entry, &report) }
            progress(report)
            after = last.key
        }
        let strays = try await store.strayCounts()
        report.linesWithoutBalance = strays.linesWithoutBalance
        report.eventsWithoutLine = strays.eventsWithoutLine
        return report
    }

    private func prove(_ entry: BalanceToProve, _ report: inout Report) async throws(StoreError) {
        var proof = LedgerProof(hash: hash)
        if let lines = entry.lines {
            for line in lines { report.add(line, to: &proof) }
        } else {
            try await provePages(of: entry, &proof, &report)
        }
        proof.finish(entry.balance)
        report.balances += 1
        // Buckets from the balance, outside accounts from the lines: they cancel out only if both are right.
        for bucket in Bucket.allCases { report.accounts[bucket.name, default: 0] &+= entry.balance.figures[bucket] }
        guard !proof.defects.isEmpty else { return }
        let names = try await store.names(of: entry.key)
        let place = names.map { "\($0.sku) at \($0.location)" } ?? "item \(entry.key.item.rawValue)"
        if let names, let first = proof.defects.first, report.failures.count < Self.defectsNamedMax {
            report.failures.append(ProofFailure(sku: names.sku, location: names.location, detail: "\(first)"))
        }
        report.defectCount += proof.defects.count
        let room = max(0, Self.defectsNamedMax - report.defects.count)
        report.defects.append(contentsOf: proof.defects.prefix(room).map { "\(place): \($0)" })
    }

    /// Up to the version that the balance was read at: what others write meanwhile belongs to no page of this proof.
    private func provePages(
        of entry: BalanceToProve, _ proof: inout LedgerProof, _ report: inout Report
    ) async throws(StoreError) {
        var after: Timestamp?
        while true {
            let lines = try await store.linesToProve(of: entry.key, after: after, limit: Self.linesPerPage)
            for line in lines where line.version <= entry.balance.version { report.add(line, to: &proof) }
            guard let last = lines.last, lines.count == Self.linesPerPage, last.version < entry.balance.version else {
                return
            }
            after = last.recordedAt
        }
    }
}

extension LedgerProver.Report {
    fileprivate mutating func add(_ line: LedgerLine, to proof: inout LedgerProof) {
        proof.add(line)
        lines += 1
        guard let posting = line.posting else { return }
        accounts[posting.counterAccount.name, default: 0] &-= posting.units
        if case .sibling(let sibling) = posting.counterAccount { accounts[sibling.name, default: 0] &+= posting.units }
    }
}
