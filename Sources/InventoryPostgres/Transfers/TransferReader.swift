import Inventory
import LibPQ

/// Reads the transfers that a batch is about, behind the locks of its balances.
struct TransferReader {
    private let commands: [TransferCommand]
    private let ids: [TransferID]

    init(commands: [Command]) {
        self.commands = commands.transfers
        ids = commands.transferIDs.sorted()
    }

    /// - Returns: where the answer is in the results of the exchange; nil where nothing was asked.
    func add(to exchange: inout Exchange) -> Int? {
        guard !ids.isEmpty else { return nil }
        return exchange.add(.transferRead) { $0.byteas(ids) { $0.bytes } }
    }

    func read(
        _ results: [Rows], _ position: Int?, into snapshot: inout Snapshot, on session: Session
    ) throws(PQError) {
        if let position { for row in results[position] { snapshot.add(Transfer(row)) } }
        // Requests that were answered before: what they led to.
        let led = commands.compactMap {
            $0.key.flatMap { snapshot.requests[$0.text] }.map { TransferID($0.reservation) }
        }
        .filter { snapshot.transfers[$0] == nil }
        guard !led.isEmpty else { return }
        for row in try session.query(.transferRead, { $0.byteas(led) { $0.bytes } }) { snapshot.add(Transfer(row)) }
    }
}

extension Snapshot {
    fileprivate mutating func add(_ transfer: Transfer) { transfers[transfer.id] = transfer }
}

extension Statement {
    static let transferRead = Statement(
        "transfer_read", [.byteaArray],
        sql: """
            select \(TransferColumn.selectList)
            from unnest($1) as asked(transfer_id)
            cross join lateral (
                select * from transfer t where t.transfer_id = asked.transfer_id offset 0
            ) t
            """)
}
