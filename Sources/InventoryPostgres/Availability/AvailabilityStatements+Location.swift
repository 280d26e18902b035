import Inventory
import LibPQ

/// What is worked out of location `l` before its balances are read: what its own rules and its silence say. `$1` to `$3` are
/// the network.
enum LocationHeadColumn: Int32, SelectedColumn {
    case number, isEligible, now, safetyStock, threshold, rules, lagSeconds, silentSince, isGroupUnknown

    var selected: String {
        switch self {
        case .number: "l.location_id"
        case .isEligible: AvailabilitySQL.isEligible
        case .now: "transaction_timestamp()"
        case .safetyStock: Self.ofNetwork.placeSafetyStock
        case .threshold: Self.ofNetwork.placeThreshold
        case .rules: "l.rules"
        case .lagSeconds: "l.lag_seconds"
        case .silentSince: "l.silent_since"
        case .isGroupUnknown: AvailabilitySQL.isGroupUnknown
        }
    }

    private static let ofNetwork = AvailabilityFormula(
        channel: "$2::text", method: "$3::text", isEligible: AvailabilitySQL.isEligible)
}

/// What a store has. It reads thousands of balances for one answer, so whatever depends on the location alone is worked out
/// first, once.
extension Statement {
    private typealias SQL = AvailabilitySQL

    /// The place of a band's statement among those of all bands, and of none.
    static func place(of band: Band?) -> Int { band.flatMap(Band.allCases.firstIndex).map { $0 + 1 } ?? 0 }

    /// No row when there is none.
    static let availabilityLocationHead = Statement(
        "availability_location_head", SQL.network + [.text],
        sql: """
            with \(SQL.scope)
            select \(LocationHeadColumn.selectList)
            from location l where l.id = $4 and l.deleted_at is null
            """)

    /// The parameters of a location: number, whether it is eligible, safety stock, threshold, what else to look for, for how
    /// long a sale units are held back, when it was heard last, channel, method.
    static let locationParameters: [PQType] = [.int4, .bool, .int8, .int8, .int2, .int4, .timestamptz, .text, .text]

    private static let here = AvailabilityFormula(
        location: "$1::int4", channel: "$8::text", method: "$9::text", placeSafetyStock: "$3::int8",
        placeThreshold: "$4::int8",
        placeRules: "$5::int2", lagSeconds: "$6::int4", silentSince: "$7::timestamptz", isEligible: "$2::bool")

    /// For statements that look at all balances of the location: what rules say of its items, all at once.
    private static let ruled = """
        ruled as materialized (
            select r.item_id, r.safety_stock, r.threshold, r.is_restricted, r.fences
            from items_ruled_at($1) n(items)
            cross join lateral rules_of_balances(n.items, array_fill($1, array[cardinality(n.items)]), $8, $9) r
        )
        """

    /// Balances `b` and their items `i`. By the location's number: so the planner knows how much of all stock is there.
    /// - Parameter source: a join of more rows.
    private static func balances(_ band: Band?, _ formula: AvailabilityFormula, joining source: String = "") -> String {
        """
        from balance b
        join item i using (item_id)
        \(source)
        cross join lateral (select \(formula.available) as available, \(formula.threshold) as threshold) n
        where b.location_id = $1 and b.version > 0 and \(SQL.isIn(band))
          and ($10::text is null or position($10 in lower(i.sku)) > 0 or position($10 in lower(i.name)) > 0)
        """
    }

    private static func allBalances(_ band: Band?) -> String {
        balances(band, here.reading(ruled: "ruled"), joining: "left join ruled on ruled.item_id = b.item_id")
    }

    static func availabilityLocation(_ band: Band?) -> Statement { locationLists[place(of: band)].page }
    static func availabilityLocationCount(_ band: Band?) -> Statement { locationLists[place(of: band)].count }

    private static let locationLists = ([nil] + Band.allCases).map { (band: Band?) in
        let suffix = band.map { "_\($0.rawValue)" } ?? ""
        // A page of what most items are is full after few of them, which are read in their order and asked one by one. For
        // what few items are, nearly all have to be looked at.
        let isRare = band == .low || band == .out
        let page = Statement(
            "availability_location\(suffix)", locationParameters + [.text, .text, .int8],
            sql: """
                \(isRare ? "with \(ruled)" : "")
                select \(BalanceViewColumn.selectList("$2::bool", here)), i.name
                from (
                    select b.item_id, i.sku, i.name, i.status, i.rules, i.safety_stock, i.threshold
                    \(isRare ? allBalances(band) : balances(band, here)) and i.sku > $11 order by i.sku limit $12
                ) i
                join balance b on b.item_id = i.item_id and b.location_id = $1
                join location l on l.location_id = $1
                order by i.sku
                """)
        let count = Statement(
            "availability_location_count\(suffix)", locationParameters + [.text],
            sql: "with \(ruled) select count(*) \(allBalances(band))")
        return (page: page, count: count)
    }
}
