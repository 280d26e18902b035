package import Inventory
package import InventoryService
import LibPQ

extension PostgresBatchStore {
    package func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage {
        try await readPool.perform(timeout: .seconds(5)) { session throws(PQError) in
            let rows = try session.query(.parkedPage(selection)) {
                $0.int4(after?.source.rawValue ?? 0)
                $0.text(after?.event.text ?? "")
                $0.int8(Int64(limit))
                $0.selection(selection)
            }
            let lines = rows.map { ColumnReader<ParkedColumn>($0) }
            let keys = lines.map {
                EventKey(source: SourceNumber($0.int4(.sourceNumber)), event: EventID(stored: $0.text(.event)))
            }
            let ready = zip(keys, lines).compactMap { key, line in line.bool(.isReady) ? ParkedReady(key, line) : nil }
            return ParkedPage(ready: ready, last: rows.count < limit ? nil : keys.last)
        }
    }
}

/// The columns of parked line `p` and source `s`.
private enum ParkedColumn: Int32, SelectedColumn {
    case sourceNumber, event, fact, fingerprint, raw
    /// Both its names are known now.
    case isReady
    case source, parkedAt
    /// Its label says nothing of how much of its article was sold.
    case isLabelUnclear

    var selected: String {
        switch self {
        case .sourceNumber: "p.source_id"
        case .event: "p.event_id"
        case .fact: "p.fact"
        case .fingerprint: "p.fingerprint"
        case .raw: "p.raw"
        case .isReady:
            """
            \(isKnown("location"))
            and (p.to_location is null or \(isKnown("to_location")))
            and case when p.sku is not null
                then exists (select from item i where i.sku = p.sku)
                else exists (select from alias a where a.code_system = p.code_system and a.code = p.code)
                end
            """
        case .source: "s.id"
        case .parkedAt: "p.parked_at"
        case .isLabelUnclear:
            """
            p.label is not null and exists (
                select from alias a join item i using (item_id)
                where a.code_system = p.code_system and a.code = p.code and (i.unit = 'gram') <> (p.label = 'weight'))
            """
        }
    }

    private func isKnown(_ column: String) -> String {
        """
        case when p.\(column)_system is null
            then exists (select from location l where l.id = p.\(column) and l.deleted_at is null)
            else exists (
                select from location_alias a join location l on l.location_id = a.location_id
                where a.code_system = p.\(column)_system and a.code = p.\(column) and l.deleted_at is null)
            end
        """
    }
}

extension ParkedReady {
    fileprivate init(_ key: EventKey, _ line: ColumnReader<ParkedColumn>) {
        guard let fact = FactLine(canonicalBytes: line.bytea(.fact)) else {
            preconditionFailure("a parked line does not read back")
        }
        self.init(
            key: key, source: SourceID(stored: line.text(.source)), fact: fact,
            fingerprint: Fingerprint(stored: line.bytea(.fingerprint)), raw: Array(line.text(.raw).utf8),
            arrivedAt: line.requiredTimestamp(.parkedAt), isLabelUnclear: line.bool(.isLabelUnclear))
    }
}

extension ParameterWriter {
    fileprivate mutating func selection(_ selection: ParkedSelection) {
        switch selection {
        case .item(let sku): text(sku.text)
        case .code(let system, let code):
            text(system.text)
            text(code.canonical(in: system).text)
        case .location(let location): text(location.text)
        case .locationCode(let system, let code):
            text(system.text)
            text(code.canonical(in: system).text)
        case .events(let keys):
            int4s(keys.map { $0.source.rawValue })
            texts(keys.map { $0.event.text })
        case .all: break
        }
    }
}

extension Statement {
    fileprivate static func parkedPage(_ selection: ParkedSelection) -> Statement {
        switch selection {
        case .item: parkedBySKU
        case .code: parkedByCode
        case .location: parkedByLocation
        case .locationCode: parkedByLocationCode
        case .events: parkedByEvent
        case .all: parkedAll
        }
    }

    /// One page of the lines that match, by key, each with whether it is ready: both its names are known now. What is
    /// not ready counts as looked at, so that a page costs the same however few are ready.
    private static func page(_ name: String, _ parameters: [PQType], where condition: String) -> Statement {
        Statement(
            name, [.int4, .text, .int8] + parameters,
            sql: """
                select \(ParkedColumn.selectList)
                from parked_line p
                join source s on s.source_id = p.source_id
                where (p.source_id, p.event_id) > ($1, $2) and \(condition)
                order by p.source_id, p.event_id limit $3
                """)
    }

    private static let parkedBySKU = page("parked_by_sku", [.text], where: "p.sku = $4")
    private static let parkedByCode = page(
        "parked_by_code", [.text, .text], where: "p.code_system = $4 and p.code = $5")
    private static let parkedByLocation = page(
        "parked_by_location", [.text],
        where: "(p.location = $4 and p.location_system is null or p.to_location = $4 and p.to_location_system is null)")
    private static let parkedByLocationCode = page(
        "parked_by_location_code", [.text, .text],
        where: "(p.location = $5 and p.location_system = $4 or p.to_location = $5 and p.to_location_system = $4)")
    private static let parkedByEvent = page(
        "parked_by_event", [.int4Array, .textArray],
        where: "(p.source_id, p.event_id) in (select * from unnest($4, $5))")
    private static let parkedAll = page("parked_all", [], where: "true")
}
