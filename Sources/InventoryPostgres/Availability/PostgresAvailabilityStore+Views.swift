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
            for row in results[placesAt] {
                let row = ColumnReader<LocationTermsColumn>(row)
                places[LocationID(stored: row.text(.id))] = LocationTerms(row)
            }
            var cards: [LocationID: LocationCard] = [:]
            for row in results[namesAt] {
                let row = ColumnReader<LocationCardColumn>(row)
                let id = LocationID(stored: row.text(.id))
                guard var place = places[id] else { continue }
                place.zone = TimeZoneRules.offsets(row.text(.timeZone))
                cards[id] = LocationCard(
                    id: id, name: row.text(.name), coordinates: row.coordinates(.latitude, .longitude),
                    timeZone: row.text(.timeZone), place: place)
            }
            return cards
        }
    }

    package func basket(
        _ question: BasketQuestion
    ) async throws(StoreError) -> Result<Dated<BasketStock>, UnknownInBasket> {
        try await bulkRead.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.inSnapshot { session throws(PQError) in try Self.basket(question, on: session) }
        }
    }

    private static func basket(
        _ question: BasketQuestion, on session: Session
    ) throws(PQError) -> Result<Dated<BasketStock>, UnknownInBasket> {
        var exchange = Exchange()
        let scopeAt = exchange.add(.availabilityScope) { $0.network(question.filter) }
        let itemsAt = exchange.add(.basketItems) {
            $0.texts(question.lines) { $0.item.system?.text }
            $0.texts(question.lines) { $0.item.text }
        }
        let heads = try session.run(exchange)
        let scope = ColumnReader<ScopeColumn>(heads[scopeAt][0])
        if scope.bool(.isGroupUnknown) { return .failure(UnknownInBasket(line: nil)) }
        let found = heads[itemsAt].map { ColumnReader<BasketItemColumn>($0) }
        let recipes = try session.recipes(
            of: found.compactMap { row in
                row.int8IfPresent(.item).flatMap { row.bool(.isKit) ? ItemNumber($0) : nil }
            })
        var lines: [BasketStock.Line] = []
        var items: Set<Int64> = []
        for (index, (line, row)) in zip(question.lines, found).enumerated() {
            guard let number = row.int8IfPresent(.item) else { return .failure(UnknownInBasket(line: index)) }
            let (units, overflows) = line.quantity.multipliedReportingOverflow(by: row.int8(.unitsPerCode))
            let made = (recipes[ItemNumber(number)] ?? []).map {
                BasketStock.Part(item: $0.item, quantity: $0.quantity)
            }
            items.insert(number)
            items.formUnion(made.map(\.item.rawValue))
            lines.append(
                BasketStock.Line(
                    item: ItemNumber(number), sku: SKU(stored: row.text(.sku)),
                    quantity: overflows ? .max : units, parts: made))
        }
        let rows = try session.query(.basketPlaces) {
            $0.network(question.filter)
            $0.int8s(items.sorted()) { $0 }
            $0.text(question.filter.owner?.text)
            $0.float8(question.around.center.latitude)
            $0.float8(question.around.radiusKm.map { $0 / ItemQuestion.degreeKm })
            $0.within(question.filter.within)
        }
        var places: [LocationID: BasketStock.Place] = [:]
        for row in rows {
            let row = ColumnReader<BasketPlaceColumn>(row)
            let id = LocationID(stored: row.text(.location))
            let distance = row.coordinates(.latitude, .longitude)?.distanceKm(to: question.around.center)
            if let radius = question.around.radiusKm, distance.map({ $0 > radius }) ?? true { continue }
            let units = row.int8(.available)
            places[id, default: .init(location: id, distanceKm: distance)].available[ItemNumber(row.int8(.item))] =
                (
                    units, Band(availableToSell: units, threshold: row.int8(.threshold))
                )
        }
        return .success(
            Dated(BasketStock(lines: lines, places: Array(places.values)), asOf: scope.requiredTimestamp(.now)))
    }
}

/// An item of a basket, of row `asked` and item `i`. The item's columns are NULL where it is not known.
enum BasketItemColumn: Int32, SelectedColumn {
    case item, sku, unitsPerCode, isKit, isSaleStopped, isRestrictedSomewhere

    var selected: String {
        switch self {
        case .item: "i.item_id"
        case .sku: "i.sku"
        case .unitsPerCode:
            """
            coalesce((
                select a.units_per_code from alias a
                where a.code_system = asked.code_system and a.code = asked.code), 1)
            """
        case .isKit: "i.rules & \(ItemRules.kit) <> 0"
        case .isSaleStopped: "i.status = 'stopSale'"
        case .isRestrictedSomewhere: "i.rules & \(ItemRules.saleRestriction) <> 0"
        }
    }
}

/// What a card shows of location `l`.
private enum LocationCardColumn: Int32, SelectedColumn {
    case id, name, latitude, longitude, timeZone

    var selected: String {
        switch self {
        case .id: "l.id"
        case .name: "l.name"
        case .latitude: "l.latitude"
        case .longitude: "l.longitude"
        case .timeZone: "l.time_zone"
        }
    }
}

/// An item at a location that has any of it.
private enum BasketPlaceColumn: Int32, ColumnTable {
    case item, location, latitude, longitude, available, threshold

    /// - Parameters:
    ///   - kit: whether the item is kit `kit`, and not item `i`.
    ///   - threshold: the expression of what is low.
    static func selectList(ofKit kit: Bool, threshold: String) -> String {
        selectList { column in
            switch column {
            case .item: kit ? "kit.item_id" : "i.item_id"
            case .location: "l.id"
            case .latitude: "l.latitude"
            case .longitude: "l.longitude"
            case .available: "n.available"
            case .threshold: threshold
            }
        }
    }
}

extension Statement {
    static let locationCards = Statement(
        "location_cards", [.textArray],
        sql: """
            select \(LocationCardColumn.selectList)
            from unnest($1) as asked(id)
            cross join lateral (
                select * from location l where l.id = asked.id and l.deleted_at is null offset 0
            ) l
            """)

    /// One row a line.
    static let basketItems = Statement(
        "basket_items", [.textArray, .textArray],
        sql: """
            select \(BasketItemColumn.selectList)
            from unnest($1, $2) with ordinality as asked(code_system, code, ord)
            left join lateral (\(AvailabilitySQL.item(system: "asked.code_system", code: "asked.code"))) i on true
            order by asked.ord
            """)

    /// Items at eligible locations that have any of them; kits too. Coordinates to look around, and what is low.
    static let basketPlaces: Statement = {
        let formula = AvailabilityFormula(channel: "$2::text", method: "$3::text", isEligible: "true")
            .ignoringHolds(of: "$5::text")
        let isHere = """
            l.deleted_at is null and \(AvailabilitySQL.isEligible)
            and ($7::float8 is null or l.latitude between $6::float8 - $7 and $6::float8 + $7)
            and \(AvailabilitySQL.isWithin("$8"))
            """
        return Statement(
            "basket_places", AvailabilitySQL.network + [.int8Array, .text, .float8, .float8, .textArray],
            sql: """
                with \(AvailabilitySQL.scope)
                select \(BasketPlaceColumn.selectList(ofKit: false, threshold: "n.threshold"))
                from unnest($4) as asked(item_id)
                cross join lateral (select * from item i where i.item_id = asked.item_id and i.rules & \(ItemRules.kit) = 0 offset 0) i
                cross join lateral (select * from balance b where b.item_id = i.item_id and b.on_hand > 0 offset 0) b
                cross join lateral (select * from location l where l.location_id = b.location_id offset 0) l
                cross join lateral (select \(formula.available) as available, \(formula.threshold) as threshold) n
                where \(isHere) and n.available > 0
                union all
                select \(BasketPlaceColumn.selectList(ofKit: true, threshold: "t.threshold"))
                from unnest($4) as asked(item_id)
                cross join lateral (
                    select * from item i where i.item_id = asked.item_id and i.rules & \(ItemRules.kit) <> 0 and i.status <> 'stopSale'
                    offset 0
                ) kit
                cross join location l
                cross join lateral (select \(AvailabilitySQL.kit("kit.item_id", formula)) as available) n
                cross join lateral (select kit.item_id, kit.rules, kit.safety_stock, kit.threshold) i
                cross join lateral (select \(formula.threshold) as threshold) t
                where \(isHere) and n.available > 0 and not \(formula.isRestricted)
                """)
    }()
}
