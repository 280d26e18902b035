package import Inventory

/// The answer to a client's facts, with all that it shows.
package struct ShownFacts: Sendable {
    /// In the order sent.
    package var lines: [FactLineAnswer]
    /// When each location was heard last; nil where the answer carries no balances.
    package let lastHeard: [LocationID: Timestamp]?
}

/// Takes the facts that clients send, whatever they are about, and answers each with what is to be shown of it: the
/// balances behind it with all that is held back, and when their locations were heard last.
package struct ClientFacts: Sendable {
    private let facts: FactService
    private let counts: CountService
    private let transfers: TransferService
    private let availability: any AvailabilityStore
    private let heard: LastSeenTracker

    /// Lines up to which an answer carries each balance without being asked.
    private static let linesWithAvailabilityMax = 100

    package init(
        facts: FactService, counts: CountService, transfers: TransferService, availability: any AvailabilityStore,
        heard: LastSeenTracker
    ) {
        self.facts = facts
        self.counts = counts
        self.transfers = transfers
        self.availability = availability
        self.heard = heard
    }

    /// - Parameters:
    ///   - showsBalances: also of more lines than carry them anyway.
    ///   - actor: who sends them; nil in mode `open`.
    /// - Throws: as `FactService.submit`.
    package func submit(
        source: SourceID, lines: [SubmittedLine], isAtomic: Bool = false, showsBalances: Bool,
        by actor: ActorName?
    ) async throws(StoreError) -> (shown: ShownFacts, isRefused: Bool) {
        let answer = try await facts.submit(source: source, lines: lines, isAtomic: isAtomic, by: actor)
        return (await shown(answer.lines, showsBalances: showsBalances), answer.isRefused)
    }

    /// The same for who cannot wait.
    /// - Parameter then: called once, on any thread.
    package func submit(
        source: SourceID, lines: [SubmittedLine], isAtomic: Bool, showsBalances: Bool, by actor: ActorName?,
        then: @escaping @Sendable (Result<(shown: ShownFacts, isRefused: Bool), StoreError>) -> Void
    ) {
        facts.submit(source: source, lines: lines, isAtomic: isAtomic, by: actor) { result in
            guard case .success(let answer) = result, answer.lines.contains(where: \.asksForRules) else {
                return then(
                    result.map { answer in
                        let shows = shows(answer.lines, showsBalances)
                        return (
                            ShownFacts(lines: answer.lines, lastHeard: shows ? heard.lastHeard : nil), answer.isRefused
                        )
                    })
            }
            Task { then(.success((await shown(answer.lines, showsBalances: showsBalances), answer.isRefused))) }
        }
    }

    /// - Returns: the stored count beside its lines; nil when its event id is another's.
    package func submit(
        _ count: PostedCount, showsBalances: Bool, by actor: ActorName?
    ) async throws(StoreError) -> (answer: CountAnswer, shown: ShownFacts) {
        let answer = try await counts.submit(count, by: actor)
        return (answer, await shown(answer.lines, showsBalances: showsBalances))
    }

    /// What was shipped or received.
    /// - Parameters:
    ///   - event: the message's, which its lines answer under: their ids inside name their places in it too.
    ///   - id: of the transfer that all lines are about.
    /// - Returns: the transfer as it is afterwards; nil when there is none.
    package func submit(
        source: SourceID, lines: [SubmittedLine], of id: TransferID, event: EventID, by actor: ActorName?
    ) async throws(StoreError) -> (shown: ShownFacts, transfer: TransferAnswer?) {
        var answer = try await transfers.submit(source: source, lines: lines, by: actor)
        for index in answer.lines.indices { answer.lines[index].eventID = event.text }
        let shown = await shown(answer.lines, showsBalances: true)
        return (shown, try await transfers.transfer(id))
    }

    private func shows(_ lines: [FactLineAnswer], _ isAskedFor: Bool) -> Bool {
        isAskedFor || lines.count <= Self.linesWithAvailabilityMax
    }

    private func shown(_ lines: [FactLineAnswer], showsBalances: Bool) async -> ShownFacts {
        guard shows(lines, showsBalances) else { return ShownFacts(lines: lines, lastHeard: nil) }
        let lastHeard = heard.lastHeard
        return ShownFacts(lines: await availability.withRules(lines), lastHeard: lastHeard)
    }

    /// Of a source that says something beside facts; one that is unknown is created.
    package func number(of source: SourceID) async throws(StoreError) -> SourceNumber {
        try await facts.number(of: source)
    }
}
