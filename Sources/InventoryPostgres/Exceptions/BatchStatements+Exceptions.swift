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

    /// Of records of files: the same bad row of tomorrow's file is the same exception, and says what it says tomorrow.
    static let exceptionOpenOfRecord = Statement(
        "exception_open_of_record", openedTypes,
        sql: ExceptionSQL.open(
            openedColumns + ["noted_at"], "select new.*, clock_timestamp() from \(opened)",
            ifOpen: .update(["event_id", "problem", "pointer", "detail", "raw", "noted_at"])))

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
