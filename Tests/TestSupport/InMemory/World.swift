package import Inventory

/// A store in memory for decisions: what the real one reads and writes, as plain values.
package struct World: Sendable {
    package var items: [SKU: ItemNumber] = [:]
    package var locations: [LocationID: LocationNumber] = [:]
    package var aliases: [Code: (sku: SKU, units: Int64)] = [:]
    package var locationAliases: [Code: LocationID] = [:]
    package var sourceSystems: [SourceNumber: CodeSystem] = [:]
    package var balances: [BalanceKey: Balance] = [:]
    package var events: [EventKey: KnownEvent] = [:]
    package var parked: [EventKey: ParkedLine] = [:]
    /// When each came.
    package var parkedAt: [EventKey: Timestamp] = [:]
    /// Numbered as they come, from 1.
    package var actors: [ActorName: ActorNumber] = [:]
    package var exceptions: [ExceptionOpening] = []
    package var lines: [LedgerLine] = []
    package var now = Timestamp(microseconds: 1_000_000_000)

    package var completeCounts: [LocationID: [CountPosition]] = [:]
    package var countLines: [CountLineKey: CountMark] = [:]
    /// Those that a count listed, or that its complete count has come to.
    package var countsStated: Set<CountLineKey> = []
    /// Counts that leave out what is packed.
    package var countsExcludingReady: Set<CountID> = []
    package var packed: [PackedKey: Int64] = [:]
    package var pendingAlarms: [PendingAlarmKey: PendingAlarm] = [:]
    package var sold: [BalanceKey: SoldUnits] = [:]
    package var reservations: [ReservationID: Reservation] = [:]
    package var requests: [RequestKeyText: KnownRequest] = [:]
    package var holds: [HoldKey: Int64] = [:]
    package var places: [LocationID: LocationTerms] = [:]
    /// Shipments that a location takes a day. All that happens in a world is on one day.
    package var dailyCapacities: [LocationID: Int64] = [:]
    package var kits: [SKU: [Item.Component]] = [:]
    package var transfers: [TransferID: Transfer] = [:]
    package var settledExceptions: [String] = []

    package static let till = SourceNumber(1)
    package static let tillID = SourceID(stored: "till")

    package init(items: [String] = ["A", "B"], locations: [String] = ["L", "M"]) {
        for item in items { add(item: item) }
        for location in locations { add(location: location) }
    }

    package mutating func add(item: String) { items[SKU(stored: item)] = ItemNumber(Int64(items.count + 1)) }

    /// The number of a name, which is new or was there before.
    package mutating func number(of actor: ActorName) -> ActorNumber {
        let number = actors[actor] ?? ActorNumber(Int32(actors.count + 1))
        actors[actor] = number
        return number
    }

    package mutating func add(location: String) {
        locations[LocationID(stored: location)] = LocationNumber(Int32(locations.count + 1))
    }

    package mutating func send(_ facts: [FactLine], isAtomic: Bool = false, origin: FactCommand.Origin = .client)
        -> CommandOutcome
    {
        send([
            FactCommand(
                source: Self.till, sourceID: Self.tillID, lines: facts.map(Self.submitted), isAtomic: isAtomic,
                origin: origin)
        ])[0]
    }

    /// Facts of a store's history, whose sources are numbered as they come.
    package mutating func send(_ facts: [FactLine], from source: SourceID) {
        let number = StoreHistory.sources.firstIndex(of: source).map { SourceNumber(Int32($0 + 1)) } ?? Self.till
        _ = send([FactCommand(source: number, sourceID: source, lines: facts.map(Self.submitted))])
    }

    package static func submitted(_ fact: FactLine) -> SubmittedLine {
        SubmittedLine(.fact(fact, fact.fingerprint(testHash)), raw: Array(fact.eventID.text.utf8)[...])
    }

    package mutating func send(_ commands: [FactCommand]) -> [CommandOutcome] {
        decideAndStore(commands.map { .facts($0) }).compactMap(\.facts)
    }

    package mutating func decideAndStore(_ commands: [Command]) -> [Outcome] {
        var snapshot = snapshot(for: commands)
        let instant = decisionInstant(snapshot, commands, now: now)
        for (key, balance) in snapshot.balances where balance.nextExpiry.map({ $0 <= instant }) ?? false {
            let of = holds.filter { $0.key.balance == key }
            snapshot.expired[key] = ExpiredHolds(
                units: of.reduce(0) { $1.key.expiresAt <= instant ? $0 + $1.value : $0 },
                next: of.filter { $0.key.expiresAt > instant && $0.value > 0 }.map(\.key.expiresAt).min())
        }
        for key in snapshot.balances.keys {
            snapshot.promises[key] = LoadedPromises(openPromises(of: key, at: instant), isAll: true)
        }
        for reservation in reservations.values {
            guard let owner = reservation.owner, reservation.state(at: instant) == .held else { continue }
            snapshot.holdings[owner, default: Holdings()].holds += 1
            for allocation in reservation.allocations where allocation.state == .held {
                snapshot.holdings[owner]?.units[allocation.key.item, default: 0] += allocation.remaining
            }
        }
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
            for known in resolution.balances { snapshot.balances[known.key] = balances[known.key] ?? Balance() }
        }
        snapshot.reservations = reservations
        for name in snapshot.namesOfPromisedKits(in: commands) {
            let resolution = resolve(name)
            snapshot.names[name] = resolution
            for known in resolution.balances { snapshot.balances[known.key] = balances[known.key] ?? Balance() }
        }
        snapshot.transfers = transfers
        snapshot.reservations = reservations
        snapshot.requests = requests
        for location in locations.keys { snapshot.places[location] = places[location] ?? LocationTerms() }
        for (location, most) in dailyCapacities {
            let shipments = reservations.values.lazy.flatMap(\.shipments).filter { shipment in
                shipment.location == location && shipment.expiresAt.map { $0 > now } ?? true
            }
            snapshot.places[location]?.shippingDay = ShippingDay(
                day: 0, shipmentsMax: most, shipments: Int64(shipments.count))
        }
        snapshot.completeCounts = [:]
        for (id, positions) in completeCounts {
            guard let location = locations[id] else { continue }
            for key in snapshot.balances.keys where key.location == location {
                snapshot.completeCounts?[key] = positions.map(\.at).max()
            }
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
            for index in marks.indices { marks[index].excludesReady = countsExcludingReady.contains(marks[index].id) }
            if let since = question.packedSince, counted == .onHand {
                for mark in marks where mark.position.at >= since { timeline.add(mark, counted) }
            }
            for instant in question.instants {
                let instants = Set(marks.map(\.position.at).filter { $0 >= instant }).sorted().prefix(2)
                for mark in marks where instants.contains(mark.position.at) { timeline.add(mark, counted) }
            }
        }
        for instant in question.counted { timeline.unitsAt[instant] = occurred(key, instant) }
        if let since = question.packedSince {
            let changes = packed.filter { $0.key.balance == key }
            timeline.packed = PackedUnits(
                now: changes.values.reduce(0, +),
                changes: changes.filter { $0.key.at > since }.map { .init(at: $0.key.at, units: $0.value) })
        }
        return timeline
    }

    /// What was there at the instant, by all that is known: the sum of all lines that occurred until then.
    package func occurred(_ key: BalanceKey, _ instant: Timestamp) -> Figures {
        lines.filter { $0.key == key && $0.occurredAt <= instant }.reduce(Figures()) { figures, line in
            figures.applying(line.posting) ?? figures
        }
    }

    package func resolve(_ name: Name) -> NameResolution {
        var sku: SKU?
        var units: Int64 = 1
        var system: CodeSystem?
        switch name.item {
        case .sku(let named): sku = items[named] == nil ? nil : named
        case .code(let given, let code):
            system = given ?? name.source.flatMap { sourceSystems[$0] }
            if system != nil, let alias = aliases[code.canonical(in: system)] { (sku, units) = alias }
        }
        var id = name.place.id
        var placeSystem: CodeSystem?
        if case .code(let given, let code) = name.place {
            placeSystem = given ?? name.source.flatMap { sourceSystems[$0] }
            if placeSystem != nil { id = locationAliases[code.canonical(in: placeSystem)] }
        }
        guard let sku, let item = items[sku], let id, let location = locations[id] else {
            return .unknown(
                UnknownName(
                    isItemKnown: sku != nil, isLocationKnown: id.flatMap { locations[$0] } != nil, codeSystem: system,
                    placeSystem: placeSystem))
        }
        let unitsPerCode = UnitsPerCode(units: units) ?? .one
        func known(_ sku: SKU, _ item: ItemNumber, _ unitsPerCode: UnitsPerCode) -> KnownName {
            KnownName(
                key: BalanceKey(item: item, location: location), sku: sku, location: id,
                unitsPerCode: unitsPerCode, itemStatus: .active, isEligible: true)
        }
        guard let parts = kits[sku] else { return .known(known(sku, item, unitsPerCode)) }
        return .kit(
            KnownKit(
                number: item, sku: sku, location: id, unitsPerCode: unitsPerCode, itemStatus: .active,
                parts: parts.compactMap { part in
                    items[part.sku].map { KnownKit.Part(name: known(part.sku, $0, .one), quantity: part.quantity) }
                }))
    }

    private mutating func store(_ changes: Changes) {
        let first = lines.count
        lines.append(contentsOf: changes.lines)
        balances.merge(changes.balances.byKey) { $1 }
        for event in changes.events {
            let state: KnownEvent.State =
                event.line.map { .inLedger(event.verdict, .recorded(Int64(first + $0))) } ?? .parked
            events[event.key] = KnownEvent(fingerprint: event.fingerprint, state: state)
        }
        for (key, fingerprint) in changes.messages {
            events[key] = KnownEvent(fingerprint: fingerprint, state: .message)
        }
        for line in changes.parked {
            events[line.key] = KnownEvent(fingerprint: line.fingerprint, state: .parked, actor: line.actor)
            parked[line.key] = line
            parkedAt[line.key] = now
        }
        for key in changes.unparked { parked[key] = nil }
        for key in changes.parkedRejected {
            parked[key] = nil
            events[key] = nil
        }
        exceptions.append(contentsOf: changes.exceptions)
        for count in changes.counts where count.excludesReady { countsExcludingReady.insert(count.id) }
        for (key, units) in changes.packed { packed[key, default: 0] += units }
        for (key, change) in changes.countLines {
            var mark = countLines[key] ?? CountMark(position: key.position, id: change.id)
            mark.quantity += change.quantity
            mark.variance += change.variance
            mark.suspectVariance += change.suspectVariance
            mark.packed += change.packed
            countLines[key] = mark
            if change.isStated { countsStated.insert(key) }
        }
        reservations.merge(changes.reservations) { $1 }
        requests.merge(changes.requests) { $1 }
        transfers.merge(changes.transfers) { $1 }
        settledExceptions += changes.settledExceptions.keys
        exceptions.removeAll { changes.settledExceptions[$0.dedupeKey] != nil }
        for (key, until) in changes.folded {
            holds = holds.filter { $0.key.balance != key || $0.key.expiresAt > until }
        }
        for (key, units) in changes.holds { holds[key, default: 0] += units }
        for (key, watch) in changes.pendingAlarms { pendingAlarms[key] = watch }
        for balance in changes.balances {
            guard let units = balance.sold else { continue }
            if var known = sold[balance.key] {
                known.add(units)
                sold[balance.key] = known
            } else {
                sold[balance.key] = units
            }
        }
    }

    package func key(_ sku: String, _ location: String) -> BalanceKey? {
        guard let item = items[SKU(stored: sku)], let place = locations[LocationID(stored: location)] else {
            return nil
        }
        return BalanceKey(item: item, location: place)
    }

    /// What is promised of a balance, one by one.
    package func openPromises(of key: BalanceKey, at instant: Timestamp) -> [OpenPromise] {
        reservations.values.flatMap { reservation in
            reservation.allocations.compactMap { allocation in
                let units = reservation.open(allocation, at: instant)
                guard allocation.key == key, units > 0 else { return nil }
                return OpenPromise(
                    id: AllocationID(reservation: reservation.id, number: allocation.number),
                    rank: allocation.state.coverRank, createdAt: allocation.createdAt, units: units)
            }
        }
    }

    package func balance(_ sku: String = "A", _ location: String = "L") -> Balance {
        key(sku, location).flatMap { balances[$0] } ?? Balance()
    }
}

extension CommandOutcome {
    package var verdicts: [Verdict] { lines.map(\.verdict) }
}
