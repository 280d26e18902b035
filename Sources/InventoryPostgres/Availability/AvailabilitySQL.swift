import Inventory
import LibPQ

/// Shared parts of the questions. Every question starts with the same three parameters: group, channel, method.
enum AvailabilitySQL {
    static let network: [PQType] = [.text, .text, .text]

    /// The asked group, else the channel's, else none, which means all locations.
    static let scope = """
        scope as materialized (
            select (
                select g.group_id from location_group g
                where g.deleted_at is null
                  and case when $1::text is not null then g.id = $1 else g.channel = $2 end
            ) as group_id
        )
        """

    static let isGroupUnknown = "($1::text is not null and (select group_id from scope) is null)"

    /// Of location `l`, whose own status, mode, capability and membership decide.
    static let isEligible = isEligible(method: "$3::text", group: "(select group_id from scope)")

    /// Whether location `l` is there for who asks.
    /// - Parameter ids: of those that are; NULL: all.
    static func isWithin(_ ids: String) -> String { "(\(ids)::text[] is null or l.id = any(\(ids)))" }

    static func isEligible(of l: String = "l", method: String, group: String) -> String {
        """
        (\(l).status = 'active' and \(l).mode = 'live'
         and case \(method) when 'pickup' then \(l).can_pickup when 'ship' then \(l).can_ship else true end
         and (\(group) is null
              or exists (
                  select from location_group_member m
                  where m.group_id = \(group) and m.location_id = \(l).location_id)))
        """
    }

    /// The item of a sku (no code system) or a code.
    static func item(system: String, code: String) -> String {
        """
        select i.item_id, i.sku, i.name, i.status, i.rules, i.safety_stock, i.threshold
        from item i where \(system) is null and i.sku = \(code)
        union all
        select i.item_id, i.sku, i.name, i.status, i.rules, i.safety_stock, i.threshold
        from alias a join item i using (item_id)
        where a.code_system = \(system) and a.code = \(code)
        """
    }

    /// Item `i`, location `l` and balance `b` of a row `asked`; each may be missing.
    static let askedBalance = """
        left join lateral (\(item(system: "asked.code_system", code: "asked.code"))) i on true
        left join location l on l.id = asked.location and l.deleted_at is null
        left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
        """

    /// Units promised now, of balance `b`, which may be missing. Holds that have ended are no longer, whether or not anybody
    /// wrote that down; `next_expiry` says when there is nothing to look for.
    static let reserved = reserved(of: "b")

    static func reserved(of b: String) -> String {
        """
        (coalesce(\(b).reserved, 0) - case when \(b).next_expiry <= transaction_timestamp()
            then expired_units(\(b).item_id, \(b).location_id) else 0 end)
        """
    }

    /// Units that an owner holds unconfirmed of balance `b`.
    static func ownHeld(_ owner: String) -> String {
        """
        (select coalesce(sum(a.open_units), 0)::int8
         from reservation r
         join allocation a on a.item_id = b.item_id and a.location_id = b.location_id
             and a.reservation_id = r.reservation_id
         where r.owner = \(owner) and r.state = 'held' and r.expires_at > transaction_timestamp() and a.state = 1)
        """
    }

    /// How many of a kit its components make at the formula's location, `l`.
    /// - Parameter kit: its number, by a name other than `i` or `b`.
    static func kit(_ kit: String, _ formula: AvailabilityFormula) -> String {
        """
        (select min(n.available / c.quantity)
         from kit_component c
         join item i on i.item_id = c.component_id
         left join balance b on b.item_id = c.component_id and b.location_id = l.location_id
         cross join lateral (select \(formula.available) as available) n
         where c.kit_id = \(kit) and c.valid_until is null)
        """
    }

    /// The rule for low of an item over a whole network: locations' rules play no part.
    /// - Parameters:
    ///   - group: the number of the network's group, or NULL.
    ///   - place: what applies to an item that no rule names.
    static func networkThreshold(channel: String, method: String, group: String, place: String) -> String {
        """
        case when i.rules & \(ItemRules.threshold) = 0 then coalesce(i.threshold, \(place)) else coalesce((
            select r.quantity from stock_rule r
            where r.item_id = i.item_id and \(isNetworkThreshold(channel: channel, method: method, group: group))
            order by \(precedence), r.quantity desc limit 1), \(place)) end
        """
    }

    /// The same of items that no rule names.
    static func networkThreshold(channel: String, method: String, group: String) -> String {
        """
        coalesce((
            select r.quantity from stock_rule r
            where r.item_id is null and \(isNetworkThreshold(channel: channel, method: method, group: group))
            order by \(precedence), r.quantity desc limit 1), 0)
        """
    }

    /// Of rule `r`: whether it may say what is low over a network.
    private static func isNetworkThreshold(channel: String, method: String, group: String) -> String {
        """
        r.kind = 2 and r.valid_until is null and \(isInForce(at: "transaction_timestamp()")) and r.location_id is null
        and (r.group_id is null or r.group_id = \(group)) and (r.channel is null or r.channel = \(channel))
        and (r.method is null or r.method = \(method))
        """
    }

    /// Of rules `r` of one kind, which comes before which; of equals the larger.
    private static let precedence = "r.level, r.channel is null, r.method is null"

    /// Whether an instant is in the time of rule `r`.
    static func isInForce(at instant: String) -> String {
        "(r.starts_at is null or r.starts_at <= \(instant)) and (r.ends_at is null or r.ends_at > \(instant))"
    }

    /// When a rule began or ended last; NULL when none ever did.
    static let lastRuleTurn = """
        greatest(
            (select max(r.starts_at) from stock_rule r
             where r.valid_until is null and r.starts_at <= transaction_timestamp()),
            (select max(r.ends_at) from stock_rule r
             where r.valid_until is null and r.ends_at <= transaction_timestamp()))
        """

    /// Whether a rule began or ended after an instant, and by now.
    static func isRuleTurned(since instant: String) -> String {
        """
        (exists (
            select from stock_rule r
            where r.valid_until is null and r.starts_at > \(instant) and r.starts_at <= transaction_timestamp())
         or exists (
            select from stock_rule r
            where r.valid_until is null and r.ends_at > \(instant) and r.ends_at <= transaction_timestamp()))
        """
    }

    /// Whether a row `n`, of which it is known how much is available and from where on that is low, is in a band; nil for any.
    static func isIn(_ band: Band?) -> String {
        switch band {
        case .out: "n.available < 1"
        case .low: "n.available between 1 and n.threshold"
        case .inStock: "n.available > n.threshold"
        case nil: "true"
        }
    }
}

/// The contract's section 5 as SQL, over item `i` and balance `b`. What depends on the location alone is a text of its own:
/// some questions have it in the location's row, others in a parameter.
///
/// What names just an item is in the item's row, and `item.rules` says whether there is more: nearly never, and then no table
/// of rules is looked at.
struct AvailabilityFormula {
    /// The location's number.
    let location: String
    /// NULL for none.
    let channel: String
    /// How goods are got; NULL where nobody asked.
    let method: String
    var owner = "null::text"
    var ownHeld = "0::int8"
    /// The term of safety stock, and the threshold, there of an item that no rule names.
    let placeSafetyStock: String
    let placeThreshold: String
    /// Bits that say what else there is to look for there (`LocationRules.ofEachItem`).
    let placeRules: String
    /// For how long a sale that is, and when the location was heard last; only looked at where `placeRules` has 8.
    let lagSeconds: String
    let silentSince: String
    /// Of the location, for what is asked.
    let isEligible: String
    /// The row of `rules_of_balances` that a statement over many balances has joined; nil where each asks for itself.
    var ruled: String?

    /// From the row of a location `l`.
    init(location l: String = "l", channel: String, method: String, isEligible: String) {
        func place(_ kind: Int, _ column: String, timed: LocationRules) -> String {
            """
            case when \(l).rules & \(timed) = 0 and (\(l).rules & \(1 << (kind - 1)) = 0
                     or \(channel) is null and \(method) is null) then \(l).\(column)
                 else place_rule_term(\(kind)::int2, \(l).location_id, \(channel), \(method)) end
            """
        }
        location = "\(l).location_id"
        self.channel = channel
        self.method = method
        placeSafetyStock = place(1, "safety_stock", timed: .timedSafetyStock)
        placeThreshold = place(2, "threshold", timed: .timedThreshold)
        placeRules = "\(l).rules"
        lagSeconds = "\(l).lag_seconds"
        silentSince = "\(l).silent_since"
        self.isEligible = isEligible
    }

    init(
        location: String, channel: String, method: String, placeSafetyStock: String, placeThreshold: String,
        placeRules: String, lagSeconds: String, silentSince: String, isEligible: String
    ) {
        self.location = location
        self.channel = channel
        self.method = method
        self.placeSafetyStock = placeSafetyStock
        self.placeThreshold = placeThreshold
        self.placeRules = placeRules
        self.lagSeconds = lagSeconds
        self.silentSince = silentSince
        self.isEligible = isEligible
    }

    /// With an owner's holds out of his way.
    func ignoringHolds(of owner: String) -> AvailabilityFormula {
        var formula = self
        formula.owner = owner
        formula.ownHeld = AvailabilitySQL.ownHeld(owner)
        return formula
    }

    /// What `ring_fenced` says where there is no fence.
    static let nothingFenced = "'{0,-1,0}'::int8[]"

    /// With what rules name of each item in a row beside its balance, since a call for each of thousands takes longer than
    /// all else.
    func reading(ruled: String) -> AvailabilityFormula {
        var formula = self
        formula.ruled = ruled
        return formula
    }

    /// What applies where rules name the item besides those in its own row.
    private func named(_ kind: Int, _ column: String, _ place: String) -> String {
        guard let ruled else {
            return "coalesce(item_rule_term(\(kind)::int2, i.item_id, \(location), \(channel), \(method)), \(place))"
        }
        return "coalesce(\(ruled).\(column), \(place))"
    }

    /// Units, of what is on hand. Nearly all rows take the first way, where a term is its units. The planner does not inline
    /// `held_units` where its argument calls a function, so each way has a call of its own.
    var safetyStock: String {
        let plain = "coalesce(i.safety_stock, \(placeSafetyStock))"
        return """
            case when i.rules & \(ItemRules.safetyStock) <> 0
                      then held_units(\(named(1, "safety_stock", placeSafetyStock)), coalesce(b.on_hand, 0))
                 when \(placeRules) & \(LocationRules.percent) = 0 then \(plain)
                 else held_units(\(plain), coalesce(b.on_hand, 0)) end
            """
    }

    var threshold: String {
        """
        case when i.rules & \(ItemRules.threshold) = 0 then coalesce(i.threshold, \(placeThreshold))
             else \(named(2, "threshold", placeThreshold)) end
        """
    }

    private var isFenced: String {
        "i.rules & \(ItemRules.ringFence) <> 0 or \(placeRules) & \(LocationRules.ringFence) <> 0"
    }

    private var fences: String {
        guard let ruled else { return "ring_fenced(i.item_id, \(location), \(channel), \(method), \(owner))" }
        return "coalesce(\(ruled).fences, \(Self.nothingFenced))"
    }

    /// Whether the item is not sold there for what is asked.
    var isRestricted: String {
        if let ruled { return "coalesce(\(ruled).is_restricted, false)" }
        return """
            ((i.rules & \(ItemRules.saleRestriction) <> 0 or \(placeRules) & \(LocationRules.saleRestriction) <> 0)
             and is_sale_restricted(i.item_id, \(location), \(channel), \(method)))
            """
    }

    /// Units held back for silence.
    var lagBuffer: String {
        """
        case when \(placeRules) & \(LocationRules.silence) = 0 then 0::int8
             else lag_buffer(\(lagSeconds), \(silentSince), b.sold_units, b.sold_at, b.sold_since) end
        """
    }

    /// NULL where nothing is fenced.
    var fenced: String { "case when \(isFenced) then \(fences) end" }

    /// ATS. Most rows take the first way, where terms are units.
    var available: String {
        let free = "b.on_hand - \(AvailabilitySQL.reserved) + \(ownHeld) - \(safetyStock) - \(lagBuffer)"
        return """
            case when i.rules & \(ItemRules.holdsBack) = 0 and \(placeRules) & \(LocationRules.ofEachItem) = 0
                 then available_to_sell(
                     b.on_hand, \(AvailabilitySQL.reserved) - \(ownHeld), coalesce(i.safety_stock, \(placeSafetyStock)),
                     i.status <> 'stopSale' and \(isEligible))
                 when i.status = 'stopSale' or not \(isEligible) or \(isRestricted) then 0::int8
                 else case when \(isFenced)
                           then available_to_sell_fenced(greatest(0::int8, \(free)), \(fences))
                           else greatest(0::int8, \(free)) end
            end
            """
    }
}
