import Inventory
import LibPQ

/// What only batches with transfers, and receipts of expected supply, write.
extension ChangesWriter {
    func addTransfers(to exchange: inout Exchange) {
        let transfers = changes.transfers.values.sorted { $0.id < $1.id }
        if !transfers.isEmpty {
            exchange.add(.transferStore) {
                for column in TransferColumn.allCases { column.write(transfers, to: &$0) }
            }
            exchange.add(.transferInboundRemove) { $0.byteas(transfers) { $0.id.bytes } }
            let inbound = transfers.flatMap { transfer in
                transfer.inbound.sorted { $0.key < $1.key }.map { (transfer: transfer, item: $0.key, units: $0.value) }
            }
            if !inbound.isEmpty {
                exchange.add(.transferInboundStore) {
                    $0.int8s(inbound) { $0.item.rawValue }
                    $0.int4s(inbound) { $0.transfer.toNumber.rawValue }
                    $0.byteas(inbound) { $0.transfer.id.bytes }
                    $0.int8s(inbound) { $0.units }
                    $0.timestamptzs(inbound) { $0.transfer.expectedAt?.microseconds }
                }
            }
        }
        let supplied = changes.supplied.sorted { $0.key < $1.key }
        guard !supplied.isEmpty else { return }
        exchange.add(.supplyReceived) {
            $0.texts(supplied) { $0.key.text }
            $0.int8s(supplied) { $0.value }
        }
    }
}

/// Supply that a receipt may be, of row `e` of `expected_supply`.
enum OpenSupplyColumn: Int32, SelectedColumn {
    case item, location, id, reference, remaining

    var selected: String {
        switch self {
        case .item: "e.item_id"
        case .location: "e.location_id"
        case .id: "e.id"
        case .reference: "e.reference"
        case .remaining: "e.quantity - e.received"
        }
    }
}

extension OpenSupply {
    init(_ row: ColumnReader<OpenSupplyColumn>) {
        self.init(
            id: SupplyID(stored: row.text(.id)), reference: row.textIfPresent(.reference).map(Reference.init(stored:)),
            remaining: row.int8(.remaining))
    }
}

extension Statement {
    /// Only over the version that was read: a batch decided on another is refused as a whole.
    static let transferStore = Statement(
        "transfer_store", .init(of: TransferColumn.allCases),
        sql: """
            with written as (
                insert into transfer as t (\(TransferColumn.allCases.nameList))
                select * from unnest(\(TransferColumn.allCases.parameterList(from: 1)))
                on conflict (transfer_id) do update
                set \(TransferColumn.updated.updateList)
                where t.version = excluded.version - 1
                returning 1
            )
            select case when (select count(*) from written) = cardinality($1) then true else refuse_outdated_batch() end
            """)

    /// Whoever writes these has just written their transfers.
    static let transferInboundRemove = Statement(
        "transfer_inbound_remove", [.byteaArray],
        sql: "delete from transfer_inbound where transfer_id = any ($1)")

    static let transferInboundStore = Statement(
        "transfer_inbound_store", [.int8Array, .int4Array, .byteaArray, .int8Array, .timestamptzArray],
        sql: """
            insert into transfer_inbound (item_id, location_id, transfer_id, units, expected_at)
            select * from unnest($1, $2, $3, $4, $5)
            """)

    /// Open supply of balances whose id or reference is said, locked in the order in which they were made.
    static let supplyOfReceipts = Statement(
        "supply_of_receipts", [.int8Array, .int4Array, .textArray],
        sql: """
            select \(OpenSupplyColumn.selectList)
            from expected_supply e
            where e.supply_id in (
                select found.supply_id
                from unnest($1, $2, $3) as asked(item_id, location_id, said)
                cross join lateral (
                    select s.supply_id from expected_supply s
                    where s.item_id = asked.item_id and s.location_id = asked.location_id
                      and (s.id = asked.said or s.reference = asked.said) offset 0
                ) found)
            order by e.supply_id
            for update of e
            """)

    static let supplyReceived = Statement(
        "supply_received", [.textArray, .int8Array],
        sql: """
            update expected_supply e
            set received = e.received + came.units, version = e.version + 1, updated_at = clock_timestamp(),
                settled_at = case when e.received + came.units >= e.quantity
                                  then coalesce(e.settled_at, clock_timestamp()) end
            from unnest($1, $2) as came(id, units)
            where e.id = came.id
            """)
}
