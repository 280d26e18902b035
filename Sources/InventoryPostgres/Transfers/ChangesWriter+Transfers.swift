import Inventory
import LibPQ

/// What only batches with transfers, and receipts of expected supply, write.
extension ChangesWriter {
    func addTransfers(to exchange: inout Exchange) {
        let transfers = changes.transfers.values.sorted { $0.id < $1.id }
        if !transfers.isEmpty {
            exchange.add(.transferStore) { write(transfers, to: &$0) }
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

    private func write(_ transfers: [Transfer], to writer: inout ParameterWriter) {
        writer.byteas(transfers) { $0.id.bytes }
        writer.int8s(transfers) { $0.version }
        writer.timestamptzs(transfers) { $0.createdAt.microseconds }
        writer.timestamptzs(transfers) { $0.expectedAt?.microseconds }
        writer.timestamptzs(transfers) { $0.firstExpectedAt?.microseconds }
        writer.timestamptzs(transfers) { $0.shippedAt?.microseconds }
        writer.timestamptzs(transfers) { $0.receivedAt?.microseconds }
        writer.timestamptzs(transfers) { $0.closedAt?.microseconds }
        writer.timestamptzs(transfers) { $0.cancelledAt?.microseconds }
        writer.int4s(transfers) { $0.toNumber.rawValue }
        writer.texts(transfers) { $0.state.rawValue }
        writer.texts(transfers) { $0.from?.text }
        writer.texts(transfers) { $0.to.text }
        writer.texts(transfers) { $0.reference?.text }
        writer.texts(transfers) { $0.closeReason?.text }
        writer.byteas(transfers) { $0.reservation?.bytes }
        writer.byteas(transfers) { $0.lines.canonicalBytes }
    }
}

extension Statement {
    /// Only over the version that was read: a batch decided on another is refused as a whole.
    static let transferStore = Statement(
        "transfer_store",
        [
            .byteaArray, .int8Array, .timestamptzArray, .timestamptzArray, .timestamptzArray, .timestamptzArray,
            .timestamptzArray, .timestamptzArray, .timestamptzArray, .int4Array, .textArray, .textArray, .textArray,
            .textArray, .textArray, .byteaArray, .byteaArray,
        ],
        sql: """
            with written as (
                insert into transfer as t (
                    transfer_id, version, created_at, expected_at, first_expected_at, shipped_at, received_at, closed_at,
                    cancelled_at, to_id, state, from_location, to_location, reference, close_reason, reservation_id,
                    lines)
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                on conflict (transfer_id) do update
                set version = excluded.version, expected_at = excluded.expected_at,
                    first_expected_at = excluded.first_expected_at, shipped_at = excluded.shipped_at,
                    received_at = excluded.received_at, closed_at = excluded.closed_at,
                    cancelled_at = excluded.cancelled_at, state = excluded.state,
                    close_reason = excluded.close_reason, lines = excluded.lines
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
            select e.item_id, e.location_id, e.id, e.reference, e.quantity - e.received
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
