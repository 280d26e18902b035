import Inventory
import InventoryService
import LibPQ

/// The objects that commits changed beside the ledger, read as they are now, in one round trip for each kind that there is.
struct FeedObjects {
    struct Asked {
        let kind: ChangeKind
        let key: String
        let commit: Int64
        let time: Timestamp
        /// Of its first event.
        let cursor: EventCursor
    }

    /// A reservation that lost its cover or got it back.
    struct Cover {
        let cursor: EventCursor
        let time: Timestamp
        let type: EventType
        let reservation: ReservationID
    }

    private let asked: [Asked]
    private let covers: [Cover]
    private let filter: ResolvedEventFilter

    init(_ asked: [Asked], covers: [Cover], filter: ResolvedEventFilter) {
        self.covers = covers
        self.filter = filter
        self.asked = asked.filter { one in
            if one.kind == .exception {
                return [.exceptionOpened, .exceptionAssigned, .exceptionResolved].contains { filter.matches(type: $0) }
            }
            return one.kind.event.map { filter.matches(type: $0) } ?? false
        }
    }

    func read(on session: Session) throws(PQError) -> [FeedEvent] {
        var events: [FeedEvent] = []
        try readReservations(on: session, into: &events)
        try readTransfers(on: session, into: &events)
        try readCounts(on: session, into: &events)
        try readExceptions(on: session, into: &events)
        try readSilence(on: session, into: &events)
        try readSupplies(on: session, into: &events)
        for one in asked where one.kind == .proofFailed {
            let parts = one.key.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let (sku, location) = (SKU(stored: parts[0]), LocationID(stored: parts[1]))
            events.append(Self.event(one, .proof(sku: sku, location: location, defect: parts[2])))
        }
        return events
    }

    private static func event(_ one: Asked, _ data: EventData) -> FeedEvent {
        FeedEvent(cursor: one.cursor, type: one.kind.event ?? .reservationChanged, time: one.time, data: data)
    }

    private func of(_ isWanted: (EventType) -> Bool) -> [Asked] {
        asked.filter { $0.kind.event.map(isWanted) ?? false }
    }

    private func readReservations(on session: Session, into events: inout [FeedEvent]) throws(PQError) {
        let changed = of(\.isOfReservation).compactMap { one in ReservationID(text: one.key).map { (one, $0) } }
        let ids = Set(changed.map(\.1) + covers.map(\.reservation)).sorted()
        guard !ids.isEmpty else { return }
        let answers = Dictionary(
            try PostgresReservationStore.answers(ids, on: session).map { ($0.reservation.id, $0) }
        ) { first, _ in first }
        func data(_ id: ReservationID) -> EventData? {
            guard let answer = answers[id] else { return .gone(id: id.description) }
            // What keeps units for a transfer is the transfer's business.
            return answer.reservation.transfer == nil ? .reservation(answer) : nil
        }
        for (one, id) in changed { if let data = data(id) { events.append(Self.event(one, data)) } }
        for cover in covers {
            guard let data = data(cover.reservation) else { continue }
            events.append(FeedEvent(cursor: cover.cursor, type: cover.type, time: cover.time, data: data))
        }
    }

    private func readTransfers(on session: Session, into events: inout [FeedEvent]) throws(PQError) {
        let changed = of { $0.rawValue.hasPrefix("transfer.") }.compactMap { one in
            TransferID(text: one.key).map { (one, $0) }
        }
        guard !changed.isEmpty else { return }
        var exchange = Exchange()
        let clockAt = exchange.add(.clockRead)
        let rowsAt = exchange.add(.transferRead) { $0.byteas(Set(changed.map(\.1)).map(\.bytes)) }
        let results = try session.run(exchange)
        let asOf = results[clockAt][0].only.timestamp
        let found = Dictionary(results[rowsAt].map { Transfer($0) }.map { ($0.id, $0) }) { first, _ in first }
        for (one, id) in changed {
            events.append(
                Self.event(
                    one,
                    found[id].map { .transfer(TransferAnswer(transfer: $0, asOf: asOf)) } ?? .gone(id: one.key)))
        }
    }

    private func readCounts(on session: Session, into events: inout [FeedEvent]) throws(PQError) {
        let changed = of { $0 == .countRecorded }.compactMap { one in CountID(text: one.key).map { (one, $0) } }
        guard !changed.isEmpty else { return }
        let rows = try session.query(.feedCounts) { $0.byteas(Set(changed.map(\.1)).map(\.bytes)) }
        var found: [CountID: CountRecorded] = [:]
        for count in rows.map({ StoredCount($0) }) where found[count.id] == nil {
            let (findings, summary) = try session.findings(
                of: count.id, PageRequest(limit: CountRecorded.findingsMax))
            found[count.id] = CountRecorded(count: count, summary: summary, findings: findings)
        }
        for (one, id) in changed {
            events.append(Self.event(one, found[id].map { .count($0) } ?? .gone(id: one.key)))
        }
    }

    private func readExceptions(on session: Session, into events: inout [FeedEvent]) throws(PQError) {
        let changed = asked.filter { $0.kind == .exception }
        guard !changed.isEmpty else { return }
        let rows = try session.query(.feedExceptions) {
            $0.int8s(changed) { $0.commit }
            $0.texts(changed) { $0.key }
        }
        let first: Int32 = ExceptionColumn.count
        for row in rows {
            let one = changed[Int(row.int8(first)) - 1]
            let record = ExceptionRecord(row)
            let types: [(Int32, EventType)] = [
                (1, .exceptionOpened), (2, .exceptionAssigned), (3, .exceptionResolved),
            ]
            for (column, type) in types where row.bool(first + column) && filter.matches(type: type) {
                let cursor = EventCursor(
                    position: one.cursor.position, ordinal: one.cursor.ordinal + Int64(column) - 1)
                events.append(FeedEvent(cursor: cursor, type: type, time: one.time, data: .exception(record)))
            }
        }
    }

    private func readSilence(on session: Session, into events: inout [FeedEvent]) throws(PQError) {
        let changed = of { $0 == .locationSilent || $0 == .locationHeard }
        guard !changed.isEmpty else { return }
        var since: [String: Timestamp] = [:]
        for row in try session.query(.feedSilence, { $0.texts(changed) { $0.key } }) {
            var row = RowCursor(row)
            let id = row.text()
            since[id] = row.timestamp()
        }
        for one in changed {
            events.append(
                Self.event(one, .silence(location: LocationID(stored: one.key), silentSince: since[one.key])))
        }
    }

    private func readSupplies(on session: Session, into events: inout [FeedEvent]) throws(PQError) {
        let changed = of { $0 == .supplyChanged }
        guard !changed.isEmpty else { return }
        let rows = try session.query(.supplyReadMany) { $0.texts(changed) { $0.key } }
        let found = Dictionary(rows.map { Stored<ExpectedSupply>($0) }.map { ($0.value.id.text, $0) }) { first, _ in
            first
        }
        for one in changed {
            events.append(Self.event(one, .supply(id: SupplyID(stored: one.key), found[one.key])))
        }
    }
}
