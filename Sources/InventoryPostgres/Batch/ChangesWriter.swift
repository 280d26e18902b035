import Inventory
import LibPQ

/// Turns what was decided into the statements of a batch's second trip.
struct ChangesWriter {
    let changes: Changes
    let now: Timestamp
    /// Reservations as they were read.
    var before: [ReservationID: Reservation] = [:]
    /// What changes beside ledger lines.
    var beside: [Change] = []

    /// - Returns: the position of the commit's row, nil when no ledger line is written.
    func add(to exchange: inout Exchange) -> Int? {
        let commit = changes.lines.isEmpty ? nil : addLedger(to: &exchange)
        // The batch holds its locks since its first trip, so its row may come before the rows that it names.
        if commit == nil { ChangeLog.add(beside, to: &exchange) }
        addEvents(to: &exchange)
        addParked(to: &exchange)
        addCounts(to: &exchange)
        addReservations(to: &exchange)
        addTransfers(to: &exchange)
        addAlarms(to: &exchange)
        addExceptions(to: &exchange)
        return commit
    }

    private func addLedger(to exchange: inout Exchange) -> Int {
        let lines = changes.lines
        let balances = changes.balances.sorted { $0.key < $1.key }
        let commit = exchange.add(.commitAppend) {
            $0.timestamptz(now.microseconds)
            $0.timestamptz(lastRecordedAt.microseconds)
            $0.int4(Int32(lines.count))
            $0.int8s(balances) { $0.key.item.rawValue }
            $0.int4s(balances) { $0.key.location.rawValue }
            $0.int2s(beside) { $0.kind.rawValue }
            $0.texts(beside) { $0.key }
        }
        let actors = changes.hasActors
        exchange.add(actors ? .movementAppendByActors : .movementAppend) {
            for column in LedgerColumn.locked(actors: actors) { column.write(lines, to: &$0) }
        }
        exchange.add(.balanceStore) {
            write(BalanceColumn.locked, of: balances, to: &$0) { _, balance in balance.version }
        }
        return commit
    }

    /// The parameters of `Statement.optimisticWrite`.
    /// - Parameter believed: what the changes were decided on.
    func writeOptimistic(_ believed: Snapshot, epoch: Int64, to writer: inout ParameterWriter) {
        writer.int8(epoch)
        writer.timestamptz(now.microseconds)
        let balances = changes.balances.sorted { $0.key < $1.key }
        write(BalanceColumn.optimistic, of: balances, to: &writer) { key, balance in
            let rise = balance.version - (believed.balances[key]?.version ?? 0)
            return balance.version << Statement.versionShift | rise
        }
        for column in LedgerColumn.optimistic(actors: changes.hasActors) { column.write(changes.lines, to: &writer) }
        writer.byteas(changes.events) { $0.fingerprint.bytes }
        writer.timestamptz(lastRecordedAt.microseconds)
    }

    /// Lines are later than the batch where their balances had lines as late as that already.
    private var lastRecordedAt: Timestamp { changes.lines.reduce(now) { max($0, $1.recordedAt) } }

    /// - Parameter balances: in lock order.
    private func write(
        _ columns: [BalanceColumn], of balances: [ChangedBalance], to writer: inout ParameterWriter,
        version: (BalanceKey, Balance) -> Int64
    ) {
        let isCounted = !changes.countLines.isEmpty || balances.contains { $0.value.counted != CountedInstants() }
        let counted = isCounted ? balances : []
        let sold = balances.contains { $0.sold != nil } ? balances.map(\.sold) : []
        let begun = columns.contains(.firstRecordedAt) ? firstLines : [:]
        for column in columns {
            switch column {
            case .item: writer.int8s(balances) { $0.key.item.rawValue }
            case .location: writer.int4s(balances) { $0.key.location.rawValue }
            case .onHand: writer.int8s(balances) { $0.value.figures.onHand }
            case .reserved: writer.int8s(balances) { $0.value.figures.reserved }
            case .damaged: writer.int8s(balances) { $0.value.figures.damaged }
            case .inspection: writer.int8s(balances) { $0.value.figures.inspection }
            case .suspect: writer.int8s(balances) { $0.value.figures.suspect }
            case .inTransit: writer.int8s(balances) { $0.value.figures.inTransit }
            case .version: writer.int8s(balances) { version($0.key, $0.value) }
            case .recordedAt: writer.timestamptzs(balances) { $0.value.recordedAt?.microseconds }
            case .chainHead: writer.byteas(balances) { $0.value.chainHead.bytes }
            case .countedAt: writer.timestamptzs(counted) { $0.value.counted.onHand?.microseconds }
            case .damagedCountedAt: writer.timestamptzs(counted) { $0.value.counted.damaged?.microseconds }
            case .inspectionCountedAt: writer.timestamptzs(counted) { $0.value.counted.inspection?.microseconds }
            case .foldedUntil: writer.timestamptzs(balances) { $0.value.foldedUntil?.microseconds }
            case .nextExpiry: writer.timestamptzs(balances) { $0.value.nextExpiry?.microseconds }
            case .soldUnits: writer.float8s(sold) { $0?.units }
            case .soldAt: writer.timestamptzs(sold) { $0?.asOf.microseconds }
            case .soldSince: writer.timestamptzs(sold) { $0?.since.microseconds }
            case .firstRecordedAt:
                writer.timestamptzs(begun.isEmpty ? [] : balances) { begun[$0.key]?.microseconds }
            }
        }
    }

    /// When balances that begin with this batch were first written to.
    private var firstLines: [BalanceKey: Timestamp] {
        var first: [BalanceKey: Timestamp] = [:]
        for line in changes.lines where line.version == 1 { first[line.key] = line.recordedAt }
        return first
    }

    private func addEvents(to exchange: inout Exchange) {
        if !changes.messages.isEmpty {
            let messages = Array(changes.messages)
            exchange.add(.messageKeyAppend) {
                $0.int4s(messages) { $0.key.source.rawValue }
                $0.texts(messages) { $0.key.event.text }
                $0.byteas(messages) { $0.value.bytes }
            }
        }
        let added = changes.events.filter { !changes.unparked.contains($0.key) }
        if !added.isEmpty {
            exchange.add(.eventKeyAppend) {
                $0.int4s(added.map { $0.key.source.rawValue })
                $0.texts(added.map { $0.key.event.text })
                $0.byteas(added.map { $0.fingerprint.bytes })
                $0.int2s(added.map { $0.verdict.rawValue })
                write(pointersOf: added, to: &$0)
            }
        }
        let unparked = changes.events.filter { changes.unparked.contains($0.key) }
        if !unparked.isEmpty {
            exchange.add(.eventKeyUnpark) {
                $0.int4s(unparked.map { $0.key.source.rawValue })
                $0.texts(unparked.map { $0.key.event.text })
                $0.int2s(unparked.map { $0.verdict.rawValue })
                write(pointersOf: unparked, to: &$0)
            }
        }
        remove(changes.parkedRejected, with: .eventKeyRemove, in: &exchange)
    }

    /// Where in the ledger each event is; NULLs for a parked one.
    private func write(pointersOf events: [EventEntry], to writer: inout ParameterWriter) {
        let lines = events.map { event in event.line.map { changes.lines[$0] } }
        writer.int8s(lines.map { $0?.key.item.rawValue })
        writer.int4s(lines.map { $0?.key.location.rawValue })
        writer.timestamptzs(lines.map { $0?.recordedAt.microseconds })
        writer.int8s(lines.map { $0?.version })
        writer.int4s(events.map { $0.line.map(Int32.init) })
    }

    private func addParked(to exchange: inout Exchange) {
        let parked = changes.parked
        if !parked.isEmpty {
            exchange.add(.parkedLineAppend) {
                $0.int4s(parked.map { $0.key.source.rawValue })
                $0.texts(parked.map { $0.key.event.text })
                $0.texts(parked.map { $0.fact.item.sku?.text })
                $0.texts(parked.map { $0.fact.item.system?.text })
                $0.texts(parked.map { $0.fact.item.code?.canonical(in: $0.fact.item.system).text })
                for places in [parked.map { $0.fact.place }, parked.map { $0.fact.change.destination }] {
                    $0.texts(places.map { $0?.codeSystem?.text })
                    $0.texts(places.map { $0?.name })
                }
                $0.byteas(parked.map { $0.fact.canonicalBytes })
                $0.byteas(parked.map { $0.fingerprint.bytes })
                $0.texts(parked.map { String(decoding: $0.raw, as: UTF8.self) })
                $0.int4s(parked.map { $0.actor?.rawValue })
                $0.texts(parked.map { $0.label?.rawValue })
            }
        }
        remove(changes.unparked.union(changes.parkedRejected), with: .parkedLineRemove, in: &exchange)
    }

    private func remove(_ keys: Set<EventKey>, with statement: Statement, in exchange: inout Exchange) {
        guard !keys.isEmpty else { return }
        exchange.add(statement) {
            $0.int4s(keys.map { $0.source.rawValue })
            $0.texts(keys.map { $0.event.text })
        }
    }

    private func addExceptions(to exchange: inout Exchange) {
        // One batch may hit one cause a thousand times, and one statement may not insert one key twice.
        var seen: Set<String> = []
        let opened = changes.exceptions.filter { seen.insert($0.dedupeKey).inserted }
        open(opened.filter { $0.type != .rejectedLine }, with: .exceptionOpen, in: &exchange)
        let rejected = opened.filter { $0.type == .rejectedLine }
        openRejected(rejected.filter { !$0.isOfRecord }, with: .exceptionOpenOfLine, in: &exchange)
        openRejected(rejected.filter(\.isOfRecord), with: .exceptionOpenOfRecord, in: &exchange)
        if !changes.noLongerMissing.isEmpty {
            let dedupeKeys: [String] = changes.noLongerMissing.map(\.dedupeKey).sorted()
            exchange.add(.exceptionSettle) { $0.texts(dedupeKeys) }
        }
        guard !changes.settledExceptions.isEmpty else { return }
        let closed = changes.settledExceptions.sorted { $0.key < $1.key }
        exchange.add(.exceptionClose) {
            $0.texts(closed) { $0.key }
            $0.texts(closed) { $0.value }
        }
    }

    private func open(_ opened: [ExceptionOpening], with statement: Statement, in exchange: inout Exchange) {
        guard !opened.isEmpty else { return }
        exchange.add(statement) {
            $0.texts(opened.map { $0.type.rawValue })
            $0.texts(opened.map { $0.dedupeKey })
            $0.int4s(opened.map { $0.source.rawValue })
            $0.texts(opened.map { $0.eventID.map { EventID(stored: $0).reported.text } })
            $0.texts(opened.map { $0.item?.sku?.text })
            $0.texts(opened.map { $0.codeSystem?.text })
            $0.texts(opened.map { ($0.locationCode ?? $0.item?.code)?.text })
            $0.texts(opened.map { $0.location?.text })
            $0.texts(opened.map { $0.problem?.code.rawValue })
            $0.texts(opened.map { $0.problem?.pointer })
            $0.texts(opened.map { $0.detail })
            $0.texts(opened.map { $0.raw.map { String(decoding: $0, as: UTF8.self) } })
            $0.int2s(opened.map { $0.type.priority.rawValue })
            $0.texts(opened.map(\.lineKey))
        }
    }

    private func openRejected(_ opened: [ExceptionOpening], with statement: Statement, in exchange: inout Exchange) {
        guard !opened.isEmpty else { return }
        exchange.add(statement) {
            $0.texts(opened) { $0.dedupeKey }
            $0.int4s(opened) { $0.source.rawValue }
            $0.texts(opened) { $0.eventID.map { EventID(stored: $0).reported.text } }
            $0.texts(opened) { $0.item?.sku?.text }
            $0.texts(opened) { $0.codeSystem?.text }
            $0.texts(opened) { $0.item?.code?.text }
            $0.texts(opened) { $0.location?.text }
            $0.texts(opened) { $0.placeSystem?.text }
            $0.texts(opened) { $0.locationCode?.text }
            $0.texts(opened) { $0.problem?.code.rawValue }
            $0.texts(opened) { $0.problem?.pointer }
            $0.texts(opened) { $0.detail }
            $0.texts(opened) { $0.raw.map { String(decoding: $0, as: UTF8.self) } }
            $0.int2s(opened) { $0.type.priority.rawValue }
            $0.texts(opened) { $0.lineKey }
        }
    }
}
