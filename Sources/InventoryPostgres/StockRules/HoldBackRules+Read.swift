import Inventory
import LibPQ

extension HoldBackRules {
    /// The rules in force of balances, what is promised to each fenced channel there at an instant, and what is held back for
    /// silence.
    /// - Returns: an entry for every key.
    static func read(
        _ keys: [BalanceKey], at instant: Timestamp, ignoringHoldsOf owner: Owner? = nil, on session: Session
    ) throws(PQError) -> [BalanceKey: HoldBackRules] {
        var exchange = Exchange()
        let rulesAt = exchange.add(.holdBackRulesRead) { $0.balanceKeys(keys) }
        let reservedAt = exchange.add(.channelsReservedRead) {
            $0.balanceKeys(keys)
            $0.timestamptz(instant.microseconds)
            $0.text(owner?.text)
        }
        let lagAt = exchange.add(.lagBuffersRead) { $0.balanceKeys(keys) }
        let results = try session.run(exchange)
        var found = Dictionary(uniqueKeysWithValues: keys.map { ($0, HoldBackRules()) })
        for row in results[rulesAt] {
            found[BalanceKey(row)]?.rules.append(StockRule(row, from: 2))
        }
        for row in results[reservedAt] {
            found[BalanceKey(row)]?.reserved[Channel(stored: row.text(2))] = row.int8(3)
        }
        for row in results[lagAt] { found[BalanceKey(row)]?.lagBuffer = row.int8(2) }
        return found
    }
}

extension BalanceKey {
    /// From the first two columns.
    init(_ row: Row) {
        self.init(item: ItemNumber(row.int8(0)), location: LocationNumber(row.int4(1)))
    }
}

extension StockRule {
    /// The columns of a rule: kind, id, sku, location, group, channel, quantity, priority.
    init(_ row: Row, from first: Int32) {
        guard let kind = StockRuleKind(rawValue: row.int2(first)) else {
            preconditionFailure("the table holds known kinds of rules only")
        }
        self.init(
            kind: kind, id: StockRuleID(stored: row.text(first + 1)),
            scope: StockRuleScope(
                sku: row.textIfPresent(first + 2).map(SKU.init(stored:)),
                location: row.textIfPresent(first + 3).map(LocationID.init(stored:)),
                group: row.textIfPresent(first + 4).map(GroupID.init(stored:)),
                channel: row.textIfPresent(first + 5).map(Channel.init(stored:))),
            quantity: row.int8(first + 6), priority: row.int8(first + 7))
    }
}

extension ParameterWriter {
    fileprivate mutating func balanceKeys(_ keys: [BalanceKey]) {
        int8s(keys) { $0.item.rawValue }
        int4s(keys) { $0.location.rawValue }
    }
}

extension Statement {
    /// The columns of rule `r`, as `StockRule` reads them.
    static let stockRuleColumns = """
        r.kind, r.id, (select i.sku from item i where i.item_id = r.item_id),
        (select l.id from location l where l.location_id = r.location_id),
        (select g.id from location_group g where g.group_id = r.group_id), r.channel, r.quantity, r.priority
        """

    static let holdBackRulesRead = Statement(
        "hold_back_rules_read", [.int8Array, .int4Array],
        sql: """
            select asked.item_id, asked.location_id, \(stockRuleColumns)
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral stock_rules_of(asked.item_id, asked.location_id) r
            """)

    /// Of balances whose locations hold back for silence.
    static let lagBuffersRead = Statement(
        "lag_buffers_read", [.int8Array, .int4Array],
        sql: """
            select asked.item_id, asked.location_id,
                   lag_buffer(l.lag_seconds, l.silent_since, b.sold_units, b.sold_at, b.sold_since)
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (
                select * from location l where l.location_id = asked.location_id and l.lag_seconds > 0 offset 0
            ) l
            cross join lateral (
                select * from balance b
                where b.item_id = asked.item_id and b.location_id = asked.location_id offset 0
            ) b
            """)

    /// Of channels that something is fenced for; whoever holds the locks of the balances sees what is committed.
    static let channelsReservedRead = Statement(
        "channels_reserved_read", [.int8Array, .int4Array, .timestamptz, .text],
        sql: """
            select a.item_id, a.location_id, a.channel, sum(a.open_units)::int8
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (
                select * from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.open_units > 0
                  and a.channel is not null and (a.state <> 1 or a.expires_at > $3)
                  and ($4::text is null or a.state <> 1 or not exists (
                      select from reservation r where r.reservation_id = a.reservation_id and r.owner = $4))
                offset 0
            ) a
            where exists (
                select from stock_rules_of(a.item_id, a.location_id) r where r.kind = 3 and r.channel = a.channel)
            group by 1, 2, 3
            """)
}
