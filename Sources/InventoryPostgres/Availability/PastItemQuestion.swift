import Inventory
import InventoryService
import LibPQ

/// Items across locations as Holdfast knew them at an instant: rebuilt from the ledger, whose lines carry what they did to
/// promises, and from the histories of all that decides what may be sold. The formula is the one of `Inventory`.
struct PastItemQuestion: Sendable {
    let filter: NetworkFilter
    let named: [LocationID]
    let around: Surroundings?
    let instant: Timestamp

    struct Part {
        let number: ItemNumber
        let sku: SKU
        let name: String
        let status: ItemStatus
        /// In one of what is asked for.
        let quantity: Int64
    }

    struct Place {
        let number: LocationNumber
        let id: LocationID
        let name: String
        let coordinates: Coordinates?
        let isEligible: Bool
        let groups: Set<GroupID>
    }

    /// What the ledger knew of a balance.
    struct Stock {
        let figures: Figures
        let version: Int64
        let countedAt: Timestamp?
    }

    struct Knowledge {
        var stock: [BalanceKey: Stock] = [:]
        /// All that were in force and name one of the items, or none.
        var rules: [StockRule] = []
        var reserved: [BalanceKey: [Channel: Int64]] = [:]
        var ownHeld: [BalanceKey: Int64] = [:]
        /// Units that were held back for silence.
        var lagBuffers: [BalanceKey: Int64] = [:]
    }

    /// - Returns: nil when the instant is in the future.
    func answer(_ item: ItemReference, on session: Session) throws(PQError) -> Found<Dated<ItemPlaces>>? {
        let heads = try session.query(.pastItem) {
            $0.item(item)
            $0.timestamptz(instant.microseconds)
        }
        guard let head = heads.first.map({ ColumnReader<PastItemColumn>($0) }) else { return .failure(.item) }
        guard instant <= head.requiredTimestamp(.now) else { return nil }
        guard let sku = head.textIfPresent(.sku).map(SKU.init(stored:)), let status = head.textIfPresent(.status) else {
            return .failure(.item)
        }
        let asked = Part(
            number: ItemNumber(head.int8(.number)), sku: sku, name: head.text(.name),
            status: ItemStatus(stored: status), quantity: 1)
        let there: (scope: GroupID?, places: [Place])
        switch try placesThen(on: session) {
        case .success(let found): there = found
        case .failure(let unknown): return .failure(unknown)
        }
        let parts = try parts(of: [asked], on: session)[asked.number] ?? []
        let known = try knowledge(of: parts + [asked], at: there.places, on: session)
        return .success(Dated(found(asked, made: parts, at: there.places, known, in: there.scope), asOf: instant))
    }

    /// The locations that are asked about, as they were, and the group that they are of.
    func placesThen(on session: Session) throws(PQError) -> Found<(scope: GroupID?, places: [Place])> {
        let rows = try session.query(.pastPlaces) {
            $0.network(filter)
            $0.texts(named) { $0.text }
            $0.timestamptz(instant.microseconds)
        }.map { ColumnReader<PastPlaceColumn>($0) }
        guard let first = rows.first, !first.bool(.isGroupUnknown) else { return .failure(.group) }
        let places = rows.compactMap(place).filter { filter.within?.contains($0.id) ?? true }
        guard Set(named).isSubset(of: places.map(\.id)) else { return .failure(.location) }
        return .success((first.textIfPresent(.group).map(GroupID.init(stored:)), places))
    }

    /// One item, or one kit of its parts, by what was known.
    func found(
        _ asked: Part, made parts: [Part], at places: [Place], _ known: Knowledge, in scope: GroupID?
    ) -> ItemPlaces {
        let isKit = !parts.isEmpty
        var shown = places.compactMap { place -> PlacedBalance? in
            let keys = (isKit ? parts : [asked]).map { BalanceKey(item: $0.number, location: place.number) }
            let isThere = keys.contains { known.stock[$0] != nil }
            guard !named.isEmpty || isThere && place.isEligible else { return nil }
            var view = view(of: asked, at: place, known)
            guard !named.isEmpty || view.isEligible else { return nil }
            if isKit {
                let made = parts.map { self.view(of: $0, at: place, known).availableToSell / $0.quantity }.min() ?? 0
                view.kitsAvailable = view.isEligible && asked.status != .stopSale ? made : 0
            }
            return PlacedBalance(
                balance: view, name: place.name, coordinates: place.coordinates,
                distanceKm: around.flatMap { around in place.coordinates?.distanceKm(to: around.center) })
        }
        shown.sort { $0.balance.location < $1.balance.location }
        shown = around.map { shown.ordered(around: $0) } ?? shown
        let network = ItemAvailability(
            sku: asked.sku, name: asked.name,
            availableToSell: shown.reduce(Int64(0)) { $0.addingUnits($1.balance.availableToSell) },
            threshold: known.rules.networkThreshold(of: asked.sku, in: scope, filter))
        return ItemPlaces(item: network, places: shown)
    }

    private func view(of part: Part, at place: Place, _ known: Knowledge) -> BalanceView {
        let key = BalanceKey(item: part.number, location: place.number)
        let stock = known.stock[key]
        var view = BalanceView(
            sku: part.sku, location: place.id, figures: stock?.figures ?? Figures(), itemStatus: part.status,
            isEligible: place.isEligible, version: stock?.version ?? 0, countedAt: stock?.countedAt, asOf: instant)
        let rules = HoldBackRules(
            rules: known.rules.filter { $0.scope.covers(part.sku, at: place.id, in: place.groups) },
            reserved: known.reserved[key] ?? [:], lagBuffer: known.lagBuffers[key] ?? 0)
        view.holdBack = rules.holdBack(
            from: filter.channel, by: filter.method, onHand: view.figures.onHand)
        if rules.rules.restriction(for: filter.channel, by: filter.method) != nil { view.isEligible = false }
        view.ownHeld = known.ownHeld[key] ?? 0
        return view
    }

    // MARK: - Reading

    private func place(_ row: ColumnReader<PastPlaceColumn>) -> Place? {
        guard let number = row.int4IfPresent(.number) else { return nil }
        return Place(
            number: LocationNumber(number), id: LocationID(stored: row.text(.id)), name: row.text(.name),
            coordinates: row.coordinates(.latitude, .longitude), isEligible: row.bool(.isEligible),
            groups: Set(row.texts(.groups).map(GroupID.init(stored:))))
    }

    /// What kits were made of, by kit; items that were none have nothing.
    func parts(of kits: [Part], on session: Session) throws(PQError) -> [ItemNumber: [Part]] {
        var parts: [ItemNumber: [Part]] = [:]
        let rows = try session.query(.pastComponents) {
            $0.int8s(kits) { $0.number.rawValue }
            $0.timestamptz(instant.microseconds)
        }
        for row in rows {
            let row = ColumnReader<PastComponentColumn>(row)
            parts[ItemNumber(row.int8(.kit)), default: []].append(
                Part(
                    number: ItemNumber(row.int8(.number)), sku: SKU(stored: row.text(.sku)), name: row.text(.name),
                    status: ItemStatus(stored: row.text(.status)), quantity: row.int8(.quantity)))
        }
        return parts
    }

    func knowledge(
        of parts: [Part], at places: [Place], on session: Session
    ) throws(PQError) -> Knowledge {
        var exchange = Exchange()
        let numbers = places.map(\.number.rawValue)
        let stockAt = exchange.add(.pastStock) {
            $0.int8s(parts) { $0.number.rawValue }
            $0.int4s(numbers) { $0 }
            $0.timestamptz(instant.microseconds)
        }
        let rulesAt = exchange.add(.pastRules) {
            $0.int8s(parts) { $0.number.rawValue }
            $0.timestamptz(instant.microseconds)
        }
        let laggingAt = exchange.add(.pastLagging) {
            $0.int4s(numbers) { $0 }
            $0.timestamptz(instant.microseconds)
        }
        let results = try session.run(exchange)
        var known = Knowledge()
        let lagging = results[laggingAt].map { $0.only.int4 }
        if !lagging.isEmpty {
            let rows = try session.query(.pastLagBuffers) {
                $0.int8s(parts) { $0.number.rawValue }
                $0.int4s(lagging) { $0 }
                $0.timestamptz(instant.microseconds)
            }
            for row in rows { known.lagBuffers[BalanceKey(row)] = row.int8(BalanceKeyColumn.count) }
        }
        for row in results[stockAt] {
            let row = ColumnReader<PastStockColumn>(row)
            known.stock[row.balanceKey(.item, .location)] = Stock(
                figures: Figures(
                    onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
                    suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: row.int8(.reserved)),
                version: row.int8(.version), countedAt: row.timestamp(.countedAt))
        }
        known.rules = results[rulesAt].map { StockRule($0) }
        let isFenced = known.rules.contains { $0.kind == .ringFence }
        guard isFenced || filter.owner != nil else { return known }
        let promised = known.stock.filter { $0.value.figures.reserved > 0 }.keys.sorted()
        let rows = try session.query(.pastPromises) {
            $0.int8s(promised) { $0.item.rawValue }
            $0.int4s(promised) { $0.location.rawValue }
            $0.timestamptz(instant.microseconds)
            $0.text(filter.owner?.text)
        }
        for row in rows {
            let row = ColumnReader<PastPromiseColumn>(row)
            let key = row.balanceKey(.item, .location)
            let ownHeld = row.int8(.ownHeld)
            // What an owner holds does not stand in his way, in a fence neither.
            known.ownHeld[key, default: 0] += ownHeld
            if let channel = row.textIfPresent(.channel).map(Channel.init(stored:)) {
                known.reserved[key, default: [:]][channel, default: 0] += row.int8(.reserved) - ownHeld
            }
        }
        return known
    }
}

extension [StockRule] {
    /// From where on an item is low over a network: locations' rules play no part.
    fileprivate func networkThreshold(of sku: SKU, in group: GroupID?, _ filter: NetworkFilter) -> Int64 {
        self.filter { rule in
            rule.scope.location == nil && (rule.scope.group == nil || rule.scope.group == group)
                && (rule.scope.sku == nil || rule.scope.sku == sku)
        }.applying(.threshold, to: filter.channel, by: filter.method, onHand: 0)?.quantity ?? 0
    }
}
