import LibPQ

/// The exceptions that batches and master data open and close.
extension Statement {
    private static let openedColumns = [
        "type", "dedupe_key", "source_id", "event_id", "sku", "code_system", "code", "location", "problem", "pointer",
        "detail", "raw", "priority",
    ]

    static let exceptionOpen = Statement(
        "exception_open",
        [
            .textArray, .textArray, .int4Array, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray,
            .textArray, .textArray, .textArray, .int2Array,
        ],
        sql: ExceptionSQL.open(
            openedColumns,
            """
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as new(
                \(openedColumns.joined(separator: ", ")))
            """, ifOpen: .leave))

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
