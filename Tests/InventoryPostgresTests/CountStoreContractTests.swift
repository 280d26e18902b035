import Inventory
import InventoryService
import TestSupport
import Testing

/// What every store of counts promises (see `BatchStoreContractTests`).
@Suite struct CountStoreContractTests {
    private func open(_ count: PostedCount, _ ports: Ports) async throws -> StoredCount? {
        try await ports.counts.open(count, from: ports.batches.sourceNumber(count.source), by: nil)
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a count is stored once, and its event id is nobody else's`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            try await ports.addLocation("L", .exception)
            let at = try await ports.counts.now().advanced(byMicroseconds: -1_000_000)
            let first = try #require(try await open(.of("c", at, ["A": 3]), ports))
            #expect(first.countedAt == at)
            #expect(first.lineCount == 1)
            #expect(!first.isApplied && !first.isComplete)
            #expect(try await open(.of("c", at, ["A": 3]), ports) == first)
            #expect(try await ports.counts.count(first.id) == first)
            #expect(try await open(.of("c", at, ["A": 4]), ports) == nil)
            #expect(try await ports.commit([.sale("c")], source: "scanner").outcome.verdicts == [.rejected])
            #expect(try await ports.commit([.sale("s")], source: "scanner").outcome.verdicts == [.applied])
            #expect(try await open(.of("s", at, ["A": 3]), ports) == nil)
            // The same id of another source is another count.
            let other = try #require(try await open(.of("c", at, ["A": 4], source: "clerk"), ports))
            #expect(other.id != first.id)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `an instant from the future is not believed, nor is none`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addLocation("L", .exception)
            let now = try await ports.counts.now()
            let soon = now.advanced(byMicroseconds: clockSkewMaxMicroseconds - 60_000_000)
            let late = now.advanced(byMicroseconds: clockSkewMaxMicroseconds + 60_000_000)
            #expect(try await open(.of("soon", soon, [:], isComplete: true), ports)?.countedAt == soon)
            for (event, claimed) in [("late", late), ("none", nil)] {
                let count = try #require(try await open(.of(event, claimed, [:], isComplete: true), ports))
                #expect(count.countedAt == count.recordedAt)
                #expect(count.recordedAt >= now)
            }
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `counts that are not applied are found, oldest first, with their lines, until they are finished`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            try await ports.addLocation("L", .exception)
            var ids: [CountID] = []
            for event in ["b", "a", "c"] {
                let at = try await ports.counts.now()
                ids.append(try #require(try await open(.of(event, at, ["A": 3, "B": 4]), ports)).id)
                try await ports.advanceClock(1)
            }
            let end = try await ports.counts.now().advanced(byMicroseconds: 1)
            let found = try await ports.counts.unfinished(before: end, limit: 2)
            #expect(found.map(\.count.id) == Array(ids.prefix(2)))
            #expect(
                found.map { $0.lines.compactMap(\.eventID) }
                    == ["b", "a"].map { event in ["0", "1"].map { EventID(stored: event).line($0) } })
            try await ports.counts.finish(ids[0])
            #expect(try await ports.counts.unfinished(before: end, limit: 9).map(\.count.id) == Array(ids.dropFirst()))
            let third = try #require(try await ports.counts.count(ids[2]))
            #expect(
                try await ports.counts.unfinished(before: third.recordedAt, limit: 9).map(\.count.id) == [ids[1]])
            #expect(try await ports.counts.count(ids[0])?.isApplied == true)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `not listed is what has lines there, page by page, but for what was listed or left alone`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            for location in ["L", "M"] { try await ports.addLocation(location, .exception) }
            let skus = ["A", "B", "C", "D", "E", "F"]
            for sku in skus { try await ports.addItem(sku) }
            _ = try await ports.commit(
                skus.dropLast(2).map { .receipt("r \($0)", $0, at: "L", 5) } + [.receipt("m", "E", at: "M", 5)])
            let at = try await ports.counts.now()
            let count = PostedCount.of("c", at, ["B": 4], isComplete: true, unread: ["D", "UNKNOWN"])
            let stored = try #require(try await open(count, ports))
            #expect(stored.leftAlone == 1)
            func notListed(after: ItemNumber? = nil, limit: Int = 9) async throws -> [(ItemNumber, SKU)] {
                try await ports.counts.notListed(stored, after: after, limit: limit)
            }
            #expect(try await notListed().map(\.1.text) == ["A", "B", "C"])
            let facts = count.lines.compactMap { line -> FactLine? in
                if case .fact(let fact, _) = line.content { fact } else { nil }
            }
            _ = try await ports.commit(facts, source: "scanner")
            let first = try await notListed(limit: 1)
            #expect(first.map(\.1.text) == ["A"])
            #expect(try await notListed(after: first[0].0).map(\.1.text) == ["C"])
            let more = try await ports.counts.leaveAlone(
                [.sku(SKU(stored: "C")), .sku(SKU(stored: "D"))], in: stored.id)
            #expect(more?.leftAlone == 2)
            #expect(try await notListed().map(\.1.text) == ["A"])
        }
    }
}

extension SubmittedLine {
    fileprivate var eventID: EventID? {
        if case .fact(let fact, _) = content { fact.eventID } else { nil }
    }
}
