package import Inventory

/// Where facts can be judged without being kept.
package protocol RehearsalStore: Sendable {
    /// The number of a source, of a deleted one too; nil where nobody has used it yet.
    func knownSourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber?

    /// Judges the commands as one transaction would now, and writes nothing. It locks no balance that there is.
    /// - Parameter taken: event ids that are taken besides those of the ledger.
    func rehearse(
        _ commands: [Command], besides taken: [EventKey: KnownEvent]
    ) async throws(StoreError) -> CommittedBatch
}

/// Judges facts as they would be judged if they came now, for who wants to look first.
package struct FactRehearsal: Sendable {
    private let store: any RehearsalStore
    private let batches: any BatchStore

    package init(store: any RehearsalStore, batches: any BatchStore) {
        self.store = store
        self.batches = batches
    }

    /// Judges lines of several sources as one batch, in the order given.
    /// - Parameter memory: of the event ids that came before in the same file; those of these lines are added.
    /// - Returns: one list for each source, a line for each of its lines.
    func judge(
        _ bySource: [(source: SourceID, lines: [SubmittedLine])], _ memory: RehearsalMemory
    ) async throws(StoreError) -> [[FactLineAnswer]] {
        var commands: [FactCommand] = []
        var taken: [EventKey: KnownEvent] = [:]
        for (source, lines) in bySource {
            let number = try await store.knownSourceNumber(source) ?? memory.number(of: source)
            let read = try await ScannedCodes.read(lines, of: number, in: batches) ?? lines
            for case .fact(let fact, _) in read.lazy.map(\.content) {
                let key = EventKey(source: number, event: fact.eventID)
                if let known = memory.event(key) { taken[key] = known }
            }
            commands.append(FactCommand(source: number, sourceID: source, lines: read, origin: .imported))
        }
        let batch = try await store.rehearse(commands.map { .facts($0) }, besides: taken)
        return commands.enumerated().map { index, command in
            let entry = CommittedEntry(batch: batch, index: index, inDoubt: nil)
            let lines = CommittedCommand(entry, command).answer.lines
            for (line, answer) in zip(command.lines, lines) {
                guard case .fact(let fact, let fingerprint) = line.content else { continue }
                memory.add(EventKey(source: command.source, event: fact.eventID), fingerprint, answer.verdict)
            }
            return lines
        }
    }
}
