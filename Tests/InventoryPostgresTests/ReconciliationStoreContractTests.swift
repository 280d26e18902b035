import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What every store of reconciliations promises (see `BatchStoreContractTests`).
@Suite struct ReconciliationStoreContractTests {
    static let wms = SourceID(stored: "wms")
    static let second: Int64 = 1_000_000
    /// Data of until an instant is waited for so long, unless a test says otherwise.
    static let wait = Duration.seconds(0)

    /// Items A and B at L and M, 10 of each, and a source that may correct them.
    func withStock(_ kind: Ports.Kind, _ body: @escaping @Sendable (Ports) async throws -> Void) async throws {
        try await Ports.run(kind) { ports async throws in
            for sku in ["A", "B"] { try await ports.addItem(sku) }
            for id in ["L", "M"] { try await ports.addLocation(id) }
            let wms = Source(id: Self.wms, codeSystem: CodeSystem(stored: "erp"), authority: .authoritative)
            _ = try await ports.catalog.putSource(wms, .none, by: nil).get()
            _ = try await ports.commit(
                ["L", "M"].flatMap { place in
                    ["A", "B"].map { .receipt("r \($0) \(place)", $0, at: place, 10) }
                })
            try await body(ports)
        }
    }

    static func line(_ sku: String, _ quantity: Int64, at location: String = "L") -> PostedReconciliation.Line {
        .init(item: .sku(SKU(stored: sku)), location: .id(LocationID(stored: location)), quantity: quantity)
    }

    static func posted(
        _ event: String, _ lines: [PostedReconciliation.Line], at asOf: Timestamp, completeAt: String? = nil,
        inFlightSeconds: Int64 = 0, corrects: Bool = true
    ) -> PostedReconciliation {
        PostedReconciliation(
            source: wms, event: EventID(stored: event), asOf: asOf,
            completeAt: completeAt.map(LocationID.init(stored:)),
            inFlightSeconds: inFlightSeconds, corrects: corrects, lines: lines)
    }

    func open(_ posted: PostedReconciliation, _ ports: Ports) async throws -> StoredReconciliation {
        try await ports.reconciliations.open(posted, from: ports.batches.sourceNumber(posted.source)).get().stored
    }

    /// Compares all that waits and finishes it, as the service does, and corrects nothing.
    func finish(
        _ posted: PostedReconciliation, _ ports: Ports, isAwaiting: Bool = false
    ) async throws -> StoredReconciliation {
        let stored = try await open(posted, ports)
        try await compareAndFinish(stored, ports, isAwaiting: isAwaiting)
        return try #require(try await ports.reconciliations.reconciliation(stored.id))
    }

    func compareAndFinish(_ stored: StoredReconciliation, _ ports: Ports, isAwaiting: Bool = false) async throws {
        let store = ports.reconciliations
        let pairs = try await store.waiting(stored, after: -1, limit: 100, wait: Self.wait)
        try await store.keep(
            stored.id,
            pairs.map { pair in
                let result = pair.comparison.result(pair.limits)
                return ComparedPair(
                    line: pair.line, ours: pair.comparison.ours, version: pair.version, rule: pair.rule,
                    result: result, isToCorrect: false, isAwaiting: isAwaiting && result == .variance, problem: nil)
            })
        #expect(try await store.finish(stored.id))
    }

    func lines(
        _ id: ReconciliationID, _ ports: Ports, _ filter: ReconciledLineFilter = .all
    ) async throws -> [ReconciledLine] {
        try await ports.reconciliations.lines(id, filter, PageRequest(limit: 100)).elements
    }

    @Test(arguments: Ports.Kind.allCases)
    func `figures are stored once, and their event id is for these figures`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let (store, number) = (ports.reconciliations, try await ports.batches.sourceNumber(Self.wms))
            let now = try await store.now()
            let posted = Self.posted("1", [Self.line("A", 12)], at: now, inFlightSeconds: 60)
            let first = try await store.open(posted, from: number).get()
            #expect(first.isNew && !first.stored.isDone && first.stored.summary == nil)
            #expect(first.stored.source == Self.wms && first.stored.event.text == "1" && first.stored.asOf == now)
            #expect(first.stored.isAuthoritative && first.stored.corrects && !first.stored.isComplete)
            #expect(first.stored.inFlightSeconds == 60)
            #expect(try await store.reconciliation(first.stored.id) == first.stored)
            let again = try await store.open(posted, from: number).get()
            #expect(!again.isNew && again.stored == first.stored)
            // What the source may do is as it was then.
            _ = try await ports.catalog.putSource(Source(id: Self.wms), .none, by: nil).get()
            #expect(try await store.reconciliation(first.stored.id)?.isAuthoritative == true)
            for other in [
                Self.posted("1", [Self.line("A", 13)], at: now, inFlightSeconds: 60),
                Self.posted("1", [Self.line("A", 12)], at: now, inFlightSeconds: 61),
            ] {
                await #expect(throws: ReconciliationRejection.reused) {
                    try await store.open(other, from: number).get()
                }
            }
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `of many who send one thing at once one stores it`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let (store, number) = (ports.reconciliations, try await ports.batches.sourceNumber(Self.wms))
            let posted = Self.posted("1", [Self.line("A", 12)], at: try await store.now())
            let new = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { try await store.open(posted, from: number).get().isNew } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(new == 1)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `figures from the future and of an unknown place are refused, and nothing of them is kept`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            let (store, number) = (ports.reconciliations, try await ports.batches.sourceNumber(Self.wms))
            let now = try await store.now()
            let later = now.advanced(byMicroseconds: 3_600 * Self.second)
            for (asOf, place, expected) in [(now, "no", "place"), (later, "no", "future"), (later, "L", "future")] {
                let posted = Self.posted("1", [Self.line("A", 12)], at: asOf, completeAt: place)
                for rejection in [
                    try await store.open(posted, from: number).failure,
                    try await store.look(at: posted, wait: Self.wait).failure,
                ] {
                    switch rejection {
                    case .inFuture(let seen): #expect(expected == "future" && seen >= now && seen < later)
                    case .unknownLocation: #expect(expected == "place")
                    case .reused, nil: Issue.record("\(String(describing: rejection)) of \(expected)")
                    }
                }
            }
            #expect(try await store.reconciliations(ReconciliationFilter(), PageRequest()).elements.isEmpty)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `lines of one item add up by whatever code, and what is not known is a line of its own`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            let erp = CodeSystem(stored: "erp")
            let alias = Alias(
                codeSystem: erp, code: Code(stored: "case"), sku: SKU(stored: "A"),
                unitsPerCode: UnitsPerCode(units: 12) ?? .one)
            _ = try await ports.catalog.putAlias(alias, .none, by: nil).get()
            let place = LocationAlias(codeSystem: erp, code: Code(stored: "0815"), location: LocationID(stored: "M"))
            _ = try await ports.catalog.putLocationAlias(place, .none, by: nil).get()
            let kit = Item(sku: SKU(stored: "K"), name: "K")
            let parts = [KitPart(item: .sku(SKU(stored: "A")), quantity: 1)]
            _ = try await ports.catalog.putItem(kit, parts: parts, .none, by: nil).get()
            let atL = LocationReference.id(LocationID(stored: "L"))
            let sent: [PostedReconciliation.Line] = [
                Self.line("no", 1), Self.line("A", 2),
                .init(item: .code(system: nil, alias.code), location: atL, quantity: 3),
                .init(item: .code(system: erp, Code(stored: "unknown")), location: atL, quantity: 4),
                .init(item: .sku(SKU(stored: "B")), location: .code(system: nil, place.code), quantity: 5),
                Self.line("B", 6, at: "nowhere"), Self.line("K", 7), Self.line("A", -1),
                .init(item: .sku(SKU(stored: "B")), location: .code(system: erp, Code(stored: "?")), quantity: 8),
            ]
            let stored = try await open(Self.posted("1", sent, at: try await ports.reconciliations.now()), ports)
            let lines = try await lines(stored.id, ports)
            #expect(lines.map(\.number) == [0, 1, 3, 4, 5, 6, 8])
            #expect(lines.map(\.theirs) == [1, 2 + 36 - 1, 4, 5, 6, 7, 8])
            #expect(
                lines.map(\.status.rawValue) == [
                    "unknown", "waiting", "unknown", "waiting", "unknown", "unknown", "unknown",
                ])
            #expect(lines.map { $0.sku?.text } == ["no", "A", nil, "B", "B", "K", "B"])
            #expect(lines.map { $0.code?.text } == [nil, nil, "unknown", nil, nil, nil, nil])
            #expect(lines[2].codeSystem == erp)
            #expect(lines.map(\.location.text) == ["L", "L", "L", "M", "nowhere", "L", "?"])
            #expect(lines.map { $0.problem != nil } == lines.map { $0.status == .unknown })
            #expect(try await self.lines(stored.id, ports, .only(.waiting)).map(\.number) == [1, 4])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `what a complete one does not list was nothing there, and comes behind what it lists`(
        _ kind: Ports.Kind
    ) async throws {
        try await withStock(kind) { ports in
            try await ports.addItem("C")
            _ = try await ports.commit([.receipt("c", "C", at: "L", 3)])
            try await ports.addItem("never there")
            let sent = [Self.line("no", 1), Self.line("B", 10)]
            let now = try await ports.reconciliations.now()
            let stored = try await open(Self.posted("1", sent, at: now, completeAt: "L"), ports)
            #expect(stored.isComplete)
            let lines = try await lines(stored.id, ports)
            #expect(lines.map { $0.sku?.text } == ["no", "B", "A", "C"])
            #expect(lines.map(\.number) == [0, 1, 2, 3])
            #expect(lines.map(\.theirs) == [1, 10, 0, 0])
            #expect(lines.allSatisfy { $0.location.text == "L" })
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a look finds what would be stored, in order, and keeps nothing`(_ kind: Ports.Kind) async throws {
        try await withStock(kind) { ports in
            let store = ports.reconciliations
            let sent = [Self.line("no", 1), Self.line("B", 9), Self.line("K", 1), Self.line("A", 10, at: "M")]
            let now = try await store.now()
            let posted = Self.posted("1", sent, at: now, completeAt: "L")
            let looked = try await store.look(at: posted, wait: Self.wait).get()
            #expect(looked.stored.isAuthoritative && looked.stored.source == Self.wms)
            let found = looked.lines.map { line in
                switch line {
                case .unknown(let line): "\(line.number) unknown \(line.sku?.text ?? "")"
                case .comparable(let pair, let sku, let location):
                    "\(pair.line) \(sku) \(location) \(pair.comparison.theirs) \(pair.comparison.ours)"
                }
            }
            #expect(found == ["0 unknown no", "1 B L 9 10", "2 unknown K", "3 A M 10 10", "4 A L 0 10"])
            #expect(try await store.reconciliations(ReconciliationFilter(), PageRequest()).elements.isEmpty)
            // The same as what is then stored.
            let stored = try await open(posted, ports)
            let waiting = try await store.waiting(stored, after: -1, limit: 10, wait: Self.wait)
            #expect(
                waiting
                    == looked.lines.compactMap { if case .comparable(let pair, _, _) = $0 { pair } else { nil } })
            // Of a source that nobody knows too.
            let strange = PostedReconciliation(
                source: SourceID(stored: "strange"), event: EventID(stored: "1"), asOf: now, completeAt: nil,
                inFlightSeconds: 0, corrects: true, lines: [Self.line("A", 1)])
            let unknown = try await store.look(at: strange, wait: Self.wait).get()
            #expect(!unknown.stored.isAuthoritative && unknown.lines.count == 1)
            #expect(try await ports.catalog.source(strange.source) == nil)
        }
    }

}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
