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

    static let till = SourceNumber(1)

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
        send([FactCommand(source: Self.till, lines: facts.map(Self.submitted), isAtomic: isAtomic, origin: origin)])[0]
    }

    static func submitted(_ fact: FactLine) -> SubmittedLine {
        SubmittedLine(.fact(fact, fact.fingerprint(testHash)), raw: Array(fact.eventID.text.utf8)[...])
    }

    mutating func send(_ commands: [FactCommand]) -> [CommandOutcome] {
        let decision = decide(snapshot(for: commands), commands, now: now, hash: testHash)
        store(decision.changes)
        now = now.advanced(byMicroseconds: 1_000)
        return decision.outcomes
    }

    private func snapshot(for commands: [FactCommand]) -> Snapshot {
        var snapshot = Snapshot(events: events)
        for name in commands.names {
            let resolution = resolve(name)
            snapshot.names[name] = resolution
            if case .known(let known) = resolution { snapshot.balances[known.key] = balances[known.key] ?? Balance() }
        }
        return snapshot
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
    }

    func balance(_ sku: String = "A", _ location: String = "L") -> Balance {
        guard let item = items[SKU(stored: sku)], let place = locations[LocationID(stored: location)] else {
            return Balance()
        }
        return balances[BalanceKey(item: item, location: place)] ?? Balance()
    }
}

extension CommandOutcome {
    var verdicts: [Verdict] { lines.map(\.verdict) }
}
