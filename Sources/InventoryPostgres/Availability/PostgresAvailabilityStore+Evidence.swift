package import Inventory
package import InventoryService
import LibPQ

extension PostgresAvailabilityStore {
    package func evidence(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<Evidence> {
        try await past.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.inSnapshot { session throws(PQError) in
                try Self.evidence(item, at: location, filter, on: session)
            }
        }
    }

    private static func evidence(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> Found<Evidence> {
        let question = ItemQuestion(item: item, filter: filter, named: [location], around: nil)
        let answer: Dated<ItemPlaces>
        switch try question.answer(on: session) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): answer = found
        }
        guard let view = answer.value.places.first?.balance else { return .failure(.location) }
        let head = try session.query(.evidenceHead) {
            $0.network(filter)
            $0.text(view.sku.text)
            $0.text(location.text)
        }[0]
        let key = BalanceKey(head)
        let obstacles = ColumnReader<ObstacleColumn>(head, from: BalanceKeyColumn.count)
        var evidence = Evidence(view: view)
        evidence.obstacles = Evidence.Obstacle.allCases.filter { obstacles.bool(ObstacleColumn($0)) }
        guard view.kitsAvailable == nil else {
            // A kit has no stock to hold back, but may not be sold.
            evidence.rules = try session.query(.evidenceRules) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
                $0.timestamptz(view.asOf.microseconds)
            }.map(Stored<StockRule>.init).filter { $0.value.kind == .saleRestriction }
            evidence.components = try components(of: key.item, at: location, filter, on: session)
            return .success(evidence)
        }
        var exchange = Exchange()
        func addQuestion(_ statement: Statement, _ more: (inout ParameterWriter) -> Void = { _ in }) -> Int {
            exchange.add(statement) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
                more(&$0)
            }
        }
        let rulesAt = addQuestion(.evidenceRules) { $0.timestamptz(view.asOf.microseconds) }
        let holdsAt = addQuestion(.evidenceHolds) { $0.int8(Int64(Evidence.holdsMax)) }
        let sumsAt = addQuestion(.evidenceHoldSums)
        let results = try session.run(exchange)
        evidence.rules = results[rulesAt].map(Stored<StockRule>.init)
        let held = try HoldBackRules.read([key], at: view.asOf, ignoringHoldsOf: filter.owner, on: session)
        evidence.reserved = held[key]?.reserved ?? [:]
        var open = RowCursor(results[sumsAt][0])
        (evidence.holdCount, evidence.holdUnits) = (open.int8(), open.int8())
        let uncovered = try uncovered(key, shortfall: view.terms.shortfall, on: session)
        evidence.holds = results[holdsAt].map { HoldEvidence($0, uncovered) }
        evidence.movements = try newestLines(
            of: key, count: min(view.version, Int64(Evidence.movementsMax)), on: session)
        return .success(evidence)
    }

    /// The last lines, newest first: looked for a month back, and then each time through four times as much.
    /// - Parameter count: not more than the balance has.
    private static func newestLines(
        of key: BalanceKey, count: Int64, on session: Session
    ) throws(PQError) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        var windows = LedgerWindows(
            backFrom: try session.query(.evidenceSpan) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
            }.first.map { ($0.requiredTimestamp(0), $0.requiredTimestamp(1)) })
        while entries.count < count, let window = windows.next() {
            let room = count - Int64(entries.count)
            entries += try session.query(.evidenceMovements) {
                $0.int8(key.item.rawValue)
                $0.int4(key.location.rawValue)
                $0.int8(room)
                $0.timestamptz(window.lowerBound.microseconds)
                $0.timestamptz(window.upperBound.microseconds)
            }.map { LedgerEntry($0) }
        }
        return entries
    }

    /// Promises without cover, who is covered last first.
    private static func uncovered(
        _ key: BalanceKey, shortfall: Int64, on session: Session
    ) throws(PQError) -> [AllocationID: Int64] {
        guard shortfall > 0 else { return [:] }
        let rows = try session.query(.evidenceUncovered) {
            $0.int8(key.item.rawValue)
            $0.int4(key.location.rawValue)
            $0.int8(min(shortfall, 10_000))
        }
        let promises = rows.map { row in
            OpenPromise(ColumnReader(row))
        }
        return Dictionary(
            promisesAtRisk(shortfall: shortfall, promises).map { ($0.id, $0.uncoveredQuantity) }
        ) { $1 }
    }

    private static func components(
        of kit: ItemNumber, at location: LocationID, _ filter: NetworkFilter, on session: Session
    ) throws(PQError) -> [ComponentEvidence] {
        var components: [ComponentEvidence] = []
        for row in try session.query(.evidenceComponents, { $0.int8(kit.rawValue) }) {
            var row = RowCursor(row)
            let (sku, quantity) = (SKU(stored: row.text()), row.int8())
            let part = ItemQuestion(item: .sku(sku), filter: filter, named: [location], around: nil)
            guard case .success(let answer) = try part.answer(on: session) else { continue }
            components.append(
                ComponentEvidence(
                    sku: sku, quantity: quantity,
                    availableToSell: answer.value.places.first?.balance.availableToSell ?? 0))
        }
        return components
    }
}

/// A hold, of allocation `a` and reservation `r`.
private enum HoldColumn: Int32, SelectedColumn {
    case reservation, number, state, quantity, owner, channel, reference, method, createdAt, expiresAt

    var selected: String {
        switch self {
        case .reservation: "a.reservation_id"
        case .number: "a.number"
        case .state: "a.state"
        case .quantity: "a.open_units"
        case .owner: "r.owner"
        case .channel: "r.channel"
        case .reference: "r.reference"
        case .method: "r.method"
        case .createdAt: "a.created_at"
        case .expiresAt: "a.expires_at"
        }
    }
}

extension HoldEvidence {
    fileprivate init(_ row: Row, _ uncovered: [AllocationID: Int64]) {
        let row = ColumnReader<HoldColumn>(row)
        let id = AllocationID(
            reservation: ReservationID(stored: row.bytea(.reservation)), number: row.int2(.number))
        self.init(
            allocation: id, state: AllocationState(stored: row.int2(.state)), quantity: row.int8(.quantity),
            uncoveredQuantity: uncovered[id] ?? 0, owner: row.textIfPresent(.owner).map(Owner.init(stored:)),
            channel: row.textIfPresent(.channel).map(Channel.init(stored:)),
            reference: row.textIfPresent(.reference).map(Reference.init(stored:)),
            method: .init(stored: row.text(.method)), createdAt: row.requiredTimestamp(.createdAt),
            expiresAt: row.timestamp(.expiresAt))
    }
}

/// Which obstacles there are at location `l` to selling item `i`. `$3` is the method.
private enum ObstacleColumn: Int32, SelectedColumn {
    case locationPaused, locationClosed, locationShadow, noPickup, noShipFrom, notInGroup, itemStopSale, saleRestriction

    init(_ obstacle: Evidence.Obstacle) {
        self =
            switch obstacle {
            case .locationPaused: .locationPaused
            case .locationClosed: .locationClosed
            case .locationShadow: .locationShadow
            case .noPickup: .noPickup
            case .noShipFrom: .noShipFrom
            case .notInGroup: .notInGroup
            case .itemStopSale: .itemStopSale
            case .saleRestriction: .saleRestriction
            }
    }

    var selected: String {
        switch self {
        case .locationPaused: "l.status = 'paused'"
        case .locationClosed: "l.status = 'closed'"
        case .locationShadow: "l.mode = 'shadow'"
        case .noPickup: "coalesce($3::text = 'pickup' and not l.can_pickup, false)"
        case .noShipFrom: "coalesce($3::text = 'ship' and not l.can_ship, false)"
        case .notInGroup:
            """
            (select group_id from scope) is not null and not exists (
                select from location_group_member m
                where m.group_id = (select group_id from scope) and m.location_id = l.location_id)
            """
        case .itemStopSale: "i.status = 'stopSale'"
        case .saleRestriction:
            AvailabilityFormula(channel: "$2::text", method: "$3::text", isEligible: "true").isRestricted
        }
    }
}

extension Statement {
    fileprivate static let evidenceHead = Statement(
        "evidence_head", AvailabilitySQL.network + [.text, .text],
        sql: """
            with \(AvailabilitySQL.scope)
            select i.item_id, l.location_id, \(ObstacleColumn.selectList)
            from item i, location l where i.sku = $4 and l.id = $5 and l.deleted_at is null
            """)

    fileprivate static let evidenceRules = Statement(
        "evidence_rules", [.int8, .int4, .timestamptz],
        sql: """
            select \(StockRuleColumn.selectList), r.version
            from rules_in_force_of($1, $2, $3) r
            order by r.kind, r.level, r.id collate "C"
            """)

    private static let open = """
        from allocation a
        where a.item_id = $1 and a.location_id = $2 and a.open_units > 0
          and (a.state <> 1 or a.expires_at > transaction_timestamp())
        """

    fileprivate static let evidenceHolds = Statement(
        "evidence_holds", [.int8, .int4, .int8],
        sql: """
            select \(HoldColumn.selectList)
            from (select a.* \(open) order by a.created_at, a.reservation_id, a.number limit $3) a
            join reservation r using (reservation_id)
            order by a.created_at, a.reservation_id, a.number
            """)

    fileprivate static let evidenceHoldSums = Statement(
        "evidence_hold_sums", [.int8, .int4], sql: "select count(*), coalesce(sum(a.open_units), 0)::int8 \(open)")

    fileprivate static let evidenceUncovered = Statement(
        "evidence_uncovered", [.int8, .int4, .int8],
        sql: """
            select \(OpenPromiseColumn.selectList(of: "a")) \(open)
            order by a.cover_rank desc, a.created_at desc, a.reservation_id desc, a.number desc limit $3
            """)

    fileprivate static let evidenceComponents = Statement(
        "evidence_components", [.int8],
        sql: """
            select i.sku, c.quantity from kit_component c join item i on i.item_id = c.component_id
            where c.kit_id = $1 and c.valid_until is null order by c.position
            """)

    /// From when to when a balance has lines.
    fileprivate static let evidenceSpan = Statement(
        "evidence_span", [.int8, .int4],
        sql: """
            select coalesce(b.first_recorded_at, (select begins from ledger_span())), b.recorded_at
            from balance b
            where b.item_id = $1 and b.location_id = $2 and b.recorded_at is not null
            """)

    fileprivate static let evidenceMovements = Statement(
        "evidence_movements", [.int8, .int4, .int8, .timestamptz, .timestamptz],
        sql: """
            select \(LedgerColumn.selectList), \(LedgerNameColumn.selectList)
            from (
                select * from movement m
                where m.item_id = $1 and m.location_id = $2 and m.recorded_at >= $4 and m.recorded_at < $5
                order by m.recorded_at desc, m.version desc limit $3
            ) m
            join item i using (item_id) join location l using (location_id) join source s using (source_id)
            order by m.recorded_at desc, m.version desc
            """)
}
