import Inventory
import LibPQ

/// Locks and reads what a batch is decided on, in one round trip.
struct SnapshotReader {
    private let names: [Name]
    private let events: [EventKey]
    private let sources: Set<SourceNumber>

    init(_ commands: [FactCommand]) {
        names = Array(commands.names)
        events = Array(commands.eventKeys)
        sources = Set(commands.map(\.source))
    }

    struct Reading {
        var snapshot: Snapshot
        /// The database's clock, once everything was locked.
        var now: Timestamp
        /// Of the configuration, read before the names.
        var epoch: Int64
    }

    /// - Returns: nil when a name became known between two of the statements; the batch then starts over.
    func read(on session: Session) throws(PQError) -> Reading? {
        var exchange = Exchange()
        exchange.add(.begin)
        let epoch = exchange.add(.configEpochRead)
        exchange.add(.balanceEnsure) { $0.names(names) }
        let locked = exchange.add(.balanceLock) { $0.names(names) }
        let missing = exchange.add(.nameMissing) { $0.names(names) }
        let probed = exchange.add(.eventKeyProbe) { $0.eventKeys(events) }
        exchange.add(.sourceRevive) { $0.int4s(sources.map { $0.rawValue }) }
        let clock = exchange.add(.clockRead)
        let results = try session.run(exchange)
        var snapshot = Snapshot()
        for row in results[locked] { snapshot.add(balance: row, of: names) }
        for row in results[missing] { add(missing: row, to: &snapshot) }
        for row in results[probed] { snapshot.add(event: row) }
        guard snapshot.names.count == names.count else { return nil }
        return Reading(
            snapshot: snapshot, now: results[clock][0].requiredTimestamp(0), epoch: results[epoch][0].int8(0))
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
}

extension Snapshot {
    /// A row of `balanceLock` or `nameRead`.
    /// - Parameter names: in the order asked.
    mutating func add(balance row: Row, of names: [Name]) {
        let name = names[Int(row.int8(0)) - 1]
        let key = BalanceKey(item: ItemNumber(row.int8(5)), location: LocationNumber(row.int4(6)))
        self.names[name] = .known(
            KnownName(
                key: key, sku: SKU(stored: row.text(3)), location: name.location,
                unitsPerCode: UnitsPerCode(units: row.int8(1)) ?? .one,
                itemStatus: ItemStatus(stored: row.text(4)), isEligible: row.bool(2)))
        balances[key] = Balance(row, from: 7)
    }

    /// A row of `eventKeyProbe`.
    mutating func add(event row: Row) {
        let key = EventKey(source: SourceNumber(row.int4(0)), event: EventID(stored: row.text(1)))
        let verdict = Verdict(stored: row.int2(3))
        events[key] = KnownEvent(
            fingerprint: Fingerprint(stored: row.bytea(2)),
            state: verdict == .parked ? .parked : .inLedger(verdict, .recorded(row.int8(4))))
    }
}

extension Balance {
    /// From the columns of a balance, in the order in which the statements of a batch list them.
    init(_ row: Row, from first: Int32) {
        self.init(
            figures: Figures(
                onHand: row.int8(first), damaged: row.int8(first + 2), inspection: row.int8(first + 3),
                suspect: row.int8(first + 4), inTransit: row.int8(first + 5), reserved: row.int8(first + 1)),
            version: row.int8(first + 6), recordedAt: row.timestamp(first + 7), foldedUntil: row.timestamp(first + 8),
            countedAt: row.timestamp(first + 9), chainHead: Digest(stored: row.bytea(first + 10)))
    }
}

extension ParameterWriter {
    mutating func names(_ names: [Name]) {
        texts(names) { name in
            if case .code(let system, _) = name.item { system?.text } else { nil }
        }
        texts(names) { name in
            switch name.item {
            case .sku(let sku): sku.text
            case .code(_, let code): code.text
            }
        }
        int4s(names) { $0.source?.rawValue }
        texts(names) { $0.location.text }
    }

    mutating func eventKeys(_ keys: [EventKey]) {
        int4s(keys) { $0.source.rawValue }
        texts(keys) { $0.event.text }
    }
}
