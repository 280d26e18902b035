import Inventory
import LibPQ

/// Locks and reads what a batch is decided on, in one round trip.
struct SnapshotReader {
    private let names: [Name]
    private let events: [EventKey]
    private let sources: Set<SourceNumber>

    init(_ commands: [FactCommand]) {
        var names: Set<Name> = []
        var events: Set<EventKey> = []
        for command in commands {
            names.formUnion(command.names)
            for case .fact(let fact, _) in command.lines.lazy.map(\.content) {
                events.insert(EventKey(source: command.source, event: fact.eventID))
            }
        }
        sources = Set(commands.map(\.source))
        self.names = Array(names)
        self.events = Array(events)
    }

    /// - Returns: nil when a name became known between two of the statements; the batch then starts over.
    func read(on session: Session) throws(PQError) -> (snapshot: Snapshot, now: Timestamp)? {
        var exchange = Exchange()
        exchange.add(.begin)
        exchange.add(.balanceEnsure, write)
        let locked = exchange.add(.balanceLock, write)
        let missing = exchange.add(.nameMissing, write)
        let probed = exchange.add(.eventKeyProbe) {
            $0.int4s(events.map { $0.source.rawValue })
            $0.texts(events.map { $0.event.text })
        }
        exchange.add(.sourceRevive) { $0.int4s(sources.map { $0.rawValue }) }
        let clock = exchange.add(.clockRead)
        let results = try session.run(exchange)
        var snapshot = Snapshot()
        for row in results[locked] { add(balance: row, to: &snapshot) }
        for row in results[missing] { add(missing: row, to: &snapshot) }
        for row in results[probed] { add(event: row, to: &snapshot) }
        guard snapshot.names.count == names.count else { return nil }
        return (snapshot, Timestamp(microseconds: results[clock][0].timestamptz(0)))
    }

    private func write(_ writer: inout ParameterWriter) {
        writer.texts(
            names.map { name in
                if case .code(let system, _) = name.item { system?.text } else { nil }
            })
        writer.texts(
            names.map { name in
                switch name.item {
                case .sku(let sku): sku.text
                case .code(_, let code): code.text
                }
            })
        writer.int4s(names.map { $0.source?.rawValue })
        writer.texts(names.map { $0.location.text })
    }

    private func add(balance row: Row, to snapshot: inout Snapshot) {
        let name = names[Int(row.int8(0)) - 1]
        let key = BalanceKey(item: ItemNumber(row.int8(5)), location: LocationNumber(row.int4(6)))
        snapshot.names[name] = .known(
            KnownName(
                key: key, sku: SKU(stored: row.text(3)), location: name.location,
                unitsPerCode: UnitsPerCode(units: row.int8(1)) ?? .one,
                itemStatus: ItemStatus(stored: row.text(4)), isEligible: row.bool(2)))
        snapshot.balances[key] = Balance(
            figures: Figures(
                onHand: row.int8(7), damaged: row.int8(9), inspection: row.int8(10), suspect: row.int8(11),
                inTransit: row.int8(12), reserved: row.int8(8)),
            version: row.int8(13), recordedAt: row.timestamp(14), foldedUntil: row.timestamp(15),
            countedAt: row.timestamp(16), chainHead: Digest(stored: row.bytea(17)))
    }

    private func add(missing row: Row, to snapshot: inout Snapshot) {
        let name = names[Int(row.int8(0)) - 1]
        // The lock statement saw it known: then it is, whatever this later statement says.
        guard snapshot.names[name] == nil else { return }
        snapshot.names[name] = .unknown(
            UnknownName(
                isItemKnown: row.bool(1), isLocationKnown: row.bool(2),
                codeSystem: row.textIfPresent(3).map(CodeSystem.init(stored:))))
    }

    private func add(event row: Row, to snapshot: inout Snapshot) {
        let key = EventKey(source: SourceNumber(row.int4(0)), event: EventID(stored: row.text(1)))
        let verdict = Verdict(stored: row.int2(3))
        snapshot.events[key] = KnownEvent(
            fingerprint: Fingerprint(stored: row.bytea(2)),
            state: verdict == .parked ? .parked : .inLedger(verdict, .recorded(row.int8(4))))
    }
}
