/// Clocks of clients: those of sources are judged with their facts.
extension BatchDecision {
    /// The clock of whoever sent a request was not believed: told once for each client, as of a source's.
    /// - Parameters:
    ///   - first: the first ledger line that the request wrote, if it wrote any.
    ///   - id: of what the request is about.
    ///   - location: where a balance of it is.
    mutating func noteSkew(
        since first: Int, of caller: Caller, about id: String, at location: (BalanceKey) -> LocationID
    ) {
        guard let line = ledger.lines[first...].first(where: { $0.claimedAt != nil }) else { return }
        changes.exceptions.append(.clockSkew(of: caller.client, about: id, at: location(line.key)))
    }
}
