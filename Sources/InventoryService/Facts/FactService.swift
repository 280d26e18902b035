package import Inventory
package import Logging
import ServiceLifecycle
import Synchronization

/// Takes facts in and answers each caller when its lines are in the ledger.
package final class FactService: Service {
    package typealias Limits = BatchQueue.Limits

    /// Lines of one request.
    package static let linesPerRequestMax = 5_000

    /// Where commands become batches; requests about reservations go through the same one.
    package let queue: BatchQueue
    private let store: any BatchStore
    private let limits: Limits
    private let logger: Logger
    private let sources = SourceNumbers()

    /// - Parameter heard: is told whom every batch came from.
    package init(
        store: any BatchStore, limits: Limits = Limits(), heard: LastSeenTracker = LastSeenTracker(), logger: Logger
    ) {
        self.store = store
        self.limits = limits
        self.logger = logger
        queue = BatchQueue(store: store, limits: limits, heard: heard, logger: logger)
    }

    package func run() async { await queue.run() }

    /// Takes no more commands. Accepted ones are still written.
    package func drain() { queue.drain() }

    /// The service was told to stop.
    package var isDraining: Bool { queue.isDraining }

    // MARK: - Taking facts

    /// Judges the lines in the order given and returns when all that is to be kept is committed.
    ///
    /// - Parameters:
    ///   - origin: `.imported` for what is no sign of life of the source.
    ///   - actor: who sends them; nil in mode `open`, and of Holdfast's own.
    /// - Throws: `.overloaded` when too much is waiting, `.unavailable` when the database cannot be reached within
    ///   `answerWithin`. Sending the same lines again is then always right.
    package func submit(
        source: SourceID, lines: [SubmittedLine], isAtomic: Bool, origin: FactCommand.Origin = .client,
        by actor: ActorName? = nil
    ) async throws(StoreError) -> FactAnswer {
        let number = try await sources.number(of: source, in: store)
        let actor = try await self.number(of: actor)
        let read = try await ScannedCodes.read(lines, of: number, in: store) ?? lines
        let command = FactCommand(
            source: number, sourceID: source, lines: read, isAtomic: isAtomic, origin: origin, actor: actor)
        let parts = command.split(linesMax: min(limits.linesPerPartMax, limits.linesPerBatchMax))
        let answers = try await submit(parts)
        var answer = FactAnswer(lines: [], isRefused: false)
        for part in answers {
            answer.lines.append(contentsOf: part.answer.lines)
            answer.isRefused = answer.isRefused || part.answer.isRefused
        }
        await applyIfMappedMeanwhile(answers.flatMap(\.parked))
        return answer
    }

    /// Each line is a request of its own: it is taken or refused whatever becomes of the others, and of a refused one nothing
    /// is kept. Not for scanned codes.
    /// - Parameter lines: at most `linesPerRequestMax`.
    /// - Throws: as `submit`. Some lines may be in the ledger then; sending all again is right.
    package func submitEach(source: SourceID, lines: [SubmittedLine]) async throws(StoreError) -> [FactLineAnswer] {
        let number = try await sources.number(of: source, in: store)
        let answers = try await submit(
            lines.map { FactCommand(source: number, sourceID: source, lines: [$0], isAtomic: true, origin: .client) })
        return answers.flatMap(\.answer.lines)
    }

    /// The same for who cannot wait, of a client's facts. Where something has to be asked for first, a task does it.
    /// - Parameter then: called once, on any thread.
    package func submit(
        source: SourceID, lines: [SubmittedLine], isAtomic: Bool, by actor: ActorName?,
        then: @escaping @Sendable (Result<FactAnswer, StoreError>) -> Void
    ) {
        guard let command = commandAtOnce(source: source, lines: lines, isAtomic: isAtomic, by: actor) else {
            Task {
                do throws(StoreError) {
                    then(.success(try await submit(source: source, lines: lines, isAtomic: isAtomic, by: actor)))
                } catch {
                    then(.failure(error))
                }
            }
            return
        }
        queue.submit(.facts(command), keys: command.schedulingKeys, lines: max(1, lines.count)) { result in
            let committed = result.map { CommittedCommand($0, command) }
            guard case .success(let done) = committed, !done.parked.isEmpty else {
                return then(committed.map(\.answer))
            }
            Task {
                await self.applyIfMappedMeanwhile(done.parked)
                then(.success(done.answer))
            }
        }
    }

    /// The one command that a request is; nil where the store must be asked for what it means, or where it is so long that it
    /// is written in parts.
    private func commandAtOnce(
        source: SourceID, lines: [SubmittedLine], isAtomic: Bool, by actor: ActorName?
    ) -> FactCommand? {
        guard lines.count <= min(limits.linesPerPartMax, limits.linesPerBatchMax),
            !ScannedCodes.areIn(lines), let number = sources.remembered(source)
        else { return nil }
        var actorNumber: ActorNumber?
        if let actor {
            guard let known = store.rememberedActorNumber(actor) else { return nil }
            actorNumber = known
        }
        return FactCommand(
            source: number, sourceID: source, lines: lines, isAtomic: isAtomic, origin: .client, actor: actorNumber)
    }

    /// Of a source; one that is unknown is created.
    package func number(of source: SourceID) async throws(StoreError) -> SourceNumber {
        try await sources.number(of: source, in: store)
    }

    /// Of whoever sends a command; nil for nobody.
    func number(of actor: ActorName?) async throws(StoreError) -> ActorNumber? {
        guard let actor else { return nil }
        return try await store.actorNumber(actor)
    }

    /// Applies parked lines that can be applied now, in bounded steps.
    /// - Returns: how many lines were applied.
    @discardableResult
    package func applyParked(_ selection: ParkedSelection, stepsMax: Int) async throws(StoreError) -> Int {
        var applied = 0
        var after: EventKey?
        for _ in 0..<stepsMax {
            let page = try await store.parkedReady(selection, after: after, limit: limits.linesPerBatchMax)
            let bySource = Dictionary(grouping: page.ready, by: \.key.source)
            let commands = bySource.sorted { $0.key.rawValue < $1.key.rawValue }.map { source, lines in
                FactCommand(
                    source: source, sourceID: lines[0].source,
                    lines: lines.map { SubmittedLine($0) }, origin: .parked)
            }
            let answers = try await submit(commands)
            applied += answers.reduce(0) { $0 + $1.answer.lines.count { $0.verdict.isInLedger } }
            guard let last = page.last else { break }
            after = last
        }
        return applied
    }

    /// Parking and the mapping's creation can miss each other; whoever parked looks once more after its commit.
    private func applyIfMappedMeanwhile(_ parked: [EventKey]) async {
        guard !parked.isEmpty else { return }
        do {
            try await applyParked(.events(parked), stepsMax: 1)
        } catch {
            // The lines are safe in the database, and the sweep will find them.
            logger.warning("could not look at parked lines again", metadata: ["error": "\(error)"])
        }
    }

    private func submit(_ commands: [FactCommand]) async throws(StoreError) -> [CommittedCommand] {
        let committed = try await queue.submit(
            commands.map { (.facts($0), $0.schedulingKeys, max(1, $0.lines.count)) })
        return zip(commands, committed).map { CommittedCommand($1, $0) }
    }
}

extension SubmittedLine {
    /// A line whose names are known now.
    fileprivate init(_ parked: ParkedReady) {
        let unclear = LineProblem(
            .labelUnclear,
            "the label does not say how much was sold, now that its article is known: a price says nothing of what is "
                + "kept by weight, and a weight nothing of what is kept by piece; resolve with 'correct' and the quantity",
            pointer: "/code")
        self.init(
            parked.isLabelUnclear
                ? .impossible(parked.fact, parked.fingerprint, unclear) : .fact(parked.fact, parked.fingerprint),
            raw: parked.raw[...], arrivedAt: parked.arrivedAt)
    }
}

/// Numbers of sources, which never change, so they may be remembered.
private final class SourceNumbers: Sendable {
    /// A chain has thousands of tills, not hundreds of thousands; beyond this they are looked up each time.
    private static let countMax = 10_000
    private let known = Mutex<[SourceID: SourceNumber]>([:])

    func remembered(_ id: SourceID) -> SourceNumber? { known.withLock { $0[id] } }

    func number(of id: SourceID, in store: any BatchStore) async throws(StoreError) -> SourceNumber {
        if let number = remembered(id) { return number }
        let number = try await store.sourceNumber(id)
        known.withLock { if $0.count < Self.countMax { $0[id] = number } }
        return number
    }
}

extension FactCommand {
    /// What the command touches, as sent: sku or code with location, and the event id. Two names of one item merely
    /// meet at the database's row lock instead.
    fileprivate var schedulingKeys: Set<Int> {
        var keys = Set<Int>(minimumCapacity: lines.count * 2)
        for case .fact(let fact, _) in lines.lazy.map(\.content) {
            keys.insert(schedulingKey(fact.item, fact.place))
            if let destination = fact.change.destination { keys.insert(schedulingKey(fact.item, destination)) }
            if let step = fact.change.step {
                for name in fact.names(from: source) { keys.insert(schedulingKey(name.item, name.place)) }
                keys.insert(step.transfer.hashValue)
            }
            if let soldFor = fact.soldFor, let id = ReservationID(text: soldFor.reservation.text) {
                keys.insert(id.hashValue)
            }
            var hasher = Hasher()
            hasher.combine(source)
            hasher.combine(fact.eventID)
            keys.insert(hasher.finalize())
        }
        return keys
    }

    /// Parts that a batch can hold. An atomic command stays whole, and so does one with an expected version,
    /// which is compared with the balance before the whole request.
    fileprivate func split(linesMax: Int) -> [FactCommand] {
        let expectsVersion = lines.contains {
            if case .fact(let fact, _) = $0.content { fact.expectedVersion != nil } else { false }
        }
        guard lines.count > linesMax, !isAtomic, !expectsVersion else { return [self] }
        return stride(from: 0, to: lines.count, by: linesMax).map { start in
            var part = self
            part.lines = Array(lines[start..<min(start + linesMax, lines.count)])
            return part
        }
    }
}
