import Inventory
import TestSupport

/// A store in memory for decisions: what the real one reads and writes, as plain values.
struct World {
    var items: [SKU: ItemNumber] = [:]
    var locations: [LocationID: LocationNumber] = [:]
    var aliases: [Code: (sku: SKU, units: Int64)] = [:]
    var sourceSystems: [SourceNumber: CodeSystem] = [:]
    var balances: [BalanceKey: Balance] = [:]
    var events: [EventKey: KnownEvent] = [:]
    var parked: [EventKey: ParkedLine] = [:]
    var exceptions: [ExceptionOpening] = []
    var lines: [LedgerLine] = []
    var now = Timestamp(microseconds: 1_000_000_000)

    var completeCounts: [LocationID: [CountPosition]] = [:]
    var countLines: [CountLineKey: CountMark] = [:]
    var watches: [WatchKey: Watch] = [:]
    var sold: [BalanceKey: SoldUnits] = [:]

    static let till = SourceNumber(1)
    static let tillID = SourceID(stored: "till")

    init(items: [String] = ["A", "B"], locations: [String] = ["L", "M"]) {
        for item in items { add(item: item) }
        for location in locations { add(location: location) }
    }

    mutating func add(item: String) { items[SKU(stored: item)] = ItemNumber(Int64(items.count + 1)) }

    mutating func add(location: String) {
        locations[LocationID(stored: location)] = LocationNumber(Int32(locations.count + 1))
    }

    mutating func send(_ facts: [FactLine], isAtomic: Bool = false, origin: FactCommand.Origin = .client)
        -> CommandOutcome
    {
        send([
            FactCommand(
                source: Self.till, sourceID: Self.tillID, lines: facts.map(Self.submitted), isAtomic: isAtomic,
                origin: origin)
        ])[0]
    }

    /// Facts of a store's history, whose sources are numbered as they come.
    mutating func send(_ facts: [FactLine], from source: SourceID) {
        let number = StoreHistory.sources.firstIndex(of: source).map { SourceNumber(Int32($0 + 1)) } ?? Self.till
        _ = send([FactCommand(source: number, sourceID: source, lines: facts.map(Self.submitted))])
    }

    static func submitted(_ fact: FactLine) -> SubmittedLine {
        SubmittedLine(.fact(fact, fact.fingerprint(testHash)), raw: Array(fact.eventID.text.utf8)[...])
    }

    mutating func send(_ commands: [FactCommand]) -> [CommandOutcome] {
        decideAndStore(commands.map { .facts($0) }).compactMap(\.facts)
    }

    mutating func decideAndStore(_ commands: [Command]) -> [Outcome] {
        var snapshot = snapshot(for: commands)
        for (key, question) in timelineQuestions(snapshot, commands, now: now) {
            snapshot.timelines[key] = timeline(of: key, question)
        }
        let decision = decide(snapshot, commands, now: now, hash: testHash)
        precondition(decision.isComplete, "the past that was asked for was given")
        store(decision.changes)
        now = now.advanced(byMicroseconds: 1_000)
        return decision.outcomes
    }

    private func snapshot(for commands: [Command]) -> Snapshot {
        var snapshot = Snapshot(events: events)
        for name in commands.names {
            let resolution = resolve(name)
            snapshot.names[name] = resolution
            if case .known(let known) = resolution { snapshot.balances[known.key] = balances[known.key] ?? Balance() }
        }
        snapshot.completeCounts = [:]
        for (id, positions) in completeCounts {
            if let location = locations[id] { snapshot.completeCounts?[location] = positions.map(\.at).max() }
        }
        return snapshot
    }

    /// Exactly what was asked for, as a store would find it.
    private func timeline(of key: BalanceKey, _ question: TimelineQuestion) -> Timeline {
        var timeline = Timeline()
        for counted in CountedBucket.allCases {
            var marks = countLines.filter { $0.key.balance == key && $0.key.counted == counted }.map(\.value)
            if counted == .onHand, let location = locations.first(where: { $0.value == key.location })?.key {
                for position in completeCounts[location] ?? [] where !marks.contains(where: { $0.position == position })
                {
                    marks.append(
                        CountMark(
                            position: position,
                            id: CountID(source: position.source, event: position.event, testHash)))
                }
            }
            for instant in question.instants {
                let instants = Set(marks.map(\.position.at).filter { $0 >= instant }).sorted().prefix(2)
                for mark in marks where instants.contains(mark.position.at) { timeline.add(mark, counted) }
            }
        }
        for instant in question.counted { timeline.unitsAt[instant] = occurred(key, instant) }
        return timeline
    }

    /// What was there at the instant, by all that is known: the sum of all lines that occurred until then.
    func occurred(_ key: BalanceKey, _ instant: Timestamp) -> Figures {
        lines.filter { $0.key == key && $0.occurredAt <= instant }.reduce(Figures()) { figures, line in
            figures.applying(line.posting) ?? figures
        }
    }

    private func resolve(_ name: Name) -> NameResolution {
        var sku: SKU?
        var units: Int64 = 1
        var system: CodeSystem?
        switch name.item {
        case .sku(let named): sku = items[named] == nil ? nil : named
        case .code(let given, let code):
            system = given ?? name.source.flatMap { sourceSystems[$0] }
            if system != nil, let alias = aliases[code.canonical(in: system)] { (sku, units) = alias }
        }
        let location = locations[name.location]
        guard let sku, let item = items[sku], let location else {
            return .unknown(
                UnknownName(isItemKnown: sku != nil, isLocationKnown: location != nil, codeSystem: system))
        }
        return .known(
            KnownName(
                key: BalanceKey(item: item, location: location), sku: sku, location: name.location,
                unitsPerCode: UnitsPerCode(units: units) ?? .one, itemStatus: .active, isEligible: true))
    }

    private mutating func store(_ changes: Changes) {
        let first = lines.count
        lines.append(contentsOf: changes.lines)
        balances.merge(changes.balances) { $1 }
        for event in changes.events {
            let state: KnownEvent.State =
                event.line.map { .inLedger(event.verdict, .recorded(Int64(first + $0))) } ?? .parked
            events[event.key] = KnownEvent(fingerprint: event.fingerprint, state: state)
        }
        for line in changes.parked { parked[line.key] = line }
        for key in changes.unparked { parked[key] = nil }
        for key in changes.parkedRejected {
            parked[key] = nil
            events[key] = nil
        }
        exceptions.append(contentsOf: changes.exceptions)
        for (key, change) in changes.countLines {
            var mark = countLines[key] ?? CountMark(position: key.position, id: change.id)
            mark.quantity += change.quantity
            mark.variance += change.variance
            mark.suspectVariance += change.suspectVariance
            countLines[key] = mark
        }
        for (key, watch) in changes.watches { watches[key] = watch }
        for (key, units) in changes.sold {
            if var known = sold[key] {
                known.add(units)
                sold[key] = known
            } else {
                sold[key] = units
            }
        }
    }

    func key(_ sku: String, _ location: String) -> BalanceKey? {
        guard let item = items[SKU(stored: sku)], let place = locations[LocationID(stored: location)] else {
            return nil
        }
        return BalanceKey(item: item, location: place)
    }

    func balance(_ sku: String = "A", _ location: String = "L") -> Balance {
        key(sku, location).flatMap { balances[$0] } ?? Balance()
    }
}

extension CommandOutcome {
    var verdicts: [Verdict] { lines.map(\.verdict) }
}
