package import Inventory
package import InventoryService
import LibPQ

extension PostgresAvailabilityStore: ViewStore {
    package func cards(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: LocationCard] {
        guard !ids.isEmpty else { return [:] }
        return try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let placesAt = exchange.add(.placeRead) { $0.texts(ids) { $0.text } }
            let namesAt = exchange.add(.locationCards) { $0.texts(ids) { $0.text } }
            let results = try session.run(exchange)
            var places: [LocationID: LocationTerms] = [:]
            for row in results[placesAt] { places[LocationID(stored: row.text(0))] = LocationTerms(row) }
            var cards: [LocationID: LocationCard] = [:]
            for row in results[namesAt] {
                let id = LocationID(stored: row.text(0))
                guard var place = places[id] else { continue }
                place.zone = TimeZoneRules.offsets(row.text(4))
                cards[id] = LocationCard(
                    id: id, name: row.text(1), coordinates: Coordinates(row, from: 2), timeZone: row.text(4),
                    place: place)
            }
            return cards
        }
    }

    package func basket(
        _ question: BasketQuestion
    ) async throws(StoreError) -> Result<Dated<BasketStock>, UnknownInBasket> {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let scopeAt = exchange.add(.availabilityScope) { $0.network(question.filter) }
            let itemsAt = exchange.add(.basketItems) {
                $0.texts(question.lines) { $0.item.system?.text }
                $0.texts(question.lines) { $0.item.text }
            }
            let heads = try session.run(exchange)
            let scope = heads[scopeAt][0]
            if scope.bool(0) { return .failure(UnknownInBasket(line: nil)) }
            var lines: [BasketStock.Line] = []
            var items: [Int64: SKU] = [:]
            for (index, (line, row)) in zip(question.lines, heads[itemsAt]).enumerated() {
                guard let number = row.int8IfPresent(0) else { return .failure(UnknownInBasket(line: index)) }
                let sku = SKU(stored: row.text(1))
                items[number] = sku
                let (units, overflows) = line.quantity.multipliedReportingOverflow(by: row.int8(2))
                lines.append(BasketStock.Line(sku: sku, quantity: overflows ? .max : units))
            }
            let rows = try session.query(.basketPlaces) {
                $0.network(question.filter)
                $0.int8s(items.keys.sorted()) { $0 }
                $0.text(question.filter.owner?.text)
                $0.float8(question.around.center.latitude)
                $0.float8(question.around.radiusKm.map { $0 / ItemQuestion.degreeKm })
            }
            var places: [LocationID: BasketStock.Place] = [:]
            for row in rows {
                let id = LocationID(stored: row.text(1))
                let distance = Coordinates(row, from: 2)?.distanceKm(to: question.around.center)
                if let radius = question.around.radiusKm, distance.map({ $0 > radius }) ?? true { continue }
                guard let sku = items[row.int8(0)] else { continue }
                let units = row.int8(4)
                places[id, default: .init(location: id, distanceKm: distance)].available[sku] = (
                    units, Band(availableToSell: units, threshold: row.int8(5))
                )
            }
            return .success(
                Dated(BasketStock(lines: lines, places: Array(places.values)), asOf: scope.requiredTimestamp(1)))
        }
    }
}

extension Coordinates {
    /// Latitude and longitude, which may be missing.
    init?(_ row: Row, from first: Int32) {
        guard let latitude = row.float8IfPresent(first), let longitude = row.float8IfPresent(first + 1) else {
            return nil
        }
        self.init(latitude: latitude, longitude: longitude)
    }
}

extension Statement {
    static let locationCards = Statement(
        "location_cards", [.textArray],
        sql: """
            select l.id, l.name, l.latitude, l.longitude, l.time_zone
            from unnest($1) as asked(id)
            cross join lateral (
                select * from location l where l.id = asked.id and l.deleted_at is null offset 0
            ) l
            """)

    /// One row a line: item, sku, units of its code, whether it is a kit.
    static let basketItems = Statement(
        "basket_items", [.textArray, .textArray],
        sql: """
            select i.item_id, i.sku, coalesce((
                       select a.units_per_code from alias a
                       where a.code_system = asked.code_system and a.code = asked.code), 1),
                   i.rules & \(ItemRules.kit) <> 0
            from unnest($1, $2) with ordinality as asked(code_system, code, ord)
            left join lateral (\(AvailabilitySQL.item(system: "asked.code_system", code: "asked.code"))) i on true
            order by asked.ord
            """)

    /// Items at eligible locations that have any of them; kits too. Coordinates to look around, and what is low.
    static let basketPlaces: Statement = {
        let formula = AvailabilityFormula(channel: "$2::text", isEligible: "true").ignoringHolds(of: "$5::text")
        let isHere = """
            l.deleted_at is null and \(AvailabilitySQL.isEligible)
            and ($7::float8 is null or l.latitude between $6::float8 - $7 and $6::float8 + $7)
            """
        return Statement(
            "basket_places", AvailabilitySQL.network + [.int8Array, .text, .float8, .float8],
            sql: """
                with \(AvailabilitySQL.scope)
                select i.item_id, l.id, l.latitude, l.longitude, n.available, n.threshold
                from unnest($4) as asked(item_id)
                cross join lateral (select * from item i where i.item_id = asked.item_id and i.rules & \(ItemRules.kit) = 0 offset 0) i
                cross join lateral (select * from balance b where b.item_id = i.item_id and b.on_hand > 0 offset 0) b
                cross join lateral (select * from location l where l.location_id = b.location_id offset 0) l
                cross join lateral (select \(formula.available) as available, \(formula.threshold) as threshold) n
                where \(isHere) and n.available > 0
                union all
                select kit.item_id, l.id, l.latitude, l.longitude, n.available, t.threshold
                from unnest($4) as asked(item_id)
                cross join lateral (
                    select * from item i where i.item_id = asked.item_id and i.rules & \(ItemRules.kit) <> 0 and i.status <> 'stopSale'
                    offset 0
                ) kit
                cross join location l
                cross join lateral (select \(AvailabilitySQL.kit("kit.item_id", formula)) as available) n
                cross join lateral (select kit.item_id, kit.rules, kit.safety_stock, kit.threshold) i
                cross join lateral (select \(formula.threshold) as threshold) t
                where \(isHere) and n.available > 0
                """)
    }()
}
