package import Inventory
package import InventoryService

/// A store in front of another that fails as it is told, batch by batch, and passes on everything else.
package final class ScriptedBatchStore: BatchStore {
    package enum Step: Sendable {
        case pass
        case fail(StoreError)
        /// Commits, and loses the connection before it can say so.
        case commitAndLose
        /// Commits this first, as another process may, from a source of its own.
        case overtaken(by: FactLine)
        /// Waits until `release` is called, and passes.
        case hold
    }

    private let store: any BatchStore
    private let script: Script

    package init(_ store: any BatchStore, _ steps: [Step]) {
        self.store = store
        script = Script(steps)
    }

    package var commitsBegun: Int { get async { await script.begun } }

    /// Lets all batches go that are held.
    package func release() async { await script.release() }

    package func commit(
        _ commands: [Command], within: Duration, isAside: Bool
    ) async throws(StoreError) -> CommittedBatch {
        switch await script.next() {
        case .pass: return try await store.commit(commands, within: within)
        case .fail(let error): throw error
        case .commitAndLose:
            let batch = try await store.commit(commands, within: within)
            throw .outcomeUnknown(batch.outcomes)
        case .overtaken(let other):
            let source = SourceID(stored: "overtaking")
            let command = FactCommand(
                source: try await store.sourceNumber(source), sourceID: source, lines: [other.submitted])
            _ = try await store.commit([.facts(command)], within: within)
            return try await store.commit(commands, within: within)
        case .hold:
            await script.wait()
            return try await store.commit(commands, within: within)
        }
    }

    package func locked(_ commands: [Command], within: Duration) async throws(StoreError) -> [Int] {
        try await store.locked(commands, within: within)
    }

    package func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber {
        try await store.sourceNumber(id)
    }

    package func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber {
        try await store.actorNumber(name)
    }

    package func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage {
        try await store.parkedReady(selection, after: after, limit: limit)
    }

    private actor Script {
        private var steps: [Step]
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var isReleased = false
        var begun = 0

        init(_ steps: [Step]) { self.steps = steps.reversed() }

        func next() -> Step {
            begun += 1
            return steps.popLast() ?? .pass
        }

        func wait() async {
            guard !isReleased else { return }
            await withCheckedContinuation { waiting.append($0) }
        }

        func release() {
            isReleased = true
            for waiter in waiting { waiter.resume() }
            waiting = []
        }
    }
}
