import Inventory
import LibPQ

/// The exceptions that batches and master data open and close.
extension Statement {
    private static let openedColumns = [
        "type", "dedupe_key", "source_id", "event_id", "sku", "code_system", "code", "location", "problem", "pointer",
        "detail", "raw", "priority", "line_key",
    ]
    private static let openedTypes: [PQType] = [
        .textArray, .textArray, .int4Array, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray,
        .textArray, .textArray, .textArray, .int2Array, .textArray,
    ]
    private static let opened = """
        unnest(\((1...openedTypes.count).map { "$\($0)" }.joined(separator: ", "))) as new(
            \(openedColumns.joined(separator: ", ")))
        """

    static let exceptionOpen = Statement(
        "exception_open", openedTypes,
        sql: ExceptionSQL.open(openedColumns, "select * from \(opened)", ifOpen: .leave))

    private static let rejectedColumns = [
        "type", "dedupe_key", "source_id", "event_id", "sku", "location", "problem", "pointer", "detail", "raw",
        "priority", "line_key",
    ]
    private static let rejectedTypes: [PQType] = [
        .textArray, .int4Array, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray,
        .textArray, .textArray, .textArray, .textArray, .int2Array, .textArray,
    ]

    /// Rejected lines with the item and the location that they name, where those are known: whoever is bound to the location
    /// finds them there.
    private static let rejected = """
        select '\(ExceptionType.rejectedLine.rawValue)'::text, line.dedupe_key, line.source_id, line.event_id, item.sku,
               place.id, line.problem, line.pointer, line.detail, line.raw, line.priority, line.line_key
        from unnest(\((1...rejectedTypes.count).map { "$\($0)" }.joined(separator: ", "))) as line(
            dedupe_key, source_id, event_id, sku, item_system, item_code, location, place_system, place_code, problem,
            pointer, detail, raw, priority, line_key)
        cross join lateral (
            select coalesce(line.item_system, s.code_system) as item_system,
                   coalesce(line.place_system, s.code_system) as place_system
            from (select) one
            left join lateral (
                select s.code_system from source s where s.source_id = line.source_id offset 0
            ) s on true
        ) system
        left join lateral (
            select i.sku from item i where i.sku = line.sku
            union all
            select i.sku
            from alias a
            cross join lateral (select i.sku from item i where i.item_id = a.item_id offset 0) i
            where a.code_system = system.item_system and a.code = canonical_code(system.item_system, line.item_code)
            limit 1
        ) item on true
        left join lateral (
            select l.id from location l where l.id = line.location and l.deleted_at is null
            union all
            select l.id
            from location_alias a
            cross join lateral (
                select l.id from location l where l.location_id = a.location_id and l.deleted_at is null offset 0
            ) l
            where a.code_system = system.place_system and a.code = canonical_code(system.place_system, line.place_code)
            limit 1
        ) place on true
        """

    static let exceptionOpenOfLine = Statement(
        "exception_open_of_line", rejectedTypes, sql: ExceptionSQL.open(rejectedColumns, rejected, ifOpen: .leave))

    /// Of records of files: the same bad row of tomorrow's file is the same exception, and says what it says tomorrow.
    static let exceptionOpenOfRecord = Statement(
        "exception_open_of_record", rejectedTypes,
        sql: ExceptionSQL.open(
            rejectedColumns + ["noted_at"], "select rejected.*, clock_timestamp() from (\(rejected)) rejected",
            ifOpen: .update(["event_id", "sku", "location", "problem", "pointer", "detail", "raw", "noted_at"])))

    /// What these asked for has come.
    static let exceptionSettle = Statement(
        "exception_settle", [.textArray],
        sql: ExceptionSQL.close(
            from: "unnest($1) as settled(dedupe_key)", where: "e.dedupe_key = settled.dedupe_key",
            resolution: "'the mapping came'"))

    /// Their causes are gone, each in its own way.
    static let exceptionClose = Statement(
        "exception_close", [.textArray, .textArray],
        sql: ExceptionSQL.close(
            from: "unnest($1, $2) as settled(dedupe_key, resolution)", where: "e.dedupe_key = settled.dedupe_key",
            resolution: "settled.resolution"))
}
