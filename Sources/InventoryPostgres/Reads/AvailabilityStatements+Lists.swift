import Inventory
import LibPQ

/// Lists: of items over a network, and of what a store has. They read thousands of balances for one answer, so whatever
/// depends on the location alone is worked out first, once.
extension Statement {
    private typealias SQL = AvailabilitySQL

    /// Whether the group is unknown; the clock; what is held back by location number, -1 where a location is not eligible,
    /// and NULL where all are and nothing is held back; whether fences there name no item; what is low; the group.
    static let availabilityNetwork = Statement(
        "availability_network", SQL.network,
        sql: """
            with \(SQL.scope), place as materialized (
                select l.location_id, \(SQL.isEligible) as is_eligible, \(networkPlace.placeSafetyStock) as held,
                       \(networkPlace.isPlaceFenced) as is_fenced
                from location l where l.deleted_at is null
            )
            select \(SQL.isGroupUnknown), statement_timestamp(),
                   case when coalesce((select bool_and(is_eligible and held = 0) from place), true) then null else array(
                       select case when p.is_eligible then p.held else -1 end
                       from generate_series(1, (select max(location_id) from place)) as n(location_id)
                       left join place p using (location_id)
                       order by n.location_id)
                   end,
                   coalesce((select bool_or(is_fenced) from place where is_eligible), false),
                   \(SQL.networkThreshold(channel: "$2", group: "(select group_id from scope)")),
                   (select group_id from scope)
            """)

    private static let networkPlace = AvailabilityFormula(channel: "$2::text", isEligible: SQL.isEligible)

    /// The parameters of a network: what is held back by location, whether places are fenced, channel, low, group.
    static let networkParameters: [PQType] = [.int8Array, .bool, .text, .int8, .int4]

    private static let network = AvailabilityFormula(
        location: "b.location_id", channel: "$3::text", placeSafetyStock: "coalesce(($1::int8[])[b.location_id], 0)",
        placeThreshold: "$4::int8", isPlaceFenced: "$2::bool", isEligible: "true")
    private static let isInNetwork = "($1::int8[] is null or ($1::int8[])[b.location_id] >= 0)"
    private static let networkThreshold = SQL.networkThreshold(channel: "$3", group: "$5::int4", place: "$4::int8")

    /// Over all locations, for item `i`. Kits are the sum of what their components make at each.
    private static let networkSum = """
        case when i.status = 'stopSale' then 0::int8
             when i.rules & 8 <> 0 then (
                 select coalesce(sum(k.available), 0)::int8
                 from (select i.item_id as kit_id) kit
                 cross join lateral (
                     select min(n.available / c.quantity) as available
                     from kit_component c
                     join item i on i.item_id = c.component_id
                     join balance b on b.item_id = c.component_id and \(isInNetwork)
                     cross join lateral (select \(network.available) as available) n
                     where c.kit_id = kit.kit_id and c.valid_until is null
                     group by b.location_id
                     having count(*) = (
                         select count(*) from kit_component o where o.kit_id = kit.kit_id and o.valid_until is null)
                 ) k)
             else (
                 select coalesce(sum(\(network.available)), 0)::int8
                 from balance b where b.item_id = i.item_id and \(isInNetwork))
        end
        """

    /// Items that some location alone has more of than is low: nearly all that are in stock. The first such balance shows it,
    /// where a sum would read them all; and the question is such that several processes can share it.
    private static let reaching = """
        reaching as materialized (
            select i.item_id from item i
            where i.rules & 10 = 0 and i.status <> 'stopSale' and \(isAsked)
              and exists (
                  select from balance b
                  where b.item_id = i.item_id and \(isInNetwork) and \(network.available) > coalesce(i.threshold, $4::int8))
        )
        """

    private static let isAsked = """
        ($6::text is null or position($6 in lower(i.sku)) > 0 or position($6 in lower(i.name)) > 0)
        """

    /// All others are summed up.
    private static func items(_ band: Band?) -> String {
        guard let band else { return "from item i where \(isAsked)" }
        let summed = """
            (select \(SQL.isIn(band)) from (
                select \(networkSum) as available, \(networkThreshold) as threshold offset 0) n)
            """
        let reaches = "i.item_id in (select item_id from reaching)"
        let condition = band == .inStock ? "(\(reaches) or \(summed))" : "(not \(reaches) and \(summed))"
        return "from item i where \(isAsked) and \(condition)"
    }

    static func availabilityItems(_ band: Band?) -> Statement { itemLists[place(of: band)].page }
    static func availabilityItemsCount(_ band: Band?) -> Statement { itemLists[place(of: band)].count }

    private static func place(of band: Band?) -> Int { band.flatMap(Band.allCases.firstIndex).map { $0 + 1 } ?? 0 }

    /// A statement a band, since without one nothing need be summed up to find the page. Most items are in stock, so a page
    /// of those stops early; few are low or out, so a page of those first leaves out what is in stock.
    private static let itemLists = ([nil] + Band.allCases).map { (band: Band?) in
        let suffix = band.map { "_\($0.rawValue)" } ?? ""
        let page = Statement(
            "availability_items\(suffix)", networkParameters + [.text, .text, .int8],
            sql: band == .low || band == .out
                ? """
                with \(reaching)
                select i.sku, i.name, \(networkSum), \(networkThreshold)
                from (select i.* \(items(band)) and i.sku > $7 order by i.sku limit $8) i
                order by i.sku
                """
                : """
                select i.sku, i.name, n.available, n.threshold
                from (
                    select i.sku, i.name, \(networkSum) as available, \(networkThreshold) as threshold
                    from item i where \(isAsked) and i.sku > $7 order by i.sku offset 0
                ) n
                cross join lateral (select n.sku, n.name) i
                where \(SQL.isIn(band))
                order by i.sku limit $8
                """)
        let count = Statement(
            "availability_items_count\(suffix)", networkParameters + [.text],
            sql: "\(band == nil ? "" : "with \(reaching) ")select count(*) \(items(band))")
        return (page: page, count: count)
    }

    /// The location's number, whether it is eligible, the clock, and what its own rules say. No row when there is none.
    static let availabilityLocationHead = Statement(
        "availability_location_head", SQL.network + [.text],
        sql: """
            with \(SQL.scope)
            select l.location_id, \(SQL.isEligible), statement_timestamp(), \(networkPlace.placeSafetyStock),
                   \(networkPlace.placeThreshold), \(networkPlace.isPlaceFenced), \(SQL.isGroupUnknown)
            from location l where l.id = $4 and l.deleted_at is null
            """)

    /// The parameters of a location: number, whether it is eligible, safety stock, threshold, whether fenced, channel.
    static let locationParameters: [PQType] = [.int4, .bool, .int8, .int8, .bool, .text]

    private static let here = AvailabilityFormula(
        location: "$1::int4", channel: "$6::text", placeSafetyStock: "$3::int8", placeThreshold: "$4::int8",
        isPlaceFenced: "$5::bool", isEligible: "$2::bool")

    /// By number: so the planner knows how much of all stock is at that one.
    private static func locationBalances(_ band: Band?) -> String {
        """
        from balance b
        join item i using (item_id)
        cross join lateral (select \(here.available) as available, \(here.threshold) as threshold) n
        where b.location_id = $1 and b.version > 0 and \(SQL.isIn(band))
          and ($7::text is null or position($7 in lower(i.sku)) > 0 or position($7 in lower(i.name)) > 0)
        """
    }

    static func availabilityLocation(_ band: Band?) -> Statement { locationLists[place(of: band)].page }
    static func availabilityLocationCount(_ band: Band?) -> Statement { locationLists[place(of: band)].count }

    private static let locationLists = ([nil] + Band.allCases).map { (band: Band?) in
        let suffix = band.map { "_\($0.rawValue)" } ?? ""
        let page = Statement(
            "availability_location\(suffix)", locationParameters + [.text, .text, .int8],
            sql: """
                select \(SQL.balanceColumns("$2::bool", here)), i.name
                from (
                    select b.item_id, i.sku, i.name, i.status, i.rules, i.safety_stock, i.threshold
                    \(locationBalances(band)) and i.sku > $8 order by i.sku limit $9
                ) i
                join balance b on b.item_id = i.item_id and b.location_id = $1
                join location l on l.location_id = $1
                order by i.sku
                """)
        let count = Statement(
            "availability_location_count\(suffix)", locationParameters + [.text],
            sql: "select count(*) \(locationBalances(band))")
        return (page: page, count: count)
    }
}
