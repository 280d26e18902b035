import Inventory
package import InventoryService
import LibPQ

extension PostgresFactStore {
    package func parkedReady(
        _ selection: ParkedSelection, limit: Int
    ) async throws(StoreError) -> [ParkedReady] {
        try await readPool.perform(timeout: .seconds(5)) { session throws(PQError) in
            let rows =
                switch selection {
                case .item(let sku):
                    try session.query(.parkedReadyBySKU) {
                        $0.text(sku.text)
                        $0.int8(Int64(limit))
                    }
                case .code(let system, let code):
                    try session.query(.parkedReadyByCode) {
                        $0.text(system.text)
                        $0.text(code.canonical(in: system).text)
                        $0.int8(Int64(limit))
                    }
                case .location(let location):
                    try session.query(.parkedReadyByLocation) {
                        $0.text(location.text)
                        $0.int8(Int64(limit))
                    }
                case .events(let keys):
                    try session.query(.parkedReadyByEvent) {
                        $0.int4s(keys.map { $0.source.rawValue })
                        $0.texts(keys.map { $0.event.text })
                        $0.int8(Int64(limit))
                    }
                case .all(let after):
                    try session.query(.parkedReadyAll) {
                        $0.int4(after?.source.rawValue ?? 0)
                        $0.text(after?.event.text ?? "")
                        $0.int8(Int64(limit))
                    }
                }
            return rows.map(ParkedReady.init)
        }
    }
}

extension ParkedReady {
    fileprivate init(_ row: Row) {
        guard let fact = FactLine(canonicalBytes: row.bytea(2)) else {
            preconditionFailure("a parked line does not read back")
        }
        self.init(
            key: EventKey(source: SourceNumber(row.int4(0)), event: EventID(stored: row.text(1))), fact: fact,
            fingerprint: Fingerprint(stored: row.bytea(3)), raw: Array(row.text(4).utf8))
    }
}

extension Statement {
    /// What every one of these returns, and what makes a parked line ready: both its names are known.
    private static let columns = "select p.source_id, p.event_id, p.fact, p.fingerprint, p.raw from parked_line p"
    private static let isReady = """
        exists (select from location l where l.id = p.location and l.deleted_at is null)
        and case when p.sku is not null
            then exists (select from item i where i.sku = p.sku)
            else exists (select from alias a where a.code_system = p.code_system and a.code = p.code)
            end
        """

    fileprivate static let parkedReadyBySKU = Statement(
        "parked_ready_by_sku", [.text, .int8],
        sql: "\(columns) where p.sku = $1 and \(isReady) order by p.source_id, p.event_id limit $2")

    fileprivate static let parkedReadyByCode = Statement(
        "parked_ready_by_code", [.text, .text, .int8],
        sql: """
            \(columns) where p.code_system = $1 and p.code = $2 and \(isReady) order by p.source_id, p.event_id limit $3
            """)

    fileprivate static let parkedReadyByLocation = Statement(
        "parked_ready_by_location", [.text, .int8],
        sql: "\(columns) where p.location = $1 and \(isReady) order by p.source_id, p.event_id limit $2")

    fileprivate static let parkedReadyByEvent = Statement(
        "parked_ready_by_event", [.int4Array, .textArray, .int8],
        sql: """
            \(columns) join unnest($1, $2) as asked(source_id, event_id) using (source_id, event_id)
            where \(isReady) order by p.source_id, p.event_id limit $3
            """)

    fileprivate static let parkedReadyAll = Statement(
        "parked_ready_all", [.int4, .text, .int8],
        sql: """
            \(columns) where (p.source_id, p.event_id) > ($1, $2) and \(isReady)
            order by p.source_id, p.event_id limit $3
            """)
}
