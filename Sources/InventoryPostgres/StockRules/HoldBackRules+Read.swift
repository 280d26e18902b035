import Inventory
import LibPQ

extension HoldBackRules {
    /// The rules in force of balances at an instant, what is promised to each fenced channel there then, and what is held back for silence.
    /// - Parameter rulesAt: whose rules are read; nil: those of the same instant.
    /// - Returns: an entry for every key.
    static func read(
        _ keys: [BalanceKey], at instant: Timestamp, rulesAt: Timestamp? = nil, ignoringHoldsOf owner: Owner? = nil,
        on session: Session
    ) throws(PQError) -> [BalanceKey: HoldBackRules] {
        var exchange = Exchange()
        let foundAt = exchange.add(.holdBackRulesRead) {
            $0.balanceKeys(keys)
            $0.timestamptz((rulesAt ?? instant).microseconds)
        }
        let reservedAt = exchange.add(.channelsReservedRead) {
            $0.balanceKeys(keys)
            $0.timestamptz(instant.microseconds)
            $0.text(owner?.text)
            $0.timestamptz((rulesAt ?? instant).microseconds)
        }
        let lagAt = exchange.add(.lagBuffersRead) { $0.balanceKeys(keys) }
        let results = try session.run(exchange)
        var found = Dictionary(uniqueKeysWithValues: keys.map { ($0, HoldBackRules()) })
        for row in results[foundAt] {
            found[BalanceKey(row)]?.rules.append(StockRule(row, from: BalanceKeyColumn.count))
        }
        for row in results[reservedAt] {
            let row = ColumnReader<ChannelReservedColumn>(row)
            found[row.balanceKey(.item, .location)]?.reserved[Channel(stored: row.text(.channel))] = row.int8(.units)
        }
        for row in results[lagAt] { found[BalanceKey(row)]?.lagBuffer = row.int8(BalanceKeyColumn.count) }
        return found
    }
}

/// The balance that a row is about, of row `asked`.
enum BalanceKeyColumn: Int32, SelectedColumn {
    case item, location

    var selected: String {
        switch self {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        }
    }
}

extension BalanceKey {
    /// Of a row that begins with `BalanceKeyColumn.selectList`.
    init(_ row: Row) { self = ColumnReader<BalanceKeyColumn>(row).balanceKey(.item, .location) }
}

/// What is promised to a channel, of allocations `a`.
private enum ChannelReservedColumn: Int32, SelectedColumn {
    case item, location, channel, units

    static let group: [ChannelReservedColumn] = [.item, .location, .channel]

    var selected: String {
        switch self {
        case .item: "a.item_id"
        case .location: "a.location_id"
        case .channel: "a.channel"
        case .units: "sum(a.open_units)::int8"
        }
    }
}

extension ParameterWriter {
    fileprivate mutating func balanceKeys(_ keys: [BalanceKey]) {
        int8s(keys) { $0.item.rawValue }
        int4s(keys) { $0.location.rawValue }
    }
}

extension Statement {
    static let holdBackRulesRead = Statement(
        "hold_back_rules_read", [.int8Array, .int4Array, .timestamptz],
        sql: """
            select \(BalanceKeyColumn.selectList), \(StockRuleColumn.selectList)
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral rules_in_force_of(asked.item_id, asked.location_id, $3) r
            """)

    /// Of balances whose locations hold back for silence.
    static let lagBuffersRead = Statement(
        "lag_buffers_read", [.int8Array, .int4Array],
        sql: """
            select \(BalanceKeyColumn.selectList),
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
        "channels_reserved_read", [.int8Array, .int4Array, .timestamptz, .text, .timestamptz],
        sql: """
            select \(ChannelReservedColumn.selectList)
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
                select from rules_in_force_of(a.item_id, a.location_id, $5) r where r.kind = 3 and r.channel = a.channel)
            group by \(ChannelReservedColumn.group.ordinalList)
            """)
}
