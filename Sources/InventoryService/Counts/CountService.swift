package import Inventory

/// The answer to a posted count, its lines in the order sent.
package struct CountAnswer: Sendable {
    /// Nil when the event id is another's: nothing was counted.
    package var count: StoredCount?
    package var lines: [FactLineAnswer]
    /// Items that a complete count did not list and that had lines: they were counted as 0.
    package var notListed: Int
}

/// Takes counts: stores each whole, then applies its lines as facts, in parts that others can go between.
package struct CountService: Sendable {
    let store: any CountStore
    let reports: any CountReportStore
    private let facts: FactService
    private let sources: any BatchStore
    private let hash: Hash

    /// Lines of one count: a complete one has to name everything that a store has.
    package static let linesMax = 50_000
    /// Lines that wait to be written at one time.
    private static let linesPerStep = 5_000

    package init(
        store: any CountStore, reports: any CountReportStore, facts: FactService, sources: any BatchStore,
        hash: Hash = sha256
    ) {
        self.store = store
        self.reports = reports
        self.facts = facts
        self.sources = sources
        self.hash = hash
    }

    /// - Parameter actor: who sends it; nil in mode `open`.
    /// - Throws: as `FactService.submit`. Sending the same again is then always right, and what was stored is applied
    ///   even if nobody does.
    package func submit(_ count: PostedCount, by actor: ActorName? = nil) async throws(StoreError) -> CountAnswer {
        precondition(count.lines.count <= Self.linesMax, "a count has \(Self.linesMax) lines")
        let number = try await sources.sourceNumber(count.source)
        var count = count
        if !count.unread.isEmpty { count.leaveAlone(try await store.linesOfUnreadItems(count, from: number)) }
        guard let stored = try await store.open(count, from: number, by: actor) else {
            return try await refuse(count, actor)
        }
        return try await apply(stored, count.lines)
    }

    /// Goes on with counts that were cut off.
    /// - Returns: how many were applied.
    package func finishOpen(before: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let open = try await store.unfinished(before: before, limit: limit)
        for (count, lines) in open { _ = try await apply(count, lines) }
        return open.count
    }

    private func apply(_ count: StoredCount, _ lines: [SubmittedLine]) async throws(StoreError) -> CountAnswer {
        var answer = CountAnswer(count: count, lines: [], notListed: 0)
        answer.lines.reserveCapacity(lines.count)
        for start in stride(from: 0, to: lines.count, by: Self.linesPerStep) {
            var step = Array(lines[start..<min(start + Self.linesPerStep, lines.count)])
            for index in step.indices { step[index].arrivedAt = count.recordedAt }
            answer.lines += try await facts.submit(
                source: count.source, lines: step, isAtomic: false, by: count.actor
            ).lines
        }
        for index in answer.lines.indices {
            answer.lines[index].eventID = answer.lines[index].eventID.map { EventID(stored: $0).reported.text }
        }
        // Once is enough: what is first heard of later begins with the count behind it.
        guard !count.isApplied else { return answer }
        if count.isComplete {
            let rejected = zip(lines, answer.lines).compactMap { line, answer -> ItemReference? in
                guard answer.verdict == .rejected, case .fact(let fact, _) = line.content else { return nil }
                return fact.item
            }
            if !rejected.isEmpty, let stored = try await store.leaveAlone(rejected, in: count.id) {
                answer.count = stored
            }
            answer.notListed = try await applyToNotListed(count)
        }
        try await store.finish(count.id)
        answer.count?.isApplied = true
        return answer
    }

    /// Everything else that the location has lines of was not there.
    private func applyToNotListed(_ count: StoredCount) async throws(StoreError) -> Int {
        var total = 0
        var after: ItemNumber?
        while true {
            let page = try await store.notListed(count, after: after, limit: Self.linesPerStep)
            guard let last = page.last else { return total }
            let lines = page.map { item in
                let fact = FactLine(
                    eventID: count.event.line("=\(item.sku)"), item: .sku(item.sku), location: count.location,
                    change: .count(CountStatement(quantity: .none, excludesReady: count.excludesReady)),
                    occurredAt: count.countedAt)
                return SubmittedLine(
                    .fact(fact, fact.fingerprint(hash)), raw: Array("{\"sku\":\"\(item.sku)\"}".utf8)[...],
                    arrivedAt: count.recordedAt)
            }
            _ = try await facts.submit(source: count.source, lines: lines, isAtomic: false, by: count.actor)
            total += page.count
            after = last.number
        }
    }

    /// Nothing of it can be meant, and nothing of it is lost.
    private func refuse(_ count: PostedCount, _ actor: ActorName?) async throws(StoreError) -> CountAnswer {
        let problem = LineProblem(
            .eventIdReused,
            "this eventId is already known from this source with other content; send a changed count under an eventId of "
                + "its own",
            pointer: "/eventId")
        let kept = SubmittedLine(.malformed(problem, eventID: count.event.text), raw: count.raw)
        let answer = try await facts.submit(source: count.source, lines: [kept], isAtomic: false, by: actor)
        let line = answer.lines[0]
        return CountAnswer(
            count: nil, lines: Array(repeating: line, count: max(1, count.lines.count)), notListed: 0)
    }
}

extension CountService {
    /// Candidates looked at in one step.
    private static let candidatesPerStep = 10_000

    /// What to count next at a location, most urgent first.
    /// - Returns: nil when the location is unknown.
    package func list(
        _ location: LocationID, limit: Int
    ) async throws(StoreError) -> (priorities: [CountPriority], asOf: Timestamp)? {
        let now = try await store.now()
        var list = CountList(limit: limit, now: now)
        var after: ItemNumber?
        repeat {
            guard
                let step = try await reports.candidates(location, after: after, limit: Self.candidatesPerStep)
            else { return nil }
            list.add(step.candidates)
            after = step.last
        } while after != nil
        return (list.priorities, now)
    }
}
