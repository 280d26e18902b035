import Inventory
import LibPQ

/// Reads what a batch has to know of promises: in the trip that locks its balances, and in further ones what follows from
/// that.
struct PromiseReader {
    private let commands: [Command]
    private let requests: [ReservationCommand]
    /// Of requests about reservations and transfers.
    private let names: [Name]
    private let reservations: [ReservationID]
    private let keys: [RequestKeyText]
    private let places: [LocationID]
    private let codes: [String]
    private let owners: [Owner]
    /// Places of requests of which something ships.
    private let shippingPlaces: [LocationID]
    private let groups: [GroupID]

    /// Allocations looked at, at most, to name the promises of one balance that lost their cover.
    private static let promisesMax: Int64 = 10_000

    init(commands: [Command]) {
        self.commands = commands
        requests = commands.reservations
        reservations = commands.reservationIDs.sorted()
        names = requests.flatMap(\.names) + commands.transfers.flatMap(\.names)
        keys = Set(requests.compactMap { $0.key?.text } + commands.transfers.compactMap { $0.key?.text }).sorted()
        places = Set(requests.flatMap(\.places) + commands.transfers.flatMap(\.places)).sorted()
        codes = requests.flatMap(\.pickupCodes)
        owners = Set(requests.compactMap(\.holder)).sorted()
        shippingPlaces = Set(requests.filter(\.ships).flatMap(\.places)).sorted()
        groups = Set(requests.compactMap(\.group)).sorted()
    }

    /// Where the answers are in the results of the exchange; nil where nothing was asked.
    struct Positions {
        var keys: Int?
        var reservations: Int?
        var allocations: Int?
        var places: Int?
        var codes: Int?
        var holdings: Int?
        var groups: Int?
    }

    /// Behind the begin, before the balances are locked.
    func addLocks(to exchange: inout Exchange) {
        if !places.isEmpty { exchange.add(.placesShare) }
    }

    func add(to exchange: inout Exchange) -> Positions {
        var positions = Positions()
        if !owners.isEmpty {
            exchange.add(.ownersLock) { $0.texts(owners) { $0.text } }
            positions.holdings = exchange.add(.holdingsRead) { $0.texts(owners) { $0.text } }
        }
        if !shippingPlaces.isEmpty { exchange.add(.capacityLock) { $0.texts(shippingPlaces) { $0.text } } }
        if !groups.isEmpty {
            positions.groups = exchange.add(.groupMembersRead) {
                $0.texts(groups) { $0.text }
                $0.texts(places) { $0.text }
            }
        }
        if !keys.isEmpty { positions.keys = exchange.add(.requestKeyProbe) { $0.texts(keys) { $0.text } } }
        if !reservations.isEmpty {
            positions.reservations = exchange.add(.reservationRead) { $0.byteas(reservations) { $0.bytes } }
            positions.allocations = exchange.add(.allocationRead) { $0.byteas(reservations) { $0.bytes } }
        }
        if !places.isEmpty { positions.places = exchange.add(.placeRead) { $0.texts(places) { $0.text } } }
        if !codes.isEmpty { positions.codes = exchange.add(.pickupCodesTaken) { $0.texts(codes) { $0 } } }
        return positions
    }

    /// Once everything is locked, and it is known what time it is: the days on which shipments made now count.
    /// - Parameter clock: the database's own, behind the locks. A batch may be decided ahead of it; the holds that count must
    ///   not have ended for one batch and still be open for the next, which is decided behind it.
    func readShippingDays(
        _ results: [Rows], _ positions: Positions, into snapshot: inout Snapshot, _ now: Timestamp, clock: Timestamp,
        on session: Session
    ) throws(PQError) {
        guard !shippingPlaces.isEmpty, let placesAt = positions.places else { return }
        let asked = Set(shippingPlaces)
        let instant = decisionInstant(snapshot, commands, now: now)
        var limited: [(number: Int32, id: LocationID, day: Int64, most: Int64)] = []
        for row in results[placesAt] {
            let row = ColumnReader<LocationTermsColumn>(row)
            let id = LocationID(stored: row.text(.id))
            guard asked.contains(id) else { continue }
            let day = TimeZoneRules.offsets(row.text(.timeZone)).day(at: instant)
            let most = row.int8IfPresent(.dailyCapacity)
            snapshot.places[id]?.shippingDay = ShippingDay(day: day, shipmentsMax: most, shipments: 0)
            if let most { limited.append((row.int4(.number), id, day, most)) }
        }
        guard !limited.isEmpty else { return }
        let rows = try session.query(.shipmentsCount) {
            $0.int4s(limited) { $0.number }
            $0.int4s(limited) { Int32($0.day) }
            $0.timestamptz(clock.microseconds)
        }
        let counts = Dictionary(rows.map(ShipmentCount.init).map { ($0.location, $0.count) }) { first, _ in first }
        for place in limited {
            snapshot.places[place.id]?.shippingDay = ShippingDay(
                day: place.day, shipmentsMax: place.most, shipments: counts[place.number] ?? 0)
        }
    }

    func read(
        _ results: [Rows], _ positions: Positions, into snapshot: inout Snapshot, on session: Session
    ) throws(PQError) {
        if let reservationsAt = positions.reservations, let allocationsAt = positions.allocations {
            snapshot.reservations = Reservation.read(results[reservationsAt], results[allocationsAt])
        }
        if let placesAt = positions.places {
            for row in results[placesAt] {
                let row = ColumnReader<LocationTermsColumn>(row)
                snapshot.places[LocationID(stored: row.text(.id))] = LocationTerms(row)
            }
        }
        if let groupsAt = positions.groups {
            for row in results[groupsAt] {
                var row = RowCursor(row)
                snapshot.groups[GroupID(stored: row.text()), default: []].insert(LocationID(stored: row.text()))
            }
        }
        if let codesAt = positions.codes {
            // An order does not stand in its own way.
            for row in results[codesAt] {
                var row = RowCursor(row)
                let (code, owner) = (row.text(), ReservationID(stored: row.bytea()))
                if !reservations.contains(owner) { snapshot.pickupCodesTaken.insert(code) }
            }
        }
        if let holdingsAt = positions.holdings { snapshot.holdings = Self.holdings(results[holdingsAt]) }
        guard let keysAt = positions.keys, !results[keysAt].isEmpty else { return }
        var led: [ReservationID] = []
        for row in results[keysAt] {
            var row = RowCursor(row)
            let key = RequestKeyText(stored: row.text())
            let request = KnownRequest(
                fingerprint: Fingerprint(stored: row.bytea()), reservation: ReservationID(stored: row.bytea()))
            snapshot.requests[key] = request
            if snapshot.reservations[request.reservation] == nil { led.append(request.reservation) }
        }
        guard !led.isEmpty else { return }
        // A request that was answered before: what it led to.
        var exchange = Exchange()
        let reservationsAt = exchange.add(.reservationRead) { $0.byteas(led) { $0.bytes } }
        let allocationsAt = exchange.add(.allocationRead) { $0.byteas(led) { $0.bytes } }
        let more = try session.run(exchange)
        snapshot.reservations.merge(Reservation.read(more[reservationsAt], more[allocationsAt])) { $1 }
    }

    /// What has ended and is still reserved; nearly every batch has nothing of the kind.
    func readExpired(into snapshot: inout Snapshot, _ now: Timestamp, on session: Session) throws(PQError) {
        let instant = decisionInstant(snapshot, commands, now: now)
        let keys = snapshot.balances.filter { $0.value.nextExpiry.map { $0 <= instant } ?? false }.keys.sorted()
        guard !keys.isEmpty else { return }
        let rows = try session.query(.expiredHoldsRead) {
            $0.int8s(keys) { $0.item.rawValue }
            $0.int4s(keys) { $0.location.rawValue }
            $0.timestamptz(instant.microseconds)
        }
        for row in rows {
            let row = ColumnReader<ExpiredHoldsColumn>(row)
            snapshot.expired[row.balanceKey(.item, .location)] = ExpiredHolds(
                units: row.int8(.units), next: row.timestamp(.next))
        }
    }

    /// What is held back where it does not follow from the location alone; nearly no shop fences or names many items.
    func readHoldBacks(into snapshot: inout Snapshot, _ now: Timestamp, on session: Session) throws(PQError) {
        var keys: Set<BalanceKey> = []
        for name in names {
            for known in snapshot.names[name]?.balances ?? [] where known.holdBack == nil { keys.insert(known.key) }
            // Of a kit itself only whether it may be sold.
            if case .kit(let kit)? = snapshot.names[name], kit.isRestrictedSomewhere, let part = kit.parts.first {
                keys.insert(BalanceKey(item: kit.number, location: part.name.key.location))
            }
        }
        guard !keys.isEmpty else { return }
        let instant = decisionInstant(snapshot, commands, now: now)
        snapshot.holdBacks = try HoldBackRules.read(keys.sorted(), at: instant, on: session)
    }

    /// - Parameter needed: of how many units at least, of each balance. A promise has a unit or more.
    func readOpen(
        _ needed: [BalanceKey: Int64], into snapshot: inout Snapshot, _ now: Timestamp, on session: Session
    ) throws(PQError) {
        let asked = needed.sorted { $0.key < $1.key }.map { (key: $0.key, most: min($0.value, Self.promisesMax)) }
        let instant = decisionInstant(snapshot, commands, now: now)
        let rows = try session.query(.openPromisesRead) {
            $0.int8s(asked) { $0.key.item.rawValue }
            $0.int4s(asked) { $0.key.location.rawValue }
            $0.int8s(asked) { $0.most }
            $0.timestamptz(instant.microseconds)
        }
        var promises: [BalanceKey: [OpenPromise]] = [:]
        for row in rows {
            let row = ColumnReader<OpenPromiseColumn>(row)
            promises[row.balanceKey(.item, .location), default: []].append(OpenPromise(row))
        }
        for (key, most) in asked {
            let found = promises[key] ?? []
            snapshot.promises[key] = LoadedPromises(
                found, isAll: Int64(found.count) < most, isLast: most == Self.promisesMax)
        }
    }

    private static func holdings(_ rows: Rows) -> [Owner: Holdings] {
        var holdings: [Owner: Holdings] = [:]
        for row in rows {
            var row = RowCursor(row)
            let (owner, item, count) = (Owner(stored: row.text()), row.int8IfPresent(), row.int8())
            if let item {
                holdings[owner, default: Holdings()].units[ItemNumber(item)] = count
            } else {
                holdings[owner, default: Holdings()].holds = count
            }
        }
        return holdings
    }
}
