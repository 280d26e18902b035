import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What figures are compared with, and what people are told of.
extension ReconciliationStoreContractTests {
    @Test(arguments: Ports.Kind.allCases)
    func `what waits is given in steps, as the ledger had it at the instant`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            try await ports.advanceClock(100)
            let asOf = try await store.now()
            try await ports.advanceClock(100)
            func sale(_ event: String, _ seconds: Int64, _ units: Int64) -> FactLine {
                .sale(event, "A", at: "L", units, occurredAt: asOf.advanced(byMicroseconds: seconds * Self.second))
            }
            _ = try await ports.commit([sale("long ago", -90, 4), sale("before", -30, 1), sale("after", 30, 2)])
            let sent = [Self.line("A", 10), Self.line("B", 10), Self.line("A", 10, at: "M")]
            let stored = try await open(Self.posted("1", sent, at: asOf, inFlightSeconds: 60), ports)
            let first = try await store.waiting(stored, after: -1, limit: 2, wait: Self.wait)
            #expect(first.map(\.line) == [0, 1])
            #expect(first.map(\.comparison.ours) == [5, 10])
            #expect(first[0].comparison.changes.map(\.units).sorted() == [-4, -2, -1], "late ones and those in reach")
            #expect(first[0].comparison.changes.allSatisfy { $0.recordedAt > asOf })
            #expect(first[1].comparison.changes.isEmpty, "nothing is looked for where figures agree")
            #expect(first[0].limits == .none && first[0].rule == nil)
            #expect(!first[0].isCounted && !first[0].isOlder && first[0].awaited == nil)
            let second = try await store.waiting(stored, after: 1, limit: 2, wait: Self.wait)
            #expect(second.map(\.line) == [2])
            let exact = try await open(Self.posted("2", sent, at: asOf), ports)
            #expect(
                try await store.waiting(exact, after: -1, limit: 1, wait: Self.wait)[0].comparison.changes.isEmpty,
                "nothing is explained where nothing is in flight")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a count of the instant, newer figures and sources that may still send are told of what is off`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            let till = Source(id: SourceID(stored: "shop till"), locations: [LocationID(stored: "L")])
            _ = try await ports.catalog.putSource(till, .none, by: nil).get()
            try await ports.advanceClock(100)
            let asOf = try await store.now()
            try await ports.advanceClock(1)
            let count = FactLine(
                eventID: EventID(stored: "c"), item: .sku(SKU(stored: "B")), location: LocationID(stored: "L"),
                change: .count(CountStatement(quantity: CountedQuantity(units: 10) ?? .none)), occurredAt: asOf)
            _ = try await ports.commit([count])
            let sent = [Self.line("A", 11), Self.line("B", 11), Self.line("A", 10, at: "M")]
            let old = try await open(Self.posted("old", sent, at: asOf), ports)
            func pairs(_ wait: Duration) async throws -> [WaitingPair] {
                try await store.waiting(old, after: -1, limit: 9, wait: wait)
            }
            #expect(try await pairs(.seconds(3_600)).map(\.awaited) == ["'shop till'", "'shop till'", nil])
            #expect(try await pairs(.seconds(0)).map(\.awaited) == [nil, nil, nil])
            #expect(try await pairs(.seconds(0)).map(\.isCounted) == [false, true, false])
            try await ports.hear("shop till", "L")
            #expect(try await pairs(.seconds(3_600)).map(\.awaited) == [nil, nil, nil])
            try await ports.advanceClock(1)
            _ = try await finish(Self.posted("new", [sent[0], sent[2]], at: try await store.now()), ports)
            #expect(try await pairs(.seconds(0)).map(\.isOlder) == [true, false, false])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `the most specific rule applies, and there is one of each scope`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let (store, rules) = (ports.reconciliations, ports.reconciliationRules)
            func rule(_ id: String, _ source: String?, _ location: String?) -> ReconciliationRule {
                ReconciliationRule(
                    id: ReconciliationRuleID(stored: id), source: source.map(SourceID.init(stored:)),
                    location: location.map(LocationID.init(stored:)),
                    limits: ReconciliationLimits(toleranceUnits: 3, tolerancePercent: 4, autoCorrectUnits: 5))
            }
            let stored = try await open(
                Self.posted("1", [Self.line("A", 1)], at: try await store.now()), ports)
            func applies() async throws -> String? {
                let pair = try await store.waiting(stored, after: -1, limit: 1, wait: Self.wait)[0]
                #expect(pair.limits == (pair.rule == nil ? .none : rule("", nil, nil).limits))
                return pair.rule?.text
            }
            var expected: String?
            for (id, source, location) in [
                ("all", nil, nil), ("source", "wms", nil), ("place", nil, "L"), ("both", "wms", "L"),
            ]
                as [(String, String?, String?)]
            {
                #expect(try await applies() == expected)
                let put = try await rules.putReconciliationRule(rule(id, source, location), .none, by: nil)
                #expect(put.gist() == "created v1")
                let again = try await rules.putReconciliationRule(rule(id, source, location), .versions([1]), by: nil)
                #expect(again.gist() == "unchanged v1")
                let twice = try await rules.putReconciliationRule(rule("other", source, location), .none, by: nil)
                #expect(twice.gist() == "in use")
                expected = id
            }
            #expect(try await applies() == "both")
            for (source, location, gist) in [("no", "L", "unknown /source"), ("wms", "no", "unknown /location")] {
                let put = try await rules.putReconciliationRule(rule("other", source, location), .none, by: nil)
                #expect(put.gist() == gist)
            }
            let put = try await rules.putReconciliationRule(rule("other", "no", nil), .exists, by: nil)
            #expect(put.rejection == .preconditionFailed(current: nil))
            let page = try await rules.reconciliationRules(PageRequest(after: "all", limit: 2, includesTotal: true))
            #expect(page.elements.map(\.value.id.text) == ["both", "place"] && page.hasMore && page.total == 4)
            let both = ReconciliationRuleID(stored: "both")
            #expect(
                try await rules.deleteReconciliationRule(both, .versions([7]), by: nil).rejection
                    == .preconditionFailed(current: 1))
            #expect(try await rules.deleteReconciliationRule(both, .none, by: nil).rejection == nil)
            #expect(try await rules.deleteReconciliationRule(both, .none, by: nil).rejection == .notFound)
            #expect(try await rules.reconciliationRule(both) == nil)
            #expect(try await applies() == "place")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `who compares a line first counts, and a correction is noted once`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            let sent = [Self.line("A", 12), Self.line("B", 10), Self.line("A", 7, at: "M"), Self.line("no", 1)]
            let stored = try await open(Self.posted("1", sent, at: try await store.now()), ports)
            func compared(_ line: Int, _ result: ComparisonResult, corrects: Bool = false, ours: Int64 = 10)
                -> ComparedPair
            {
                ComparedPair(
                    line: line, ours: ours, version: 4, rule: nil, result: result, isToCorrect: corrects,
                    isAwaiting: false, problem: nil)
            }
            try await store.keep(
                stored.id, [compared(0, .variance, corrects: true), compared(2, .variance, corrects: true)])
            try await store.keep(
                stored.id,
                [
                    compared(0, .matched, ours: 1), compared(1, .matched),
                    compared(2, .explained(.init(.lateData, changes: 2)), ours: 1),
                ])
            #expect(try await store.waiting(stored, after: -1, limit: 9, wait: Self.wait).isEmpty)
            let due = try await store.dueCorrections(stored.id, after: -1, limit: 1)
            #expect(
                due == [
                    DueCorrection(
                        line: 0, sku: SKU(stored: "A"), location: LocationID(stored: "L"), difference: 2, version: 4)
                ])
            #expect(try await store.dueCorrections(stored.id, after: 0, limit: 9).map(\.difference) == [-3])
            #expect(try await !store.finish(stored.id), "somebody else may be about to correct them")
            let older = DoneCorrection(line: 0, version: 3, sequence: nil, problem: "compared again since")
            try await store.keep(stored.id, [older])
            try await store.keep(stored.id, [DoneCorrection(line: 0, version: 4, sequence: 77, problem: nil)])
            try await store.keep(
                stored.id,
                [
                    DoneCorrection(line: 0, version: 4, sequence: 78, problem: nil),
                    DoneCorrection(line: 1, version: 4, sequence: 79, problem: nil),
                    DoneCorrection(line: 2, version: 4, sequence: nil, problem: "not taken"),
                ])
            let lines = try await lines(stored.id, ports)
            #expect(lines.map(\.status) == [.corrected, .matched, .variance, .unknown])
            #expect(lines.map(\.sequence) == [77, nil, nil, nil])
            #expect(lines[2].problem == "not taken")
            #expect(try await store.dueCorrections(stored.id, after: -1, limit: 9).isEmpty, "at this version never")
            #expect(try await store.finish(stored.id))
            let done = try #require(try await store.reconciliation(stored.id))
            var summary = ReconciliationSummary()
            (summary.lines, summary.matched, summary.variance, summary.corrected, summary.unknown) = (4, 1, 1, 1, 1)
            (summary.unitsTheirs, summary.unitsOurs, summary.absoluteVariance) = (29, 30, 5)
            #expect(done.isDone && done.summary == summary)
            #expect(try await store.finish(stored.id))
            #expect(try await store.reconciliation(stored.id) == done)
            #expect(try await self.lines(stored.id, ports, .notMatched).map(\.number) == [0, 2, 3])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a line whose balance has changed is compared again, so often, and nothing is done while one waits`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            let stored = try await open(Self.posted("1", [Self.line("A", 12)], at: try await store.now()), ports)
            func due() async throws -> [DueCorrection] {
                try await store.dueCorrections(stored.id, after: -1, limit: 9)
            }
            func compare() async throws -> Int64? {
                let pairs = try await store.waiting(stored, after: -1, limit: 9, wait: Self.wait)
                try await store.keep(
                    stored.id,
                    pairs.map {
                        ComparedPair(
                            line: $0.line, ours: $0.comparison.ours, version: $0.version, rule: nil, result: .variance,
                            isToCorrect: true, isAwaiting: false, problem: nil)
                    })
                return pairs.first?.version
            }
            let version = try #require(try await compare())
            let first = try await due()
            #expect(first.map(\.version) == [version])
            _ = try await ports.commit([.sale("s", "A", at: "L", 1)])
            try await store.compareAgain(stored.id, first, times: 2, problem: "it moves")
            #expect(try await lines(stored.id, ports).map(\.status) == [.waiting])
            #expect(try await due().isEmpty)
            #expect(try await !store.finish(stored.id), "a line waits")
            #expect(try await compare() == version + 1)
            // Somebody else, who has compared nothing since, changes nothing.
            try await store.compareAgain(stored.id, first, times: 2, problem: "it moves")
            #expect(try await due().map(\.version) == [version + 1])
            try await store.compareAgain(stored.id, try await due(), times: 2, problem: "it moves")
            let left = try await lines(stored.id, ports)
            #expect(left.map(\.status) == [.variance] && left.map(\.problem) == ["it moves"])
            #expect(try await due().isEmpty)
            #expect(try await store.finish(stored.id))
            // Of what is done nothing waits any more.
            try await store.compareAgain(stored.id, first, times: 9, problem: "it moves")
            #expect(try await lines(stored.id, ports) == left)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `people are told once of what is off, by the newest figures, until it agrees`(_ kind: Ports.Kind) async throws
    {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            var instants: [Timestamp] = []
            for _ in 0..<3 {
                try await ports.advanceClock(10)
                instants.append(try await store.now())
            }
            func tell(_ event: String, _ a: Int64, _ b: Int64, _ instant: Int) async throws -> Set<String> {
                let lines = [Self.line("A", a), Self.line("B", b)]
                _ = try await finish(Self.posted(event, lines, at: instants[instant]), ports)
                return try await ports.openVariances()
            }
            #expect(try await tell("1", 11, 10, 0) == ["A L"])
            #expect(try await tell("2", 12, 12, 2) == ["A L", "B L"])
            #expect(try await tell("between", 10, 10, 1) == ["A L", "B L"], "newer ones are known to be off")
            #expect(try await tell("3", 10, 12, 2) == ["B L"])
            #expect(try await tell("late", 15, 10, 0) == ["B L"], "newer ones agree")
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `of what waits for data people are told once it has come or was waited for, if it is off still`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            let till = Source(id: SourceID(stored: "shop till"), locations: ["L", "M"].map(LocationID.init(stored:)))
            _ = try await ports.catalog.putSource(till, .none, by: nil).get()
            try await ports.advanceClock(100)
            let asOf = try await store.now()
            try await ports.advanceClock(1)
            let sent = [Self.line("A", 8), Self.line("B", 9), Self.line("A", 9, at: "M")]
            _ = try await finish(Self.posted("1", sent, at: asOf), ports, isAwaiting: true)
            let hour = Duration.seconds(3_600)
            #expect(try await ports.openVariances().isEmpty)
            #expect(try await store.tellOfAwaited(wait: hour, limit: 9) == 0)
            // What was missing comes to L.
            let sale = FactLine.sale(
                "late", "A", at: "L", 2, occurredAt: asOf.advanced(byMicroseconds: -10 * Self.second))
            _ = try await ports.commit([sale])
            try await ports.hear("shop till", "L")
            #expect(try await store.tellOfAwaited(wait: hour, limit: 1) == 1)
            #expect(try await store.tellOfAwaited(wait: hour, limit: 9) == 1)
            #expect(try await ports.openVariances() == ["B L"])
            #expect(try await store.tellOfAwaited(wait: hour, limit: 9) == 0)
            #expect(try await store.tellOfAwaited(wait: .seconds(0), limit: 9) == 1, "M was waited for long enough")
            #expect(try await ports.openVariances() == ["B L", "A M"])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `lists show the newest first, in pages, and what was cut off oldest first`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            var stored: [StoredReconciliation] = []
            for (event, place) in [("1", "L"), ("2", "M"), ("3", "L")] {
                stored.append(
                    try await open(
                        Self.posted(event, [Self.line("A", 10, at: place)], at: try await store.now()), ports))
                try await ports.advanceClock(1)
            }
            func listed(_ filter: ReconciliationFilter = ReconciliationFilter(), _ page: PageRequest = PageRequest())
                async throws -> [String]
            {
                try await store.reconciliations(filter, page).elements.map(\.event.text)
            }
            #expect(try await listed() == ["3", "2", "1"])
            let page = try await store.reconciliations(
                ReconciliationFilter(), PageRequest(limit: 2, includesTotal: true))
            #expect(page.hasMore && page.total == 3)
            let key = "\(stored[1].createdAt.microseconds) \(stored[1].id)"
            #expect(try await listed(ReconciliationFilter(), PageRequest(after: key)) == ["1"])
            var filter = ReconciliationFilter()
            filter.location = LocationID(stored: "L")
            #expect(try await listed(filter) == ["3", "1"])
            filter.source = SourceID(stored: "other")
            #expect(try await listed(filter) == [])
            let now = try await store.now()
            #expect(try await store.unfinished(before: now, limit: 2).map(\.event.text) == ["1", "2"])
            #expect(try await store.unfinished(before: stored[1].createdAt, limit: 9).map(\.event.text) == ["1"])
            try await compareAndFinish(stored[0], ports)
            #expect(try await store.unfinished(before: now, limit: 9).map(\.event.text) == ["2", "3"])
            let lines = try await store.lines(stored[0].id, .all, PageRequest(after: "0", includesTotal: true))
            #expect(lines.elements.isEmpty && lines.total == 1 && !lines.hasMore)
        }
    }
}
