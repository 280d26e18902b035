import Inventory
import LibPQ

extension TransferID {
    init(stored bytes: [UInt8]) {
        guard let id = TransferID(bytes) else { preconditionFailure("a stored transfer id has 16 bytes") }
        self = id
    }
}

extension Transfer {
    /// From `transferColumns`.
    init(_ row: Row) {
        guard let lines = [TransferLine](canonicalBytes: row.bytea(15)) else {
            preconditionFailure("the lines of a stored transfer cannot be read")
        }
        self.init(
            id: TransferID(stored: row.bytea(0)), reference: row.textIfPresent(12).map(Reference.init(stored:)),
            from: row.textIfPresent(10).map(LocationID.init(stored:)), to: LocationID(stored: row.text(11)),
            toNumber: LocationNumber(row.int4(9)),
            reservation: row.byteaIfPresent(14).map(ReservationID.init(stored:)), expectedAt: row.timestamp(3),
            lines: lines, createdAt: row.requiredTimestamp(2))
        version = row.int8(1)
        firstExpectedAt = row.timestamp(4)
        shippedAt = row.timestamp(5)
        receivedAt = row.timestamp(6)
        closedAt = row.timestamp(7)
        cancelledAt = row.timestamp(8)
        closeReason = row.textIfPresent(13).map(Reason.init(stored:))
    }
}

extension Statement {
    /// The columns of a transfer, of row `t`, in the order in which `Transfer` reads them.
    static let transferColumns = """
        t.transfer_id, t.version, t.created_at, t.expected_at, t.first_expected_at, t.shipped_at, t.received_at,
        t.closed_at, t.cancelled_at, t.to_id, t.from_location, t.to_location, t.reference, t.close_reason,
        t.reservation_id, t.lines
        """

    static let transferRead = Statement(
        "transfer_read", [.byteaArray],
        sql: """
            select \(transferColumns)
            from unnest($1) as asked(transfer_id)
            cross join lateral (
                select * from transfer t where t.transfer_id = asked.transfer_id offset 0
            ) t
            """)
}
