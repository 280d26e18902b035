import Inventory
import InventoryService
import LibPQ

/// One item across locations as Holdfast knew it at an instant: rebuilt from the ledger, whose lines carry what they did to
/// promises, and from the histories of all that decides what may be sold. The formula is the one of `Inventory`.
struct PastItemQuestion: Sendable {
    let item: ItemReference
    let filter: NetworkFilter
    let named: [LocationID]
    let around: Surroundings?
    let instant: Timestamp

    private struct Part {
        let number: ItemNumber
        let sku: SKU
        let status: ItemStatus
        /// In one of what is asked for.
        let quantity: Int64
    }

    private struct Place {
        let number: LocationNumber
        let id: LocationID
        let name: String
        let coordinates: Coordinates?
        let isEligible: Bool
        let groups: Set<GroupID>
    }

    /// What the ledger knew of a balance.
    private struct Stock {
        let figures: Figures
        let version: Int64
        let countedAt: Timestamp?
    }

    private struct Knowledge {
        var stock: [BalanceKey: Stock] = [:]
        /// All that were in force and name one of the items, or none.
        var rules: [StockRule] = []
        var reserved: [BalanceKey: [Channel: Int64]] = [:]
        var ownHeld: [BalanceKey: Int64] = [:]
        /// Units that were held back for silence.
        var lagBuffers: [BalanceKey: Int64] = [:]
    }

    /// - Returns: nil when the instant is in the future.
    func answer(on session: Session) throws(PQError) -> Found<Dated<ItemPlaces>>? {
        let heads = try session.query(.pastItem) {
            $0.item(item)
            $0.timestamptz(instant.microseconds)
        }
        guard let head = heads.first, instant <= head.requiredTimestamp(0) else {
            return heads.isEmpty ? .failure(.item) : nil
        }
        guard let sku = head.textIfPresent(2).map(SKU.init(stored:)), let status = head.textIfPresent(4) else {
            return .failure(.item)
        }
        let asked = Part(
            number: ItemNumber(head.int8(1)), sku: sku, status: ItemStatus(stored: status), quantity: 1)
        let rows = try session.query(.pastPlaces) {
            $0.network(filter)
            $0.texts(named) { $0.text }
            $0.timestamptz(instant.microseconds)
        }
        guard let first = rows.first, !first.bool(0) else { return .failure(.group) }
        let places = rows.compactMap(place)
        guard Set(named).isSubset(of: places.map(\.id)) else { return .failure(.location) }
        let parts = try parts(of: asked, on: session)
        let known = try knowledge(of: parts + [asked], at: places, on: session)
        let isKit = !parts.isEmpty
        var shown = places.compactMap { place -> PlacedBalance? in
            let keys = (isKit ? parts : [asked]).map { BalanceKey(item: $0.number, location: place.number) }
            let isThere = keys.contains { known.stock[$0] != nil }
            guard !named.isEmpty || isThere && place.isEligible else { return nil }
            var view = view(of: asked, at: place, known)
            if isKit {
                let made = parts.map { self.view(of: $0, at: place, known).availableToSell / $0.quantity }.min() ?? 0
                view.kitsAvailable = place.isEligible && asked.status != .stopSale ? made : 0
            }
            return PlacedBalance(
                balance: view, name: place.name, coordinates: place.coordinates,
                distanceKm: around.flatMap { around in place.coordinates?.distanceKm(to: around.center) })
        }
        shown.sort { $0.balance.location < $1.balance.location }
        shown = around.map { shown.ordered(around: $0) } ?? shown
        let scope = first.textIfPresent(1).map(GroupID.init(stored:))
        let network = ItemAvailability(
            sku: sku, name: head.text(3), availableToSell: shown.reduce(0) { $0 + $1.balance.availableToSell },
            threshold: known.rules.networkThreshold(of: sku, in: scope, for: filter.channel))
        return .success(Dated(ItemPlaces(item: network, places: shown), asOf: instant))
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
        view.holdBack = rules.holdBack(from: filter.channel)
        view.ownHeld = known.ownHeld[key] ?? 0
        return view
    }

    // MARK: - Reading

    private func place(_ row: Row) -> Place? {
        guard let number = row.int4IfPresent(2) else { return nil }
        var coordinates: Coordinates?
        if let latitude = row.float8IfPresent(5), let longitude = row.float8IfPresent(6) {
            coordinates = Coordinates(latitude: latitude, longitude: longitude)
        }
        return Place(
            number: LocationNumber(number), id: LocationID(stored: row.text(3)), name: row.text(4),
            coordinates: coordinates, isEligible: row.bool(7), groups: Set(row.texts(8).map(GroupID.init(stored:))))
    }

    private func parts(of kit: Part, on session: Session) throws(PQError) -> [Part] {
        try session.query(.pastComponents) {
            $0.int8(kit.number.rawValue)
            $0.timestamptz(instant.microseconds)
        }.map { row in
            Part(
                number: ItemNumber(row.int8(0)), sku: SKU(stored: row.text(1)),
                status: ItemStatus(stored: row.text(2)), quantity: row.int8(3))
        }
    }

    private func knowledge(
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
        let lagAt = exchange.add(.pastLagBuffers) {
            $0.int8s(parts) { $0.number.rawValue }
            $0.int4s(numbers) { $0 }
            $0.timestamptz(instant.microseconds)
        }
        let results = try session.run(exchange)
        var known = Knowledge()
        for row in results[lagAt] { known.lagBuffers[BalanceKey(row)] = row.int8(2) }
        for row in results[stockAt] {
            known.stock[BalanceKey(row)] = Stock(
                figures: Figures(
                    onHand: row.int8(3), damaged: row.int8(5), inspection: row.int8(6), suspect: row.int8(7),
                    inTransit: row.int8(8), reserved: row.int8(4)),
                version: row.int8(2), countedAt: row.timestamp(9))
        }
        known.rules = results[rulesAt].map { StockRule($0, from: 0) }
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
            let key = BalanceKey(row)
            // What an owner holds does not stand in his way, in a fence neither.
            known.ownHeld[key, default: 0] += row.int8(4)
            if let channel = row.textIfPresent(2).map(Channel.init(stored:)) {
                known.reserved[key, default: [:]][channel, default: 0] += row.int8(3) - row.int8(4)
            }
        }
        return known
    }
}

extension [StockRule] {
    /// From where on an item is low over a network: locations' rules play no part.
    fileprivate func networkThreshold(of sku: SKU, in group: GroupID?, for channel: Channel?) -> Int64 {
        filter { rule in
            rule.scope.location == nil && (rule.scope.group == nil || rule.scope.group == group)
                && (rule.scope.sku == nil || rule.scope.sku == sku)
        }.applying(.threshold, to: channel)?.quantity ?? 0
    }
}

extension Statement {
    /// Clock, item, and its name and status as they were; NULL for those when nobody had heard of it.
    fileprivate static let pastItem = Statement(
        "past_item", [.text, .text, .timestamptz],
        sql: """
            select statement_timestamp(), i.item_id, i.sku, h.name, h.status
            from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i
            left join lateral (
                select h.name, h.status from item_history h
                where h.item_id = i.item_id and h.recorded_at <= $3 order by h.version desc limit 1
            ) h on true
            """)

    fileprivate static let pastComponents = Statement(
        "past_components", [.int8, .timestamptz],
        sql: """
            select i.item_id, i.sku, h.status, c.quantity
            from kit_component c
            join item i on i.item_id = c.component_id
            cross join lateral (
                select h.status from item_history h
                where h.item_id = i.item_id and h.recorded_at <= $2 order by h.version desc limit 1
            ) h
            where c.kit_id = $1 and c.valid_from <= $2 and (c.valid_until is null or c.valid_until > $2)
            order by c.position
            """)

    /// Locations as they were: the named ones, or all. At least one row: whether the group was unknown, and its id.
    fileprivate static let pastPlaces = Statement(
        "past_places", AvailabilitySQL.network + [.textArray, .timestamptz],
        sql: """
            with grouping as materialized (
                select g.group_id, g.id, h.channel, h.members
                from location_group g
                cross join lateral (
                    select h.* from location_group_history h
                    where h.group_id = g.group_id and h.recorded_at <= $5 order by h.version desc limit 1
                ) h
                where not h.is_deleted
            ), scope as materialized (
                select (
                    select g.id from grouping g
                    where case when $1::text is not null then g.id = $1 else g.channel = $2 end
                ) as id
            )
            select $1::text is not null and scope.id is null, scope.id, l.location_id, l.id, l.name, l.latitude, l.longitude,
                   l.is_eligible, array(select g.id from grouping g where l.location_id = any (g.members))
            from scope
            left join lateral (
                select l.location_id, l.id, l.name, l.latitude, l.longitude,
                       h.status = 'active' and h.mode = 'live'
                       and case $3::text when 'pickup' then h.can_pickup when 'ship' then h.can_ship else true end
                       and (scope.id is null
                            or exists (select from grouping g where g.id = scope.id and l.location_id = any (g.members)))
                       as is_eligible
                from location l
                cross join lateral (
                    select h.* from location_history h
                    where h.location_id = l.location_id and h.recorded_at <= $5 order by h.version desc limit 1
                ) h
                where not h.is_deleted and (cardinality($4) = 0 or l.id = any ($4))
            ) l on true
            """)

    /// The balances of items at locations as their last line until then left them. Every write takes out what has ended by
    /// then, so only holds that ended since are still in it: made in the thirty days before at most, and one spare.
    /// The last count is the last that was known; of those of a whole location, also what preceded the first line.
    fileprivate static let pastStock = Statement(
        "past_stock", [.int8Array, .int4Array, .timestamptz],
        sql: """
            select b.item_id, b.location_id, m.version, m.on_hand_after, m.reserved_after - coalesce((
                       select sum(case when h.bucket is null then h.units else h.reserved_delta end)
                       from movement h
                       where m.reserved_after > 0 and h.item_id = b.item_id and h.location_id = b.location_id
                         and h.recorded_at <= $3 and h.recorded_at > m.recorded_at - interval '31 days'
                         and h.hold_expires_at > m.recorded_at and h.hold_expires_at <= $3), 0)::int8,
                   coalesce(m.damaged_after, 0), coalesce(m.inspection_after, 0), coalesce(m.suspect_after, 0),
                   coalesce(m.in_transit_after, 0), greatest((
                       select c.counted_at from count_line c
                       where c.item_id = b.item_id and c.location_id = b.location_id and c.bucket = 1
                         and exists (
                             select from movement k
                             where k.count_id = c.count_id and k.item_id = b.item_id and k.location_id = b.location_id
                               and k.kind = \(FactKind.count.rawValue) and k.bucket = 1 and k.recorded_at <= $3)
                       order by c.counted_at desc limit 1), (
                       select max(s.counted_at) from stock_count s
                       join location l on l.location_id = b.location_id and s.location = l.id
                       where s.is_complete and s.recorded_at <= (
                           select min(f.recorded_at) from movement f
                           where f.item_id = b.item_id and f.location_id = b.location_id)))
            from balance b
            cross join lateral (
                select * from movement m
                where m.item_id = b.item_id and m.location_id = b.location_id and m.recorded_at <= $3
                order by m.recorded_at desc, m.version desc limit 1
            ) m
            where b.item_id = any ($1) and b.location_id = any ($2)
            """)

    fileprivate static let pastRules = Statement(
        "past_rules", [.int8Array, .timestamptz],
        sql: """
            select \(stockRuleColumns) from stock_rule r
            where (r.item_id = any ($1) or r.item_id is null) and r.valid_from <= $2
              and (r.valid_until is null or r.valid_until > $2)
            """)

    /// By channel, what was promised, and how much of it an owner held unconfirmed. Every line of a promise says what it did
    /// to `reserved`; what ended by then is taken off.
    fileprivate static let pastPromises = Statement(
        "past_promises", [.int8Array, .int4Array, .timestamptz, .text],
        sql: """
            select m.item_id, m.location_id, r.channel,
                   sum(m.reserved_delta - case when m.hold_expires_at <= $3 then h.units else 0 end)::int8,
                   sum(case when m.hold_expires_at > $3 and r.owner = $4 then h.units else 0 end)::int8
            from unnest($1, $2) as asked(item_id, location_id)
            join movement m on m.item_id = asked.item_id and m.location_id = asked.location_id and m.recorded_at <= $3
                and m.reservation_id is not null
            join reservation r on r.reservation_id = m.reservation_id
            cross join lateral (
                select case when m.bucket is null then m.units else m.reserved_delta end as units
            ) h
            group by 1, 2, 3
            """)
}
