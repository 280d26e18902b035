import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What every store of imports promises (see `BatchStoreContractTests`).
@Suite struct ImportStoreContractTests {
    static func id(_ number: Int) -> ImportID { ImportID(digest: digest("\(number)")) }
    static func digest(_ text: String) -> Digest { sha256(Array(text.utf8)) }

    static func order(_ change: (inout ImportOrder) -> Void = { _ in }) -> ImportOrder {
        var order = ImportOrder(kind: .movements)
        change(&order)
        return order
    }

    static func key(_ text: String, _ content: String) -> RequestKey {
        RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(digest(content)))
    }

    /// Imports with bodies that wait to be run, created one second apart.
    func waiting(
        _ numbers: [Int], _ ports: Ports, _ change: (inout ImportOrder) -> Void = { _ in }
    ) async throws {
        for number in numbers {
            try await ports.imports.receive(Self.id(number), Self.order(change))
            try await ports.imports.append([1, 2], as: 0, to: Self.id(number), bytesReceived: 2)
            _ = try await ports.imports.received(Self.id(number), digest: Self.digest("body"), key: nil)
            try await ports.advanceClock(1)
        }
    }

    func state(_ number: Int, _ ports: Ports) async throws -> ImportState? {
        try await ports.imports.importJob(Self.id(number))?.state
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a body comes in pieces, each once, and waits once it is whole`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let (store, id) = (ports.imports, Self.id(1))
            let order = Self.order { order in
                (order.name, order.format, order.source) = ("file.csv", .csv, SourceID(stored: "s"))
                (order.codeSystem, order.mapping, order.isDryRun) = (CodeSystem(stored: "x"), "a: b", true)
                order.mappingID = ImportMappingID(stored: "m")
                order.actor = ActorName(stored: "somebody")
            }
            try await store.receive(id, order)
            let receiving = try #require(try await store.importJob(id))
            #expect(receiving.state == .receiving && receiving.order == order && receiving.digest == nil)
            #expect(receiving.recordsTotal == nil && receiving.progress == ImportProgress())
            try await store.append([1, 2], as: 0, to: id, bytesReceived: 2)
            try await store.append([3], as: 1, to: id, bytesReceived: 3)
            try await store.append([9, 9], as: 0, to: id, bytesReceived: 3)
            #expect(try await store.claimNext(by: "w") == nil, "it is not there yet")
            guard case .accepted(let stored) = try await store.received(id, digest: Self.digest("b"), key: nil) else {
                Issue.record("it was not accepted")
                return
            }
            #expect(stored.state == .waiting && stored.bytesReceived == 3 && stored.digest == Self.digest("b"))
            #expect(try await store.chunk(0, of: id) == [1, 2])
            #expect(try await store.chunk(1, of: id) == [3])
            #expect(try await store.chunk(2, of: id) == nil)
            try await store.discard(id)
            #expect(try await store.importJob(id) == stored, "one that was received stays, with its body")
            #expect(try await store.chunk(0, of: id) == [1, 2])
            #expect(
                try await store.received(id, digest: Self.digest("b"), key: nil) == .accepted(stored),
                "said again after an answer that was lost")
            try await store.receive(Self.id(2), order)
            try await store.append([1], as: 0, to: Self.id(2), bytesReceived: 1)
            try await store.discard(Self.id(2))
            #expect(try await store.importJob(Self.id(2)) == nil)
            #expect(try await store.chunk(0, of: Self.id(2)) == nil)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `the same request again is answered with what it made, and its key is for that alone`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            let store = ports.imports
            for number in 1...3 { try await store.receive(Self.id(number), Self.order()) }
            func received(_ number: Int, _ content: String) async throws -> ImportReceipt {
                try await store.received(
                    Self.id(number), digest: Self.digest(content), key: Self.key("k", content))
            }
            guard case .accepted(let first) = try await received(1, "a") else {
                Issue.record("it was not accepted")
                return
            }
            #expect(try await received(1, "a") == .accepted(first))
            #expect(try await received(2, "a") == .known(first))
            #expect(try await received(3, "b") == .keyReused)
            for number in 2...3 { #expect(try await store.importJob(Self.id(number)) == nil, "it is taken back") }
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `the oldest that waits is claimed, by one, until that one is silent for long`(_ kind: Ports.Kind) async throws
    {
        try await Ports.run(kind) { ports async throws in
            let store = ports.imports
            try await waiting([1, 2], ports)
            let claimed = try await withThrowingTaskGroup(of: ImportID?.self) { group in
                for worker in 0..<8 { group.addTask { try await store.claimNext(by: "w\(worker)")?.id } }
                return try await group.reduce(into: [ImportID]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(Set(claimed) == [Self.id(1), Self.id(2)] && claimed.count == 2)
            #expect(try await store.claimNext(by: "later") == nil)
            try await ports.advanceClock(7)
            let again = try #require(try await store.claimNext(by: "later"))
            #expect(again.id == Self.id(1) && again.state == .running && again.startedAt != nil)
            #expect(try await store.renew(Self.id(1), by: "later"))
            #expect(try await !store.renew(Self.id(1), by: "w0"))
            #expect(try await store.claimNext(by: "third")?.id == Self.id(2), "the first is worked on")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `who has lost an import writes nothing to it`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let (store, id) = (ports.imports, Self.id(1))
            try await waiting([1], ports)
            _ = try await store.claimNext(by: "old")
            try await ports.advanceClock(7)
            _ = try await store.claimNext(by: "new")
            var progress = ImportProgress()
            progress.recordsDone = 7
            let line = ImportReportLine(line: 3, eventID: nil, verdict: .rejected, code: "c", detail: "d", raw: "r")
            #expect(try await !store.checked(id, recordsTotal: 9, by: "old"))
            #expect(try await !store.advance(id, to: progress, [line], without: nil, by: "old"))
            #expect(try await !store.finish(id, nil, by: "old"))
            try await store.release(id, afterSeconds: 0, by: "old")
            let stored = try #require(try await store.importJob(id))
            #expect(stored.state == .running && stored.recordsTotal == nil && stored.progress == ImportProgress())
            #expect(try await store.report(id, verdict: nil, after: 0, limit: 9).isEmpty)
            #expect(try await store.advance(id, to: progress, [line], without: nil, by: "new"))
            #expect(try await store.report(id, verdict: nil, after: 0, limit: 9) == [line])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `how far it is, is kept with its report, and whoever is next goes on there`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let (store, id) = (ports.imports, Self.id(1))
            try await waiting([1], ports)
            _ = try await store.claimNext(by: "w")
            #expect(try await store.checked(id, recordsTotal: 9, by: "w"))
            var progress = ImportProgress()
            progress.recordsDone = 3
            progress.counts[.applied] = 2
            progress.counts[.rejected] = 1
            progress.skipped = [("empty", 4)]
            progress.reported = 2
            func line(_ number: Int64, _ verdict: ImportVerdict, _ detail: String = "d") -> ImportReportLine {
                ImportReportLine(
                    line: number, eventID: "e\(number)", verdict: verdict, code: "c", detail: detail, raw: "r")
            }
            #expect(
                try await store.advance(
                    id, to: progress, [line(7, .rejected), line(2, .parked), line(5, .rejected)], without: nil, by: "w")
            )
            // The same batch again, after an answer that was lost.
            #expect(
                try await store.advance(id, to: progress, [line(7, .rejected, "again")], without: nil, by: "w"))
            func lines(_ verdict: ImportVerdict?, after: Int64 = 0, limit: Int = 9) async throws -> [Int64] {
                try await store.report(id, verdict: verdict, after: after, limit: limit).map(\.line)
            }
            #expect(try await lines(nil) == [2, 5, 7])
            #expect(try await lines(nil, after: 2, limit: 1) == [5])
            #expect(try await lines(.rejected) == [5, 7])
            #expect(try await store.report(id, verdict: nil, after: 5, limit: 9).map(\.detail) == ["again"])
            try await store.release(id, afterSeconds: 30, by: "w")
            #expect(try await state(1, ports) == .waiting)
            #expect(try await store.claimNext(by: "x") == nil, "others have their turn")
            try await ports.advanceClock(31)
            let next = try #require(try await store.claimNext(by: "x"))
            #expect(next.progress == progress && next.recordsTotal == 9)
            let problem = ImportProblem(code: "bad", detail: "because", line: 8)
            #expect(try await store.finish(id, problem, by: "x"))
            let ended = try #require(try await store.importJob(id))
            #expect(ended.state == .failed && ended.problem == problem && ended.finishedAt != nil)
            #expect(try await !store.finish(id, nil, by: "x"), "once")
            try await store.deleteBody(id)
            #expect(try await store.chunk(0, of: id) == nil)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `an import that somebody wants no more ends where it is, whoever works on it`(_ kind: Ports.Kind) async throws
    {
        try await Ports.run(kind) { ports async throws in
            let store = ports.imports
            try await waiting([1, 2], ports)
            #expect(try await store.claimNext(by: "w")?.id == Self.id(1))
            for number in 1...2 {
                guard case .cancelled(let ended) = try await store.cancel(Self.id(number)) else {
                    Issue.record("\(number) was not cancelled")
                    return
                }
                #expect(ended.state == .cancelled && ended.finishedAt != nil)
                #expect(try await store.cancel(Self.id(number)) == .cancelled(ended), "again")
            }
            #expect(try await !store.renew(Self.id(1), by: "w"))
            #expect(try await store.claimNext(by: "x") == nil)
            #expect(try await store.cancel(Self.id(9)) == .notFound)
            try await waiting([3], ports)
            _ = try await store.claimNext(by: "w")
            #expect(try await store.finish(Self.id(3), nil, by: "w"))
            let done = try #require(try await store.importJob(Self.id(3)))
            #expect(done.state == .done)
            #expect(try await store.cancel(Self.id(3)) == .tooLate(done))
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `what still comes of an import that was cancelled is not kept`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let (store, id) = (ports.imports, Self.id(1))
            try await store.receive(id, Self.order())
            try await store.append([1, 2], as: 0, to: id, bytesReceived: 2)
            guard case .cancelled = try await store.cancel(id) else {
                Issue.record("it was not cancelled")
                return
            }
            try await store.append([3], as: 1, to: id, bytesReceived: 3)
            #expect(try await store.chunk(1, of: id) == nil)
            try await store.deleteBody(id)
            // A body without its first piece would be there for ever.
            try await store.append([4], as: 2, to: id, bytesReceived: 4)
            #expect(try await store.chunk(2, of: id) == nil)
            #expect(try await store.importJob(id)?.state == .cancelled)
        }
    }

}
