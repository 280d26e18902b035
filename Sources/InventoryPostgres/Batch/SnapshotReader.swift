import Inventory
import LibPQ

/// Locks and reads what a batch is decided on: in one round trip, and a further one each where a balance has its first
/// line or where the past has a part in it.
struct SnapshotReader {
    private let commands: [Command]
    private let names: [Name]
    private let events: [EventKey]
    private let subjects: [RejectedLineKey]
    private let sources: Set<SourceNumber>
    private let promises: PromiseReader
    private let transfers: TransferReader
    private let clock: DatabaseClock
    private let locks: Bool

    /// - Parameters:
    ///   - besides: names that the commands need and do not have themselves.
    ///   - locks: whether balances are locked, and sources revived. What is only looked at needs neither.
    init(commands: [Command], besides: Set<Name> = [], clock: DatabaseClock, locks: Bool = true) {
        self.commands = commands
        self.clock = clock
        self.locks = locks
        names = Array(commands.names.union(besides))
        events = Array(commands.facts.eventKeys)
        subjects = Array(commands.facts.subjects)
        sources = Set(commands.facts.map(\.source))
        promises = PromiseReader(commands: commands)
        transfers = TransferReader(commands: commands)
    }

    struct Reading {
        var snapshot: Snapshot
        /// The instant of the batch: the database's clock, once everything was locked, but nothing written before it in this
        /// process is later.
        var now: Timestamp
        /// Of the configuration, read before the names.
        var epoch: Int64
        /// Sources that were deleted and are back, since they report again.
        var revived: [SourceID]
    }

    /// - Returns: nil when a name became known between two of the statements; the batch then starts over.
    func read(on session: Session) throws(PQError) -> Reading? {
        var exchange = Exchange()
        exchange.add(.begin)
        promises.addLocks(to: &exchange)
        let epoch = exchange.add(.configEpochRead)
        exchange.add(.balanceEnsure) { $0.names(names) }
        let locked = exchange.add(locks ? .balanceLock : .nameRead) { $0.names(names) }
        let missing = exchange.add(.nameMissing) { $0.names(names) }
        let probed = events.isEmpty ? nil : exchange.add(.eventKeyProbe) { $0.eventKeys(events) }
        let rejectedAt =
            subjects.isEmpty
            ? nil
            : exchange.add(.rejectedLineProbe) {
                $0.int4s(subjects) { $0.source.rawValue }
                $0.texts(subjects) { $0.text }
            }
        let revivedAt =
            sources.isEmpty || !locks ? nil : exchange.add(.sourceRevive) { $0.int4s(sources.map { $0.rawValue }) }
        let asked = promises.add(to: &exchange)
        let transfersAt = transfers.add(to: &exchange)
        let clockAt = exchange.add(.clockRead)
        let sent = ContinuousClock.now
        let results = try session.run(exchange)
        var snapshot = Snapshot()
        for row in results[locked] { snapshot.add(balance: row, of: names) }
        for row in results[missing] { add(missing: row, to: &snapshot) }
        if let probed { for row in results[probed] { snapshot.add(event: row) } }
        if let rejectedAt { for row in results[rejectedAt] { snapshot.add(rejection: row) } }
        try promises.read(results, asked, into: &snapshot, on: session)
        try transfers.read(results, transfersAt, into: &snapshot, on: session)
        guard snapshot.names.count == names.count else { return nil }
        // A kit that changed while its parts were locked is not there with all of them.
        for row in results[locked] {
            let row = ColumnReader<NamedColumn>(row)
            guard row.bool(.isPart) else { continue }
            guard case .kit(let kit)? = snapshot.names[names[Int(row.int8(.place)) - 1]],
                Int64(kit.parts.count) == row.int8(.partCount)
            else { return nil }
        }
        let read = results[clockAt][0].only.timestamp
        clock.learn(read, askedAt: sent)
        let now = clock.instant(notBefore: read, reserving: commands.recordedMicroseconds)
        try promises.readExpired(into: &snapshot, now, on: session)
        try promises.readShippingDays(results, asked, into: &snapshot, now, clock: read, on: session)
        try promises.readHoldBacks(into: &snapshot, now, on: session)
        try readCompleteCounts(into: &snapshot, on: session)
        try readSupplies(into: &snapshot, on: session)
        try readTimelines(into: &snapshot, now, on: session)
        let revived = revivedAt.map { results[$0].map { SourceID(stored: $0.only.text) } } ?? []
        return Reading(snapshot: snapshot, now: now, epoch: results[epoch][0].only.int8, revived: revived)
    }

    /// Only the first line of a balance has to know of them; later ones find them in the balance.
    private func readCompleteCounts(into snapshot: inout Snapshot, on session: Session) throws(PQError) {
        snapshot.completeCounts = [:]
        var first: [BalanceKey: LocationID] = [:]
        for name in snapshot.names.values.lazy.flatMap(\.balances) where snapshot.balances[name.key]?.version == 0 {
            first[name.key] = name.location
        }
        guard !first.isEmpty else { return }
        let locations = Set(first.values).sorted()
        let asked = Array(first)
        var exchange = Exchange()
        exchange.add(.completeCountsShare) { $0.texts(locations) { $0.text } }
        let countsAt = exchange.add(.completeCountsRead) {
            $0.int8s(asked) { $0.key.item.rawValue }
            $0.texts(asked) { $0.value.text }
        }
        for row in try session.run(exchange)[countsAt] {
            var row = RowCursor(row)
            let key = BalanceKey(item: ItemNumber(row.int8()), location: LocationNumber(row.int4()))
            snapshot.completeCounts?[key] = row.requiredTimestamp()
        }
    }

    /// Supply that receipts of the batch may be; locked, so that two receipts of it count one after the other.
    private func readSupplies(into snapshot: inout Snapshot, on session: Session) throws(PQError) {
        var asked: [(key: BalanceKey, said: String)] = []
        for (name, references) in commands.supplyReferences {
            for known in snapshot.names[name]?.balances ?? [] {
                asked += references.map { (key: known.key, said: $0) }
            }
        }
        guard !asked.isEmpty else { return }
        let rows = try session.query(.supplyOfReceipts) {
            $0.int8s(asked) { $0.key.item.rawValue }
            $0.int4s(asked) { $0.key.location.rawValue }
            $0.texts(asked) { $0.said }
        }
        for row in rows {
            let row = ColumnReader<OpenSupplyColumn>(row)
            snapshot.supplies[row.balanceKey(.item, .location), default: []].append(OpenSupply(row))
        }
    }

    /// - Parameter needed: of how many units at least, of each balance.
    func readPromises(
        _ needed: [BalanceKey: Int64], into snapshot: inout Snapshot, now: Timestamp, on session: Session
    ) throws(PQError) {
        try promises.readOpen(needed, into: &snapshot, now, on: session)
    }

    private func readTimelines(
        into snapshot: inout Snapshot, _ now: Timestamp, on session: Session
    ) throws(PQError) {
        let questions = timelineQuestions(snapshot, commands, now: now)
        guard !questions.isEmpty else { return }
        let around = questions.flatMap { key, question in question.instants.map { (key: key, instant: $0) } }
        let counted = questions.flatMap { key, question in question.counted.map { (key: key, instant: $0) } }
        let packed = questions.compactMap { key, question in question.packedSince.map { (key: key, instant: $0) } }
        var exchange = Exchange()
        let aroundAt = exchange.add(.countsAround) { $0.instants(around) }
        let unitsAt = counted.isEmpty ? nil : exchange.add(.unitsOccurred) { $0.instants(counted) }
        let sinceAt = packed.isEmpty ? nil : exchange.add(.countsSince) { $0.instants(packed) }
        let packedAt = packed.isEmpty ? nil : exchange.add(.packedUnitsRead) { $0.instants(packed) }
        let results = try session.run(exchange)
        for key in questions.keys { snapshot.timelines[key] = Timeline() }
        // Those since an instant say more of each, so they come last.
        for at in [aroundAt, sinceAt].compactMap({ $0 }) {
            for row in results[at] {
                let (key, counted, mark) = CountMark.read(row)
                snapshot.timelines[key]?.add(mark, counted)
            }
        }
        if let packedAt {
            for (key, units) in PackedUnits.read(results[packedAt]) { snapshot.timelines[key]?.packed = units }
        }
        guard let unitsAt else { return }
        for row in results[unitsAt] {
            let asked = ColumnReader<BalanceInstantColumn>(row)
            let units = ColumnReader<UnitsOccurredColumn>(row, from: BalanceInstantColumn.count)
            let key = asked.balanceKey(.item, .location)
            snapshot.timelines[key]?.unitsAt[asked.requiredTimestamp(.instant)] = Figures(units)
        }
    }

    private func add(missing row: Row, to snapshot: inout Snapshot) {
        let row = ColumnReader<MissingNameColumn>(row)
        let name = names[Int(row.int8(.place)) - 1]
        // The lock statement saw it known: then it is, whatever this later statement says.
        guard snapshot.names[name] == nil else { return }
        snapshot.names[name] = .unknown(
            UnknownName(
                isItemKnown: row.bool(.isItemKnown), isLocationKnown: row.bool(.isLocationKnown),
                codeSystem: row.textIfPresent(.codeSystem).map(CodeSystem.init(stored:)),
                placeSystem: row.textIfPresent(.placeSystem).map(CodeSystem.init(stored:))))
    }
}

/// Exception `e` of a rejected line.
enum OpenRejectionColumn: Int32, SelectedColumn {
    case source, key, dedupeKey, notedAt, isContradiction

    var selected: String {
        switch self {
        case .source: "e.source_id"
        case .key: "e.line_key"
        case .dedupeKey: "e.dedupe_key"
        case .notedAt: "coalesce(e.noted_at, e.opened_at)"
        case .isContradiction: "e.problem is not distinct from '\(LineProblem.Code.eventIdReused.rawValue)'"
        }
    }
}

extension Snapshot {
    /// A row of `rejectedLineProbe`.
    mutating func add(rejection row: Row) {
        let row = ColumnReader<OpenRejectionColumn>(row)
        let key = RejectedLineKey(source: SourceNumber(row.int4(.source)), text: row.text(.key))
        rejections[key, default: []].append(
            OpenRejection(
                dedupeKey: row.text(.dedupeKey), notedAt: row.requiredTimestamp(.notedAt),
                isContradiction: row.bool(.isContradiction)))
    }

    /// A row of `eventKeyProbe`.
    mutating func add(event row: Row) {
        let row = ColumnReader<EventKeyColumn>(row)
        let key = EventKey(source: SourceNumber(row.int4(.source)), event: EventID(stored: row.text(.event)))
        let stored = row.int2(.verdict)
        let state: KnownEvent.State
        if stored == Statement.wholeCount {
            state = row.int8IfPresent(.sequence) == nil ? .count : .message
        } else {
            let verdict = Verdict(stored: stored)
            state = verdict == .parked ? .parked : .inLedger(verdict, .recorded(row.int8(.sequence)))
        }
        events[key] = KnownEvent(
            fingerprint: Fingerprint(stored: row.bytea(.fingerprint)), state: state,
            actor: state == .parked ? row.int4IfPresent(.actor).map(ActorNumber.init) : nil)
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
        int4s(names) { name in
            if case .code(nil, _) = name.item { name.source?.rawValue } else { nil }
        }
        texts(names) { $0.place.name }
        texts(names) { name in
            if case .code(let system, _) = name.place { system?.text } else { nil }
        }
        int4s(names) { name in
            if case .code(nil, _) = name.place { name.source?.rawValue } else { nil }
        }
    }

    mutating func instants(_ asked: [(key: BalanceKey, instant: Timestamp)]) {
        int8s(asked) { $0.key.item.rawValue }
        int4s(asked) { $0.key.location.rawValue }
        timestamptzs(asked) { $0.instant.microseconds }
    }

    mutating func eventKeys(_ keys: [EventKey]) {
        int4s(keys) { $0.source.rawValue }
        texts(keys) { $0.event.text }
    }
}
